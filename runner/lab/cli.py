"""`muster lab`: the words on the command line become calls of the lab's verbs."""

import argparse
import sys
from pathlib import Path

from runner.lab import commands, description, engine, state
from runner.lab.commands import HostStatus

DEFAULT_FILE = Path("inventory/lab.yml")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `lab` and its verbs to the command's parser and return the new parser."""
    parser = subparsers.add_parser("lab", help="test hosts on this machine")
    parser.description = "Make, show and remove the hosts that a file describes."
    _add_places(parser, DEFAULT_FILE, state.ROOT_FOLDER)
    # The same options may stand after the verb; there they have no default that would undo what stood before it.
    places = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_places(places, argparse.SUPPRESS, argparse.SUPPRESS)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("up", parents=[places], help="have all hosts running and write the inventory")
    verbs.add_parser("status", parents=[places], help="show each host")
    ssh = verbs.add_parser("ssh", parents=[places], help="log in on a host, or run a command there")
    ssh.add_argument("-l", "--user", default="root", help="root, ops or alice (default: %(default)s)")
    ssh.add_argument("host")
    ssh.add_argument("command", nargs=argparse.REMAINDER)
    reset = verbs.add_parser("reset", parents=[places], help="give the hosts a fresh system")
    reset.add_argument("hosts", nargs="*", metavar="HOST", help="only these (default: all)")
    verbs.add_parser("down", parents=[places], help="remove all hosts and their network")
    return parser


def _add_places(parser: argparse.ArgumentParser, file: Path | str, folder: Path | str) -> None:
    shown = f"what the lab is (default: {DEFAULT_FILE})"
    parser.add_argument("-f", "--file", type=Path, default=file, help=shown)
    parser.add_argument("--state", type=Path, default=folder, help=f"folder of state folders (default: {state.ROOT_FOLDER})")


def run(args: argparse.Namespace) -> int:
    """Do what the parsed words say and return the exit status; RunnerError goes to the caller."""
    lab = description.read(args.file)
    folder = state.folder_of(lab, args.state)
    driver = commands.driver_for(lab, folder, _say)
    if args.verb == "up":
        engine.widen_limits(_say)
        commands.up(lab, folder, driver, _say)
    elif args.verb == "reset":
        commands.reset(lab, folder, driver, _say, args.hosts)
    elif args.verb == "down":
        commands.down(lab, driver, _say)
    elif args.verb == "ssh":
        commands.ssh(lab, folder, args.host, args.command, args.user)
    elif args.verb == "status":
        rows = commands.status(lab, folder, driver)
        print(table(rows))
        return 0 if all(row.well for row in rows) else 1
    return 0


def table(rows: list[HostStatus]) -> str:
    """Return the rows of `status` as aligned text with a head."""
    cells = [("host", "address", "state", "systemd", "ssh")]
    cells += [(row.name, row.address, row.state, row.systemd, row.ssh) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in cells)


def _say(line: str) -> None:
    # One write, since hosts speak at the same time.
    sys.stderr.write(f"{line}\n")
