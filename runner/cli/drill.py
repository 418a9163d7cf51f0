"""`muster drill`: break something on purpose, measure what clients felt, heal it; `heal` and `compare` beside."""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from runner.cli import options
from runner.cli.assemble import Kit, kit_for, limit_words
from runner.cli.drill_screen import screen_for
from runner.cli.drill_step import drill_of, read_steps, run_step, steps_of
from runner.cli.verify import playbook_folder
from runner.drill import compare, text_report
from runner.drill.campaign import Campaign, refuse_unmarked
from runner.drill.document import Document, document, json_text, read_document
from runner.drill.finding import FAILED, PASSED, UNKNOWN, overall
from runner.drill.follow import Follower
from runner.drill.ground import LinkGround, owner_name
from runner.drill.guarding import Step, rouse
from runner.drill.junit import junit
from runner.drill.model import Case, Drill, Steady
from runner.drill.page import page
from runner.drill.perform import heal_all
from runner.drill.readiness import rehearse
from runner.drill.steady import checks_hold, playbook_of, tasks_hold
from runner.errors import InventoryError, UsageError, nearest_names
from runner.execute.session import Run
from runner.record import dataclass
from runner.verify.run_hosts import RunHosts

CODES = {PASSED: 0, FAILED: 1, UNKNOWN: 3}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `drill` and its options."""
    parser = subparsers.add_parser("drill", help="break something on purpose and measure the failover", prog="muster drill")
    parser.usage = "muster drill [options] -i INVENTORY FILE...\n       muster drill heal -i INVENTORY\n       muster drill compare A B"
    parser.description = (
        "Run drills on hosts that are marked with `drill_target: true`. Exit status 0: all passed, 1: one failed, 3: one is unknown. "
        "`heal` undoes whatever drills left on the hosts; `compare` holds two reports against each other."
    )
    parser.add_argument("words", nargs="+", metavar="FILE", help="drill files; or `heal`; or `compare` and two reports")
    parser.add_argument("--repeat", type=int, metavar="N", help="run each case so often (default: as the file says, or once)")
    parser.add_argument("--case", action="append", default=[], metavar="NAME", help="only this case; may be given again")
    parser.add_argument("--report-dir", type=Path, metavar="DIR", help="write report.json, report.xml and report.html to DIR/DRILL")
    parser.add_argument("--allow", metavar="DRILL", help="run the drill of this name also on hosts that are not marked")
    options.add_inventory_options(parser)
    options.add_vault_options(parser)
    options.add_connection_options(parser)
    options.add_become_options(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do what the words say and return the exit code. Raises RunnerError for mistakes."""
    if args.words[0] == "compare":
        if len(args.words) != 3:
            raise UsageError("two reports are compared", expected="muster drill compare A B", found=" ".join(args.words))
        print("\n".join(compare.comparison(*(read_document(Path(word)) for word in args.words[1:]))))
        return 0
    if args.repeat is not None and args.repeat < 1:
        raise UsageError("a case is run at least once", expected="--repeat 1 or more", found=str(args.repeat))
    kit = kit_for(args, options.load_settings(args))
    for warning in kit.warnings:
        options.say_warning(warning.text)
    engine = kit.run(lambda event: None)
    # An end asked for by others is taken like Ctrl-C: what was begun is undone first. A shell's background jobs begin with
    # that one ignored, and this would be ignored with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    if args.words[0] == "heal":
        return _heal(kit, engine, args.words[1:])
    if args.words[0] == "step":
        return run_step(kit, engine, args.words[1:])
    if args.report_dir:
        _can_hold(args.report_dir)
    # a mistake in the last file is told before the first is run
    ready = [_ready(kit, engine, Path(word), args) for word in args.words]
    return CODES[overall([_drill(kit, engine, each, args) for each in ready])]


