"""`muster config`: the settings muster obeys, where each value comes from, and a file to begin with."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from runner.cli.options import add_verbosity_option, say_warning
from runner.cli.setting_names import shown_name
from runner.errors import Missing
from runner.parse.ansible_cfg import default_of, find_config, read_settings, unknown_settings
from runner.parse.settings import Settings
from runner.parse.yaml_dump import dump_yaml
from runner.record import Field, fields

KINDS = {
    "bool": "boolean",
    "int": "integer",
    "float": "float",
    "text": "string",
    "path": "path",
    "list": "list",
    "paths": "pathlist",
    "search": "pathspec",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `config` with list, dump, view and init."""
    parser = subparsers.add_parser("config", help="show the settings", prog="muster config")
    inner = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for word, says in (
        ("list", "every setting muster obeys: its names, kind and default"),
        ("dump", "every setting with its value and where that comes from"),
        ("view", "the settings file"),
        ("init", "a settings file to begin with"),
    ):
        each = inner.add_parser(word, help=says)
        add_verbosity_option(each)
        each.add_argument("-c", "--config", dest="config_file", metavar="FILE", help="this file instead of the one that would be found")
        each.add_argument("-t", "--type", dest="kind", default="base", help="accepted as ansible-config does")
        if word == "dump":
            each.add_argument("--only-changed", "--changed-only", action="store_true", help="only what is not the default")
        if word in ("list", "dump"):
            formats = ("display", "json", "yaml") if word == "dump" else ("yaml", "json")
            each.add_argument("-f", "--format", choices=formats, default=formats[0], help="how to show it")
        if word == "init":
            each.add_argument("-f", "--format", choices=("ini", "env"), default="ini", help="a file, or lines for a shell")
            each.add_argument("--disabled", action="store_true", help="every line is a comment")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Show what is asked for. Raises Missing for a settings file that does not exist."""
    environ = dict(os.environ)
    if args.config_file:
        if not Path(args.config_file).is_file():
            raise Missing(f"The provided configuration file is missing or not accessible: {args.config_file}", remedy="correct the path")
        environ["ANSIBLE_CONFIG"] = args.config_file
    settings = read_settings(environ, os.getcwd(), say_warning)
    work: dict[str, Callable[[argparse.Namespace, Settings], str]] = {"list": listed, "dump": dumped, "view": viewed, "init": initial}
    sys.stdout.write(work[args.what](args, settings))
    if args.verbosity and args.what == "dump":
        for text in unknown_settings(settings.config_file):
            say_warning(text)
    return 0


def _options() -> Iterable["Field[Any]"]:
    return (each for each in fields(Settings) if "kind" in each.metadata)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _origin(origin: str) -> str:
    """Return where a value comes from as ansible-config says it: a file without its line."""
    file, _, line = origin.rpartition(":")
    return file if line.isdigit() and file else origin


def dumped(args: argparse.Namespace, settings: Settings) -> str:
    """Return every setting with its value and origin, sorted by name."""
    rows = [("CONFIG_FILE", "", settings.config_file)]
    rows += [(shown_name(each.name), _origin(settings.origin[each.name]), _plain(getattr(settings, each.name))) for each in _options()]
    if args.only_changed:
        rows = [row for row in rows if row[1] != "default" and row[2] is not None]
    rows.sort(key=lambda row: row[0])
    if args.format == "display":
        return "".join(f"{name}({origin}) = {value}\n" for name, origin, value in rows)
    data = [{"name": name, "origin": origin, "value": value} for name, origin, value in rows]
    return json.dumps(data, indent=4, sort_keys=True) + "\n" if args.format == "json" else dump_yaml(data)


def listed(args: argparse.Namespace, settings: Settings) -> str:
    """Return what can be set, each with its default, kind, names in the file and in the environment."""
    found = {}
    for each in sorted(_options(), key=lambda one: shown_name(one.name)):
        entry: dict[str, Any] = {"default": _plain(each.default), "type": KINDS[each.metadata["kind"]]}
        if each.metadata["choices"]:
            entry["choices"] = list(each.metadata["choices"])
        if each.metadata["env"]:
            entry["env"] = [{"name": name} for name in each.metadata["env"]]
        places = [name.partition(".") for name in each.metadata["ini"]]
        entry["ini"] = [{"key": key, "section": section} for section, _, key in places]
        found[shown_name(each.name)] = entry
    return json.dumps(found, indent=4, sort_keys=True) + "\n" if args.format == "json" else dump_yaml(found)


def viewed(args: argparse.Namespace, settings: Settings) -> str:
    """Return the settings file as it stands. Raises Missing when there is none."""
    file = find_config({**os.environ, **({"ANSIBLE_CONFIG": args.config_file} if args.config_file else {})}, os.getcwd(), say_warning)
    if file is None:
        raise Missing(
            "Invalid or no config file was supplied",
            expected="ansible.cfg here, ~/.ansible.cfg, /etc/ansible/ansible.cfg, or ANSIBLE_CONFIG",
            remedy="`muster config init > ansible.cfg` makes one",
        )
    return Path(file).read_text(encoding="utf-8")


def initial(args: argparse.Namespace, settings: Settings) -> str:
    """Return a file, or lines for a shell, with every setting at its default."""
    mark = ";" if args.format == "ini" else "#"
    off = mark if args.disabled else ""
    sections: dict[str, list[str]] = {}
    for each in sorted(_options(), key=lambda one: one.name):
        kind = f"{mark if args.format == 'env' else '#'} ({KINDS[each.metadata['kind']]}) {shown_name(each.name)}"
        value = _written(each)
        if args.format == "env":
            if each.metadata["env"]:
                sections.setdefault("", []).append(f"{kind}\n{off}{each.metadata['env'][0]}={value}\n")
            continue
        section, _, key = str(each.metadata["ini"][0]).partition(".")
        sections.setdefault(section, []).append(f"{kind}\n{off}{key}={value}\n")
    return "\n".join("\n".join([*([f"[{name}]"] if name else []), *lines]) for name, lines in sections.items())


def _written(each: "Field[Any]") -> str:
    value = default_of(each) if each.metadata["kind"] not in ("search", "paths", "path") else each.default
    if isinstance(value, tuple):
        return (":" if each.metadata["kind"] == "search" else ", ").join(value)
    return "" if value is None else str(value)
