"""`muster inventory`: show hosts, groups and variables in the shapes of ansible-inventory."""

import argparse
import datetime
import json
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from runner.cli.options import (
    add_inventory_options,
    add_vault_options,
    load_extra_vars,
    load_inventory,
    load_secrets,
    load_settings,
    say_warning,
)
from runner.cli.places import places_of
from runner.errors import RunnerError, UsageError, nearest_names
from runner.foreign.room import Foreign
from runner.model.combine import combine
from runner.model.inventory import ALL, Group, Host, Inventory
from runner.model.text import Encrypted, Map, is_unsafe
from runner.parse.inventory.vars_files import VarsFiles
from runner.parse.yaml_dump import dump_yaml
from runner.plan.patterns import match
from runner.position import Position
from runner.record import dataclass
from runner.variables.inventory_layers import inventory_layers


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `inventory` with the options of ansible-inventory."""
    parser = subparsers.add_parser("inventory", help="show hosts, groups and variables", prog="muster inventory")
    add_inventory_options(parser)
    add_vault_options(parser)
    parser.add_argument("group", nargs="?", default=ALL, metavar="GROUP", help="the group to begin with")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--list", dest="list", action="store_true", help="all hosts and their variables, as JSON")
    action.add_argument("--host", dest="host", metavar="HOST", help="the variables of one host, as JSON")
    action.add_argument("--graph", dest="graph", action="store_true", help="a tree of groups and hosts")
    parser.add_argument("-y", "--yaml", dest="yaml", action="store_true", help="YAML instead of JSON")
    parser.add_argument("--vars", dest="show_vars", action="store_true", help="variables in the tree")
    parser.add_argument("--export", dest="export", action="store_true", help="variables where they are defined")
    parser.add_argument("--output", dest="output_file", metavar="FILE", help="write the list to a file")
    parser.add_argument("--playbook-dir", dest="playbook_dir", metavar="DIR", help="stands for the folder of a playbook")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print what is asked for and return 0. Raises RunnerError, with the exit codes of ansible-inventory (1 and 5)."""
    try:
        return _show(args)
    except RunnerError as error:
        error.exit_code = 5 if isinstance(error, UsageError) else 1
        raise


def _show(args: argparse.Namespace) -> int:
    settings = load_settings(args)
    secrets = load_secrets(args, settings=settings)
    inventory = load_inventory(args, secrets, settings=settings, need_hosts=False)
    folder = args.playbook_dir or settings.playbook_dir or os.getcwd()
    deprecate = partial(_deprecate, heard=settings.deprecation_warnings)
    foreign = Foreign(places_of(args, settings), say_warning, deprecate, settings.vars_plugins_enabled)
    foreign.plugins.begin(str(Path(folder).absolute()))
    files = VarsFiles(secrets, settings, _warn, foreign.variables.given)
    extra = load_extra_vars(args.extra_vars, secrets)
    deep = settings.hash_behaviour == "merge"
    book = Book(inventory, files, str(Path(folder).absolute()), extra, settings.precedence, deep, args.export)
    if args.host:
        _write(_dump(book.host_vars(_one_host(args.host, inventory)), args), None)
    elif args.graph:
        if args.group not in inventory.groups:
            raise UsageError(
                "Pattern must be valid group name when using --graph",
                expected="the name of a group",
                found=args.group,
                nearest=nearest_names(args.group, inventory.groups),
            )
        _write("\n".join(graph(book, inventory.groups[args.group], args.show_vars)), None)
    else:
        hosts = match(ALL, inventory, limit=args.subset, warn=lambda text, _: say_warning(text))
        top = inventory.groups[ALL]
        listed = yaml_shape(book, top, hosts) if args.yaml else json_shape(book, top, hosts)
        _write(_dump(listed, args), args.output_file)
    return 0


def _warn(text: str, position: Position) -> None:
    say_warning(f"{position}: {text}")


def _deprecate(text: str, heard: bool) -> None:
    if heard:
        sys.stderr.write(f"[DEPRECATION WARNING]: {text}\n")


def _one_host(name: str, inventory: Inventory) -> Host:
    host = inventory.host(name)
    if host is None:
        raise UsageError(
            "You must pass a single valid host to --host parameter",
            expected="a host of the inventory",
            found=name,
            nearest=nearest_names(name, inventory.hosts),
        )
    return host


