"""`muster doc [MODULE]`: what a module ensures, its arguments, what it returns, examples."""

import argparse
import re
import sys
import textwrap
from collections.abc import Mapping
from types import ModuleType
from typing import Any, TextIO

from runner import find
from runner.errors import UnknownName, nearest_names

ENGINE = {
    "meta": "An order to the engine: flush_handlers, end_play, end_host, end_batch, end_role, clear_facts, clear_host_errors, "
    "refresh_inventory, reset_connection, noop.",
    "include_tasks": "Reads a file of tasks at run time, for the hosts that reach it.",
    "import_tasks": "Puts a file of tasks in this place before the run.",
    "include_role": "Runs a role at run time, for the hosts that reach it.",
    "import_role": "Puts a role in this place before the run.",
    "import_playbook": "Puts the plays of another playbook in this place.",
    "include": "Was removed from the language; use include_tasks or import_tasks.",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `doc`."""
    parser = subparsers.add_parser("doc", help="explain modules", prog="muster doc")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="modules to explain; none: list all")
    parser.add_argument("-l", "--list", action="store_true", help="list all modules")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the list of modules, or each module's page. Raises UnknownName."""
    if args.list or not args.modules:
        for name in find.names():
            print(f"{name:24} {_first_sentence(name)}")
        return 0
    for name in args.modules:
        page(name, sys.stdout)
    return 0


def _first_sentence(name: str) -> str:
    if name in ENGINE:
        return ENGINE[name].split(":")[0]
    module = _load(name)
    # a point inside of a name (node.js, .repo) ends no sentence
    return " ".join(re.split(r"\.(?=\s|$)", module.__doc__ or "")[0].split()) if module else ""


def _load(name: str) -> ModuleType | None:
    found = find.action(name)
    if found is None or found.kind == "engine":
        return None
    return find.load_action(found.name) if found.kind == "action" else find.load_module(found.name)


def page(name: str, out: TextIO) -> None:
    """Write a module's page. Raises UnknownName for a module that does not exist."""
    short = find.short_name(name)
    if short in ENGINE:
        out.write(f"> {short}\n\n{textwrap.fill(ENGINE[short], 100, initial_indent='  ', subsequent_indent='  ')}\n")
        return
    module = _load(name)
    if module is None:
        raise UnknownName(
            f"there is no module '{name}'",
            expected="the name of a module",
            found=name,
            nearest=nearest_names(short, find.names()),
            remedy="`muster doc --list` names them all",
        )
    out.write(f"> {short}\n\n{textwrap.indent(textwrap.fill(' '.join((module.__doc__ or '').split()), 100), '  ')}\n\nARGUMENTS\n")
    schema: Mapping[str, Any] = module.ARGUMENTS
    for key, each in sorted(schema["properties"].items()):
        _argument(key, each, key in schema.get("required", ()), out)
    returns: Mapping[str, str] = getattr(module, "RETURNS", {})
    if returns:
        out.write("\nRETURNS\n")
        for key, text in returns.items():
            out.write(f"  {key}: {text}\n")
    out.write(f"\nEXAMPLES\n{textwrap.indent(str(getattr(module, 'EXAMPLES', '')).strip(), '  ')}\n")


def _argument(key: str, each: Mapping[str, Any], required: bool, out: TextIO) -> None:
    kind = each.get("format") or each.get("type") or "any value"
    notes = [str(kind)]
    if required:
        notes.append("required")
    if each.get("default") is not None:
        notes.append(f"default {each['default']!r}")
    if each.get("enum"):
        notes.append("one of " + ", ".join(map(str, each["enum"])))
    if each.get("aliases"):
        notes.append("also " + ", ".join(each["aliases"]))
    out.write(f"  {'=' if required else '-'} {key} ({'; '.join(notes)})\n")
    out.write(textwrap.fill(str(each.get("description", "")), 96, initial_indent="      ", subsequent_indent="      ") + "\n")
