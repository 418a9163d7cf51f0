"""`muster verify`: look at the hosts with testinfra checks."""

import argparse
import os
from pathlib import Path

from runner.cli import options
from runner.cli.assemble import kit_for, limit_words
from runner.errors import InventoryError
from runner.verify.link_shells import LinkShells
from runner.verify.run_hosts import RunHosts
from runner.verify.suite import Suite, run_suite

DEFAULT = Path("playbooks/verify")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `verify` and its options."""
    parser = subparsers.add_parser("verify", help="check the hosts with testinfra", prog="muster verify")
    parser.description = (
        "Run testinfra checks on the hosts of the inventory. Exit status 0: all hold, 1: one does not, 4: could not be run."
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=f"files or folders of checks (default: {DEFAULT})")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit report")
    parser.add_argument(
        "--only", dest="keyword", default="", metavar="EXPRESSION", help="only checks whose name matches, as in pytest"
    )
    options.add_inventory_options(parser)
    options.add_vault_options(parser)
    options.add_connection_options(parser)
    options.add_become_options(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run the checks and return the exit code. Raises RunnerError for a wrong inventory, option or path."""
    kit = kit_for(args, options.load_settings(args))
    for warning in kit.warnings:
        options.say_warning(warning.text)
    engine = kit.run(lambda event: None)
    paths = args.paths or [DEFAULT]
    hosts = RunHosts(engine, playbook_folder(paths[0]), limit_words(kit.options.limit))
    if not hosts.matching("all"):
        raise InventoryError("There is no host to verify.", remedy="Name an inventory that has hosts: -i FILE.", exit_code=4)
    suite = Suite(paths, args.verbosity, args.junit, args.keyword)
    return run_suite(suite, hosts, LinkShells(engine, hosts))


def playbook_folder(path: Path) -> str:
    """Return the folder whose group_vars and host_vars belong to the checks: the one that has them, or the one of the checks."""
    start = path.resolve() if path.is_dir() else path.resolve().parent
    around = [start, *start.parents][: max(1, len(start.parts) - len(Path(os.getcwd()).parts) + 1)]
    for folder in around:
        if (folder / "group_vars").is_dir() or (folder / "host_vars").is_dir():
            return str(folder)
    return str(start)
