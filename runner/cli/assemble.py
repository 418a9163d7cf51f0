"""Puts the rooms together for one run: settings, secrets, inventory, templates, reading, and the engine's run object."""

import argparse
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from runner.cli.options import load_extra_vars, load_inventory, load_secrets
from runner.cli.places import places_of
from runner.cli.run_options import run_options
from runner.cli.setting_names import own_name
from runner.errors import ParseError, nearest_names
from runner.execute.fact_cache import FactCache, cache_for
from runner.execute.magic import magic_without_hosts
from runner.execute.misspelt import Misspelt, said
from runner.execute.options import RunOptions
from runner.execute.session import Run
from runner.foreign.room import Foreign
from runner.model.event import Event, Warned
from runner.model.inventory import Inventory
from runner.model.play import Playbook
from runner.model.text import Encrypted, Map, Template
from runner.model.variables import Variables
from runner.parse.duplicates import duplicates
from runner.parse.inventory.vars_files import VarsFiles
from runner.parse.limit import Limit
from runner.parse.place import Place
from runner.parse.place import Settings as ParseSettings
from runner.parse.playbook import read_playbook
from runner.parse.settings import Settings
from runner.parse.source import read_bytes, read_source
from runner.parse.yaml_text import load_yaml
from runner.plan.patterns import match, split
from runner.position import Position
from runner.record import dataclass, replace
from runner.template.settings import Hooks, TemplateSettings
from runner.template.templar import Templar
from runner.variables.view import View
from runner.vault.secrets import Secrets, decrypt_text


@dataclass(slots=True)
class Kit:
    """What a command needs to read and run playbooks. warned: texts shown before the engine takes over."""

    settings: Settings
    secrets: Secrets
    inventory: Inventory
    templar: Templar
    parse: ParseSettings
    extra_vars: Map
    options: RunOptions
    warnings: list[Warned]
    emit: list[Callable[[Event], None]]
    files: VarsFiles
    reread: Callable[[], Inventory]
    foreign: Foreign

    def hosts(self, pattern: str) -> list[str]:
        """Return the names of the hosts a pattern means, within --limit."""
        return [host.name for host in match(pattern, self.inventory, limit=limit_words(self.options.limit))]

    def run(self, emit: Callable[[Event], None]) -> Run:
        """Return the run object around the function that takes events."""
        self.emit[:] = [emit]
        return Run(
            options=self.options,
            inventory=self.inventory,
            templar=self.templar,
            parse=self.parse,
            vars_files=self.files,
            emit=emit,
            reread=self.reread,
            read_source=lambda path: read_bytes(path, self.secrets),
            start_at=self.options.start_at_task,
            cache=self.cache(),
            foreign=self.foreign,
        )

    def cache(self) -> FactCache | None:
        """Return the cache of facts, emptied of the inventory's hosts where --flush-cache asks for it. Raises UsageError."""
        found = self.settings
        prefix = found.fact_caching_prefix if found.origin.get("fact_caching_prefix", "default") != "default" else ""
        cache = cache_for(found.fact_caching, found.fact_caching_connection, prefix, float(found.fact_caching_timeout))
        if cache is not None and self.options.flush_cache:
            for name in self.inventory.hosts:
                cache.drop(name)
        return cache

    def playbook(self, path: str) -> Playbook:
        """Read a playbook. Raises ParseError."""
        if not Path(path).is_file():
            raise ParseError(
                f"the playbook: {path} {'does not appear to be a file' if Path(path).exists() else 'could not be found'}",
                exit_code=1,
                expected="the path of a playbook",
                found="a folder" if Path(path).is_dir() else "no such file",
                nearest=_beside(path),
                remedy="correct the path",
            )
        folder = str(Path(path).resolve().parent)
        self.foreign.plugins.begin(folder)
        place = Place(folder, folder, scope=(self.extra_vars,))
        return read_playbook(path, place, self.parse)


def limit_words(limit: str | None) -> list[str] | None:
    """Return the parts of --limit, those of its @file read, or None when there is none."""
    if isinstance(limit, Limit):
        return list(limit.patterns)
    return split(limit) if limit else None


def _beside(path: str) -> list[str]:
    folder = Path(path).parent
    there = [str(each) for each in sorted(folder.glob("*.y*ml"))] if folder.is_dir() else []
    return nearest_names(path, there)


