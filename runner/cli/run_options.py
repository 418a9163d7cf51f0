"""What the engine is told of a run: options of the command line over settings."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from runner.cli.terminal import ask, password
from runner.errors import Missing, UsageError
from runner.execute.options import RunOptions
from runner.model.inventory import Inventory
from runner.model.text import Map
from runner.parse.settings import Settings
from runner.record import replace


def run_options(args: argparse.Namespace, settings: Settings, extra_vars: Map, inventory: Inventory) -> RunOptions:
    """Return the options of a run; asks for passwords where that was wanted. Raises UsageError, Missing."""
    get = vars(args).get
    interactive = sys.stdin.isatty()
    options = RunOptions(
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
        task_timeout=float(get("task_timeout") or settings.task_timeout),
        task_debugger=settings.enable_task_debugger,
        poll_interval=settings.poll_interval,
        gathering=settings.gathering,
        merge_variables=settings.hash_behaviour == "merge",
        any_errors_fatal=settings.any_errors_fatal,
        no_log=settings.no_log,
        error_on_missing_handler=settings.error_on_missing_handler,
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
    return _with_become(_with_connection(options, args, settings), args, settings)


def _with_connection(options: RunOptions, args: argparse.Namespace, settings: Settings) -> RunOptions:
    get = vars(args).get
    return replace(
        options,
        remote_user=get("remote_user") or settings.remote_user,
        remote_port=settings.remote_port,
        connection=get("connection") or settings.transport,
        private_key_file=get("private_key_file") or settings.private_key_file,
        connection_password=_secret(get("ask_pass"), get("connection_password_file"), "SSH password: ", "--connection-password-file"),
        common_args=_ssh_words(args, settings),
        timeout=float(get("timeout") or settings.timeout),
        drop_after=float(get("drop_after") or settings.drop_after),
        host_key_checking=settings.host_key_checking,
    )


def _with_become(options: RunOptions, args: argparse.Namespace, settings: Settings) -> RunOptions:
    get = vars(args).get
    return replace(
        options,
        become=bool(get("become") or settings.become),
        become_method=get("become_method") or settings.become_method,
        become_user=get("become_user") or settings.become_user,
        become_flags=settings.become_flags,
        become_exe=settings.become_exe,
        become_same_user=settings.become_allow_same_user,
        become_password=_secret(get("become_ask_pass"), get("become_password_file"), "BECOME password: ", "--become-password-file"),
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