def _dump(value: Any, args: argparse.Namespace) -> str:
    if args.yaml:
        return dump_yaml(value)
    return json.dumps(_plain(value), sort_keys=True, indent=4, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Return a value as JSON can show it, secrets still encrypted."""
    if isinstance(value, Encrypted):
        return {"__ansible_vault": str(value)}
    if is_unsafe(value):
        return {"__ansible_unsafe": str(value)}
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _write(text: str, path: str | None) -> None:
    if path is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as problem:
        raise UsageError(f"Unable to write to destination file ({path}): {problem.strerror}") from problem


@dataclass(frozen=True, slots=True)
class Book:
    """The inventory with everything that gives variables. export: variables stay where they are defined."""

    inventory: Inventory
    files: VarsFiles
    playbook_dir: str
    extra_vars: Map
    precedence: tuple[str, ...]
    deep: bool
    export: bool

    def host_vars(self, host: Host) -> Map:
        """Return the variables of a host: all of them, or with export only its own."""
        made = Map()
        for layer, mapping in inventory_layers(self.inventory, host, self.files, self.playbook_dir, self.precedence):
            if not self.export or layer.endswith(("inventory_host", "host_vars")):
                made = combine(made, mapping, deep=self.deep)
        return made if self.export else combine(made, self.extra_vars, deep=self.deep)

    def group_vars(self, group: Group) -> Map:
        """Return the variables defined for a group itself."""
        made = group.vars
        folders = [source.folder for source in self.inventory.sources if source.folder]
        for folder in dict.fromkeys([*folders, self.playbook_dir]):
            named = self.files.at(folder).groups
            if group.name in named:
                made = combine(made, named[group.name], deep=self.deep)
        return combine(made, {"ansible_group_priority": group.priority}) if group.priority != 1 else made


def json_shape(book: Book, top: Group, hosts: list[Host]) -> dict[str, Any]:
    """Return the shape that inventory scripts print."""
    shown = {host.name for host in hosts}
    listed: dict[str, Any] = {}
    for group in _tree(book.inventory, top):
        entry: dict[str, Any] = {"children": list(group.children)}
        if group.name != ALL:
            entry["hosts"] = [name for name in group.hosts if name in shown]
        if book.export:
            entry["vars"] = book.group_vars(group)
        kept = {key: value for key, value in entry.items() if value}
        if kept:
            listed[group.name] = kept
    values = {host.name: book.host_vars(host) for host in hosts}
    listed["_meta"] = {"hostvars": {name: value for name, value in values.items() if value}}
    return listed


def _tree(inventory: Inventory, top: Group) -> list[Group]:
    """Return the group and every group below it, each once."""
    found: dict[str, Group] = {}

    def visit(group: Group) -> None:
        if group.name not in found:
            found[group.name] = group
            for child in group.children:
                visit(inventory.groups[child])

    visit(top)
    return list(found.values())


def yaml_shape(book: Book, top: Group, hosts: list[Host]) -> dict[str, Any]:
    """Return the shape of a YAML inventory. Hosts and groups are written out where they come first."""
    shown = {host.name for host in hosts}
    seen: set[str] = set()
    done: set[str] = set()

    def shape(group: Group) -> dict[str, Any]:
        entry: dict[str, Any] = {"children": {}, "hosts": {}, "vars": {}}
        for child in group.children:
            entry["children"].update({child: {}} if child in done else shape(book.inventory.groups[child]))
            done.add(child)
        for name in group.hosts if group.name != ALL else ():
            if name in shown:
                entry["hosts"][name] = {} if name in seen else book.host_vars(book.inventory.hosts[name])
                seen.add(name)
        if book.export:
            entry["vars"] = book.group_vars(group)
        kept = {key: value for key, value in entry.items() if value}
        return {group.name: kept} if kept else {}

    return shape(top)


def graph(book: Book, group: Group, show_vars: bool, depth: int = 0) -> list[str]:
    """Return the lines of the tree below a group."""
    lines = [_branch(f"@{group.name}:", depth)]
    for child in group.children:
        lines += graph(book, book.inventory.groups[child], show_vars, depth + 1)
    for name in group.hosts if group.name != ALL else ():
        lines.append(_branch(name, depth + 1))
        if show_vars:
            lines += _branches(book.host_vars(book.inventory.hosts[name]), depth + 2)
    if show_vars:
        lines += _branches(book.group_vars(group), depth + 1)
    return lines


def _branches(values: Mapping[Any, Any], depth: int) -> list[str]:
    """Return the lines of some variables. Secrets stay hidden, unlike in ansible-inventory."""
    shown = {name: "(encrypted)" if isinstance(value, Encrypted) else value for name, value in values.items()}
    return [_branch(f"{{{name} = {shown[name]}}}", depth) for name in sorted(shown, key=str)]


def _branch(text: str, depth: int) -> str:
    return ("  |" * depth + f"--{text}") if depth else text
