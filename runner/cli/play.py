"""`muster play`: run playbooks, or list what they would run."""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli import options
from runner.cli.assemble import Kit, kit_for
from runner.cli.callbacks import reports
from runner.cli.display import display_environment
from runner.cli.listing import check_patterns, list_playbook
from runner.cli.main import INTERRUPTED
from runner.cli.streams import reader_gone
from runner.cli.terminal import Terminal
from runner.errors import ParseError
from runner.execute.journal_file import JournalFile, journal_path
from runner.execute.modules_exist import unknown_modules
from runner.execute.run import run_playbooks
from runner.late import late
from runner.model.event import Noted, RunFinished, Warned
from runner.model.play import Playbook
from runner.parse.ansible_cfg import unknown_settings
from runner.position import Position
from runner.report.choose import Report
from runner.report.settings import console_settings

if TYPE_CHECKING:
    from runner.cli import strict
else:
    strict = late("runner.cli.strict")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `play` with the options of ansible-playbook, under the same letters."""
    parser = subparsers.add_parser("play", help="run playbooks", prog="muster play")
    parser.add_argument("playbooks", nargs="+", metavar="PLAYBOOK", help="playbook files, run in order")
    options.add_inventory_options(parser)
    options.add_vault_options(parser)
    options.add_connection_options(parser)
    options.add_become_options(parser)
    options.add_run_options(parser)
    parser.add_argument("--report", default=None, help="default, minimal, json, json_lines or junit (ANSIBLE_STDOUT_CALLBACK)")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run or list the playbooks and return the exit code of ansible-playbook. Raises RunnerError for mistakes found before the run."""
    settings = options.load_settings(args)
    args.verbosity = (args.verbosity or 0) + settings.verbosity
    kit = kit_for(args, settings)
    playbooks = [kit.playbook(path) for path in args.playbooks]
    if args.strict and (warts := strict.warts(args, kit)):
        sys.stderr.write(warts)
        return ParseError.exit_code
    report = make_report(args, settings.stdout_callback, kit, callbacks=True)
    used = f"Using {settings.config_file} as config file" if settings.config_file else "No config file found; using defaults"
    report.handle(Noted(used, 1))
    for text in unknown_settings(settings.config_file) if args.verbosity else ():
        report.handle(Noted(text, 1))
    for warning in kit.warnings:
        report.handle(warning)
    unknown = unknown_modules(kit.run(lambda _event: None), playbooks)
    if unknown and args.syntax_check:
        raise unknown[0]
    for error in unknown:
        report.handle(Warned(f"{error.message} It fails where it is reached.", error.position))
    if args.syntax_check or args.listhosts or args.listtasks or args.listtags:
        return _only_show(kit, args, playbooks, report)
    return asyncio.run(execute(kit, playbooks, report, journal=_journal(args, kit), resume=args.resume))


def _only_show(kit: Kit, args: argparse.Namespace, playbooks: list[Playbook], report: Report) -> int:
    """Print what --syntax-check and the lists print. Returns the exit code."""

    def warn(text: str, position: Position | None) -> None:
        report.handle(Warned(text, position))

    for playbook in playbooks:
        if args.syntax_check:
            print(f"\nplaybook: {playbook.path}")
            check_patterns(kit, playbook, warn)
        else:
            list_playbook(kit, playbook, args, sys.stdout, warn)
    return 0


def _journal(args: argparse.Namespace, kit: Kit) -> JournalFile | None:
    """Return the journal of this command in this folder; None for a dry run, or where settings want none."""
    if args.check or not kit.settings.journal:
        return None
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "muster" / "runs"
    sources = [os.path.abspath(each) if os.path.exists(each) else each for each in kit.options.inventory_sources]
    names = [os.getcwd(), *(str(Path(each).resolve()) for each in args.playbooks), *sources]
    return JournalFile(journal_path(folder, names), kit.secrets)


def make_report(args: argparse.Namespace, name: str, kit: Kit, *, callbacks: bool) -> Report:
    """Return the report that options and environment ask for. callbacks: with what the settings add to it."""
    columns = shutil.get_terminal_size((0, 0)).columns if sys.stdout.isatty() else 0
    environ = display_environment(kit.settings, os.environ)
    shown = console_settings(environ, sys.stdout, verbosity=args.verbosity or 0, check=bool(args.check), terminal_columns=columns)
    return reports(vars(args).get("report") or name, shown, kit, callbacks=callbacks)


async def execute(
    kit: Kit, playbooks: list[Playbook], report: Report, *, journal: JournalFile | None = None, resume: bool = False
) -> int:
    """Run the playbooks to the end, or to the first Ctrl-C (or SIGTERM), which ends what runs on the hosts; a second one ends at once.

    Returns the exit code.
    """
    code = 1
    stop = asyncio.Event()
    terminal = Terminal()

    def interrupt() -> None:
        if stop.is_set():
            terminal.restore()
            os._exit(INTERRUPTED)
        sys.stderr.write("\nInterrupted: what runs on the hosts is being ended. Ctrl-C once more leaves at once.\n")
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        async for event in run_playbooks(kit.run, playbooks, stop, journal=journal, resume=resume):
            report.handle(event)
            if isinstance(event, RunFinished):
                code = INTERRUPTED if event.interrupted else event.exit_code
    except BrokenPipeError:
        raise reader_gone() from None
    finally:
        with contextlib.suppress(BrokenPipeError):
            report.close()
    if stop.is_set():
        # a thread may still wait for an answer at a prompt, and the loop would wait for that thread
        sys.stdout.flush()
        terminal.restore()
        os._exit(INTERRUPTED)
    return code
