"""`muster run PATTERN -m MODULE -a ARGS`: one module on some hosts, without a playbook."""

import argparse
import asyncio
from pathlib import Path

from runner.cli import options
from runner.cli.assemble import kit_for
from runner.cli.play import execute, make_report
from runner.model.event import Warned
from runner.model.play import Play, Playbook, Statement, Task
from runner.model.text import Map, Seq, Text, trusted
from runner.parse.keyvalue import parse_key_values
from runner.parse.place import Place
from runner.parse.place import Settings as ParseSettings
from runner.parse.statements import read_statements
from runner.parse.task import ANY_KEY_FREE_FORM, FREE_FORM
from runner.parse.yaml_text import load_yaml
from runner.position import Position


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `run` with the options of the `ansible` command."""
    parser = subparsers.add_parser("run", help="run one module on hosts that match a pattern", prog="muster run")
    parser.add_argument("pattern", metavar="PATTERN", help="hosts or groups")
    parser.add_argument("-m", "--module-name", default="command", help="the module (default: %(default)s)")
    parser.add_argument("-a", "--args", default="", dest="module_args", help="its arguments: key=value words, JSON, or free form")
    parser.add_argument("-B", "--background", type=int, default=0, dest="seconds", help="run in the background, at most so many seconds")
    parser.add_argument("-P", "--poll", type=int, default=None, dest="poll", help="seconds between looks at a background task")
    parser.add_argument("--task-timeout", type=int, default=None, help="seconds after which the task is ended")
    parser.add_argument("-o", "--one-line", action="store_true", help="one line a host")
    parser.add_argument("-t", "--tree", default=None, help=argparse.SUPPRESS)
    parser.add_argument("--list-hosts", action="store_true", dest="listhosts", help="only list the hosts")
    options.add_inventory_options(parser)
    options.add_vault_options(parser)
    options.add_connection_options(parser)
    options.add_become_options(parser)
    options.add_check_options(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run the module and return the exit code."""
    settings = options.load_settings(args)
    kit = kit_for(args, settings)
    play = adhoc_play(args, kit.parse)
    if args.listhosts:
        from_pattern = kit.hosts(args.pattern)
        print(f"  hosts ({len(from_pattern)}):")
        for name in from_pattern:
            print(f"    {name}")
        return 0
    name = settings.stdout_callback if settings.stdout_callback not in ("default",) else "minimal"
    report = make_report(args, "oneline" if args.one_line else name, kit, callbacks=settings.load_callback_plugins)
    for warning in kit.warnings:
        report.handle(warning)
    if not kit.hosts(args.pattern):
        report.handle(Warned("No hosts matched, nothing to do"))
    return asyncio.run(execute(kit, [Playbook("__adhoc_playbook__", (play,))], report))


def adhoc_play(args: argparse.Namespace, settings: ParseSettings) -> Play:
    """Return the play of one task that the words on the command line stand for; an import is followed now, as in a playbook."""
    at = Position("command line", 1)
    module = Text(args.module_name, at)
    short = args.module_name.rpartition(".")[2]
    given = _json(args.module_args, at)
    if given is None:
        free = short in FREE_FORM or short in ANY_KEY_FREE_FORM
        given = parse_key_values(args.module_args, at, free_form=free, any_key=short in ANY_KEY_FREE_FORM)
    keywords = Map(position=at)
    if args.seconds:
        keywords["async"] = args.seconds
        keywords["poll"] = args.poll if args.poll is not None else 15
    statements: tuple[Statement, ...] = (Task(at, module, given, keywords),)
    if short in ("import_role", "import_tasks"):
        here = str(Path.cwd())
        statements = read_statements(Seq([Map({module: given, **keywords}, position=at)]), Place(here, here), settings, at)
    play_keywords = Map(
        {
            Text("hosts", at): trusted(args.pattern, at),
            Text("name", at): Text("Ansible Ad-Hoc", at),
            Text("gather_facts", at): False,
        },
        position=at,
    )
    path = str(Path.cwd() / "__adhoc_playbook__")
    return Play(at, path, play_keywords, (), (), statements, (), ())


def _json(text: str, at: Position) -> Map | None:
    """Return arguments given as one JSON or YAML mapping in braces."""
    if not (text.strip().startswith("{") and text.strip().endswith("}")):
        return None
    value = load_yaml(text, at.file)
    return value if isinstance(value, Map) else None