def _can_hold(folder: Path) -> None:
    """Raise UsageError for a folder into which no reports can be written: it is no time to learn of that when all is measured."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as cause:
        message = f"no report can be written to {folder}: {cause.strerror}"
        raise UsageError(message, remedy="name another folder: --report-dir DIR") from cause


def _heal(kit: Kit, engine: Run, words: list[str]) -> int:
    if words:
        raise UsageError("`heal` takes no words", found=" ".join(words), remedy="limit the hosts with --limit")
    hosts = RunHosts(engine, os.getcwd(), limit_words(kit.options.limit))
    names = hosts.matching("all")
    if not names:
        raise InventoryError("There is no host to heal.", remedy="Name an inventory that has hosts: -i FILE.")
    ground, screen = LinkGround(engine, hosts), screen_for(sys.stderr)

    async def work() -> list[str]:
        try:
            await rouse(ground, names, screen.say)
            return await heal_all(ground, names, screen.say)
        finally:
            await ground.close()

    left = asyncio.run(work())
    screen.say(f"{len(names) - len(left)} of {len(names)} hosts are free of drills")
    return 1 if left else 0


@dataclass(frozen=True, slots=True)
class _Ready:
    """A drill that can be run: it was read, its hosts may be broken, and nothing is known that keeps its faults from being set."""

    drill: Drill
    cases: list[Case]
    ground: LinkGround
    step: Step


def _ready(kit: Kit, engine: Run, path: Path, args: argparse.Namespace) -> _Ready:
    """Read a drill and look at all that can be known before hosts are asked. Raises RunnerError."""
    hosts = RunHosts(engine, playbook_folder(path), limit_words(kit.options.limit))
    drill = drill_of(engine, hosts, path)
    cases, ground, step = _cases(drill, args.case), LinkGround(engine, hosts), steps_of(drill, args)
    refuse_unmarked(ground, drill, cases, args.allow)
    rehearse(ground, drill, cases, step)
    read_steps(drill, cases, kit.parse)
    return _Ready(drill, cases, ground, step)


def _drill(kit: Kit, engine: Run, ready: _Ready, args: argparse.Namespace) -> str:
    """Run a drill, show what came of it, and return the verdict."""
    drill, cases, ground = ready.drill, ready.cases, ready.ground
    begun = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    screen = screen_for(sys.stderr)
    follower = Follower(ground, screen.show)
    with asyncio.Runner() as loop:
        steady = partial(_steady, kit, engine, drill)
        campaign = Campaign(ground, drill, owner_name(), loop.run, steady, screen.say, follower, ready.step)
        try:
            campaign.run(cases, args.repeat or drill.repeat)
        finally:
            loop.run(ground.close())
            # also what was measured before an error or Ctrl-C
            said = document(drill, campaign.outcomes, begun)
            if campaign.outcomes:
                show(said, args.report_dir)
    return str(said["verdict"])


def _cases(drill: Drill, names: list[str]) -> list[Case]:
    known = {case.name: case for case in drill.cases}
    for name in names:
        if name not in known:
            raise UsageError(
                f"the drill {drill.name} has no case `{name}`",
                expected=f"one of {', '.join(known)}",
                found=name,
                nearest=nearest_names(name, known),
            )
    return [known[name] for name in names] or list(drill.cases)


def _steady(kit: Kit, engine: Run, drill: Drill, steady: Steady) -> list[str]:
    if steady.tasks:
        return tasks_hold(playbook_of(steady, drill.file, kit.parse), kit.run)
    return checks_hold(steady, engine, RunHosts(engine, playbook_folder(Path(steady.checks))))


def show(said: Document, folder: Path | None) -> None:
    """Print what came of a drill, and write the reports where a folder is given."""
    print("\n".join(text_report.lines(said)))
    if folder:
        write_reports(said, folder / str(said["drill"]))


def write_reports(said: Document, folder: Path) -> None:
    """Write report.json, report.xml and report.html."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json_text(said), encoding="utf-8")
    (folder / "report.xml").write_text(junit(said), encoding="utf-8")
    (folder / "report.html").write_text(page(said), encoding="utf-8")
    screen_for(sys.stderr).say(f"reports are in {folder}")
