"""`muster lint`: what in playbooks, roles, inventories, drills and labs is accepted in silence and bites later."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from runner.cli import options
from runner.cli.places import places_of
from runner.drill import description as drill
from runner.foreign.room import Foreign
from runner.lab import description as lab
from runner.lint.finding import Finding
from runner.lint.formats.github import github
from runner.lint.formats.json import json_text
from runner.lint.formats.sarif import sarif
from runner.lint.formats.text import text
from runner.lint.gather import Gathering
from runner.lint.project import Project
from runner.lint.run import Choice, findings
from runner.lint.sources import Sources
from runner.lint.table import RULES
from runner.parse.settings import Settings
from runner.position import Position
from runner.record import replace
from runner.report.settings import wants_color
from runner.template.inspect import Inspector
from runner.template.settings import Hooks, TemplateSettings
from runner.template.templar import Templar
from runner.vault.secrets import Secrets

FORMATS = ("text", "json", "github", "sarif")
FOUND = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `lint`."""
    parser = subparsers.add_parser("lint", help="find what bites later", prog="muster lint")
    parser.add_argument("paths", nargs="*", default=["."], metavar="PATH", help="playbooks, roles, inventories, folders; none: here")
    parser.add_argument("--strict", action="store_true", help="notes count too, and everything is an error")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text, json, github (annotations) or sarif")
    parser.add_argument("--level", choices=("note", "warning", "error"), default="warning", help="the lowest level that counts")
    parser.add_argument("--only", action="append", default=[], metavar="RULE", help="only these rules; commas, or several times")
    parser.add_argument("--skip", action="append", default=[], metavar="RULE", help="not these rules")
    parser.add_argument("--list-rules", action="store_true", help="list the rules")
    options.add_vault_options(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the findings; return 0 when there are none, else 1. Raises UsageError for a path or rule that does not exist."""
    if args.list_rules:
        for name, level, says in dict.fromkeys((rule.name, rule.level, rule.says) for rule in RULES):
            print(f"{name:24} {level:8} {says}")
        return 0
    choice = Choice(_words(args.only), _words(args.skip), "note" if args.strict else args.level, args.strict)
    settings = options.load_settings(args)
    found = linted(args.paths, choice, args, settings, options.load_secrets(args, settings=settings))
    sys.stdout.write(shown(found, args.format))
    return FOUND if found else 0


def linted(
    paths: Sequence[str],
    choice: Choice,
    args: argparse.Namespace,
    settings: Settings,
    secrets: Secrets,
    known: Iterable[str] = (),
) -> list[Finding]:
    """Return the findings in some paths, files named as seen from the present folder. known: variables that something else sets.

    Raises UsageError.
    """
    choice.check()
    project = project_for(args, settings, secrets)
    project.variables.update(known)
    Gathering(project, {"drill": lambda path: drill.read(path, None), "lab": lab.read}).paths(paths)
    return [replace(each, position=_near(each.position)) for each in findings(project, choice)]


def project_for(args: argparse.Namespace, settings: Settings, secrets: Secrets) -> Project:
    """Return a project with nothing read yet."""
    places = places_of(args, settings)
    foreign = Foreign(places)
    templar = Templar(TemplateSettings(settings.jinja2_native, tuple(settings.jinja2_extensions)), Hooks(plugin=foreign.plugins.find))

    def render(value: Any) -> Any:
        return value

    project = Project(Sources(secrets), settings, places, Inspector(templar), render)
    project.foreign = foreign
    return project


def shown(found: Sequence[Finding], form: str) -> str:
    """Return the findings in a format."""
    if form == "text":
        return text(found, color=wants_color(os.environ, sys.stdout))
    return {"json": json_text, "github": github, "sarif": sarif}[form](found)


def _near(position: Position) -> Position:
    """Return a place whose file is named as seen from the present folder, where it is below it."""
    file = os.path.relpath(position.file) if os.path.exists(position.file) else position.file
    return position if file.startswith("..") else Position(file, position.line, position.column)


def _words(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())