def kit_for(args: argparse.Namespace, settings: Settings) -> Kit:
    """Return what the parsed options ask for. Raises RunnerError for anything wrong in them or in the files they name."""
    warnings: list[Warned] = []
    emit: list[Callable[[Event], None]] = []

    def warn(text: str, position: Position | None = None, kind: str = "warning") -> None:
        event = Warned(text, position, kind)
        emit[0](event) if emit else warnings.append(event)

    secrets = load_secrets(args)
    extra_vars = load_extra_vars(args.extra_vars, secrets)
    inventory = load_inventory(args, secrets)
    foreign = Foreign(places_of(args, settings), warn, partial(warn, kind="deprecation"), settings.vars_plugins_enabled)
    strict = bool(vars(args).get("strict"))
    templar = _templar(settings, secrets, inventory, foreign, warn, partial(warn, kind="deprecation"), strict=strict)
    options = run_options(args, settings, extra_vars, inventory)
    parse = _parse_settings(settings, secrets, templar, options, partial(magic_without_hosts, options, inventory), warn)
    parse = replace(parse, role_read=foreign.plugins.role, check_lookup=templar.check_lookup)
    misspelt = Misspelt([*_projects(args), *parse.roles_path], lambda name, right, at: warn(f"{said(name)}; did you mean {right}?", at))
    misspelt.inventory(inventory)
    folders = VarsFiles(secrets, settings, warn, foreign.variables.given, misspelt.variables)
    reread = partial(load_inventory, args, secrets)
    return Kit(settings, secrets, inventory, templar, parse, extra_vars, options, warnings, emit, folders, reread, foreign)


def _projects(args: argparse.Namespace) -> list[str]:
    """Return the folders of the playbooks, or the one that stands for them."""
    return [os.path.dirname(os.path.abspath(each)) for each in vars(args).get("playbooks") or ()] or [os.getcwd()]


def _templar(
    settings: Settings,
    secrets: Secrets,
    inventory: Inventory,
    foreign: Foreign,
    warn: Callable[[str, Position | None], None],
    deprecate: Callable[[str, Position | None], None],
    *,
    strict: bool,
) -> Templar:
    def hosts_matching(pattern: str | list[str]) -> list[str]:
        return [host.name for host in match(pattern, inventory)]

    def decrypt(value: Encrypted) -> str:
        return decrypt_text(value, secrets)

    hooks = Hooks(
        decrypt=decrypt,
        warn=warn,
        deprecate=deprecate,
        hosts_matching=hosts_matching,
        read_file=lambda path: read_bytes(path, secrets),
        setting=lambda name, options: _setting(settings, name, options),
        plugin=foreign.plugins.find,
    )
    quiet = os.environ.get("_ANSIBLE_DISABLE_BACKPORTED_INSPECTIONS") == "1"
    booleans = strict or not settings.allow_broken_conditionals
    extensions = tuple(settings.jinja2_extensions)
    return Templar(TemplateSettings(settings.jinja2_native, extensions, booleans, inspect=not quiet, numbers=strict), hooks)


def _setting(settings: Settings, name: str, options: Mapping[str, Any]) -> Any:
    """Return a setting by Ansible's name for it or by ours, with `show_origin` in a list with its origin. Raises KeyError."""
    attribute = own_name(name)
    if attribute not in Settings.__dataclass_fields__:
        raise KeyError(name)
    value, origin = getattr(settings, attribute), settings.origin.get(attribute, "default")
    return [value, None if origin == "default" else origin] if options.get("show_origin") else value


def _parse_settings(
    settings: Settings,
    secrets: Secrets,
    templar: Templar,
    options: RunOptions,
    magic: Callable[[], Mapping[str, Any]],
    warn: Callable[[str, Position | None], None],
) -> ParseSettings:
    read_before: dict[str, Any] = {}

    def read(path: str) -> Any:
        if path not in read_before:
            read_before[path] = load_yaml(read_source(path, secrets), path, warn=duplicates(settings.duplicate_dict_key, warn))
        return read_before[path]

    def render(value: Any, scope: tuple[Mapping[str, Any], ...]) -> Any:
        if not isinstance(value, Template):
            return value
        view: Variables = View((magic(), options.extra_vars, *reversed(scope)))
        return templar.render(value, view)

    return ParseSettings(
        read=read,
        render=render,
        warn=warn,
        roles_path=tuple(str(Path(each).expanduser()) for each in settings.roles_path),
        collections_path=tuple(str(Path(each).expanduser()) for each in settings.collections_path),
        private_role_vars=settings.private_role_vars,
        private_include_vars=settings.private_role_vars or settings.origin.get("private_role_vars", "default") == "default",
    )
