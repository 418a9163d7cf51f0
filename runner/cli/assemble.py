"""Puts the rooms together for one run: settings, secrets, inventory, templates, reading, and the engine's run object."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from runner.cli.options import load_extra_vars, load_inventory, load_secrets
from runner.cli.places import places_of
from runner.cli.setting_names import own_name
from runner.cli.terminal import ask, password
from runner.errors import Missing, ParseError, UsageError, nearest_names
from runner.execute.fact_cache import FactCache, cache_for
from runner.execute.magic import magic_without_hosts
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
    options = _run_options(args, settings, extra_vars, inventory)
    parse = _parse_settings(settings, secrets, templar, options, partial(magic_without_hosts, options, inventory), warn)
    parse = replace(parse, role_read=foreign.plugins.role, check_lookup=templar.check_lookup)
    folders = VarsFiles(secrets, settings, warn, foreign.variables.given)
    reread = partial(load_inventory, args, secrets)
    return Kit(settings, secrets, inventory, templar, parse, extra_vars, options, warnings, emit, folders, reread, foreign)


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


def _run_options(args: argparse.Namespace, settings: Settings, extra_vars: Map, inventory: Inventory) -> RunOptions:
    get = vars(args).get
    interactive = sys.stdin.isatty()
    return RunOptions(
        check=bool(get("check")),
        diff=bool(get("diff") or settings.diff_always),
        forks=_forks(args, settings),
        tags=_words([*settings.run_tags, *(get("tags") or ())]),
        skip_tags=_words([*settings.skip_tags, *(get("skip_tags") or ())]),
        extra_vars=extra_vars,
        limit=get("subset") or get("limit"),
        start_at_task=get("start_at_task"),
        step=bool(get("step")),
        flush_cache=bool(get("flush_cache")),
        force_handlers=bool(get("force_handlers") or settings.force_handlers),
        verbosity=int(get("verbosity") or 0),
        strict=bool(get("strict")),
        remote_user=get("remote_user") or settings.remote_user,
        remote_port=settings.remote_port,
        connection=get("connection") or settings.transport,
        private_key_file=get("private_key_file") or settings.private_key_file,
        connection_password=_secret(get("ask_pass"), get("connection_password_file"), "SSH password: ", "--connection-password-file"),
        become=bool(get("become") or settings.become),
        become_method=get("become_method") or settings.become_method,
        become_user=get("become_user") or settings.become_user,
        become_flags=settings.become_flags,
        become_exe=settings.become_exe,
        become_same_user=settings.become_allow_same_user,
        become_password=_secret(get("become_ask_pass"), get("become_password_file"), "BECOME password: ", "--become-password-file"),
        common_args=_ssh_words(args, settings),
        timeout=float(get("timeout") or settings.timeout),
        task_timeout=float(get("task_timeout") or settings.task_timeout),
        task_debugger=settings.enable_task_debugger,
        drop_after=float(get("drop_after") or settings.drop_after),
        poll_interval=settings.poll_interval,
        gathering=settings.gathering,
        merge_variables=settings.hash_behaviour == "merge",
        any_errors_fatal=settings.any_errors_fatal,
        no_log=settings.no_log,
        error_on_missing_handler=settings.error_on_missing_handler,
        host_key_checking=settings.host_key_checking,
        strategy=settings.strategy,
        host_pattern_mismatch=settings.host_pattern_mismatch,
        retry_files=settings.retry_files_enabled,
        retry_files_path=settings.retry_files_save_path,
        interpreter="auto" if settings.interpreter_python.startswith("auto") else settings.interpreter_python,
        inject_facts=settings.inject_facts_as_vars,
        inventory_sources=tuple(source.path for source in inventory.sources),
        config_file=settings.config_file,
        managed=settings.ansible_managed,
        prompt=ask if interactive or get("step") else None,
    )


def _forks(args: argparse.Namespace, settings: Settings) -> int:
    given = vars(args).get("forks")
    if given:
        return int(given)
    return settings.forks if settings.origin.get("forks", "default") != "default" else 50


def _words(values: Any) -> tuple[str, ...]:
    return tuple(word.strip() for value in values or () for word in str(value).split(",") if word.strip())


def _ssh_words(args: argparse.Namespace, settings: Settings) -> tuple[str, ...]:
    words: list[str] = []
    # what ssh_args says unless it is set is for OpenSSH itself
    own = ("ssh_args",) if settings.origin.get("ssh_args", "default") != "default" else ()
    for name in (*own, "ssh_common_args", "ssh_extra_args"):
        written = str(vars(args).get(name) or getattr(settings, name, "") or "")
        try:
            words += shlex.split(written)
        except ValueError as error:
            raise UsageError(
                f"--{name.replace('_', '-')} cannot be cut into words: {error}",
                expected="options of ssh, with quotes that are closed",
                found=written,
                remedy="close the quote",
            ) from None
    return tuple(words)


def _secret(asked: Any, file: Any, text: str, option: str) -> str | None:
    if file:
        return _password_in(Path(str(file)).expanduser())
    return password(text, option) if asked else None


def _password_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        why = "was not found" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise Missing(
            f"The password file {path} {why}",
            expected="a file that holds the password",
            found=str(error.strerror),
            remedy="correct the path",
        ) from None
