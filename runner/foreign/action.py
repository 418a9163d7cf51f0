"""An action plugin written for Ansible, run in a thread of ours: its modules, commands and files go through calls that we give it."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from runner.errors import TaskError
from runner.foreign.installed import Installed
from runner.record import dataclass


@dataclass(frozen=True, slots=True)
class Calls:
    """What an action plugin can do on the host; each blocks until it is done.

    module(name, arguments) -> result. command(text, standard input, whether as the user to become) -> (status, out, err).
    put(local file, remote path), get(remote path, local file).
    """

    module: Callable[[str, Mapping[str, Any]], dict[str, Any]]
    command: Callable[[str, bytes, bool], tuple[int, bytes, bytes]]
    put: Callable[[str, str], None]
    get: Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class ActionTask:
    """The task as the plugin sees it. variables: rendered. search: folders for its files. remote: (address, user, user to become)."""

    name: str
    args: Mapping[str, Any]
    variables: Mapping[str, Any]
    search: tuple[str, ...]
    playbook_dir: str
    check: bool
    diff: bool
    no_log: bool
    verbosity: int
    timeout: int
    remote: tuple[str, str | None, str | None]


class Connection:
    """Stands for Ansible's connection object: the names that action plugins use of it."""

    transport = "ssh"
    has_pipelining = True
    allow_executable = True
    become = None
    always_pipeline_modules = False
    has_tty = False
    module_implementation_preferences = ("",)
    _connected = True
    _load_name = "ssh"
    ansible_name = "ssh"

    def __init__(self, calls: Calls, shell: Any, context: Any, options: Mapping[str, Any]) -> None:
        self._calls = calls
        self._shell = shell
        self._play_context = context
        self._options = dict(options)

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command on the host; return its status and both streams."""
        return self._calls.command(cmd, in_data or b"", sudoable)

    def put_file(self, in_path: str, out_path: str) -> None:
        """Send a file."""
        self._calls.put(_text(in_path), _text(out_path))

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Fetch a file."""
        self._calls.get(_text(in_path), _text(out_path))

    def get_option(self, option: str, hostvars: Any = None) -> Any:
        """Return a setting of the connection. Raises KeyError for one it does not have."""
        return self._options[option]

    def set_option(self, option: str, value: Any) -> None:
        """Note a setting."""
        self._options[option] = value

    def set_options(self, *given: Any, **named: Any) -> None:
        """Take no settings: the connection is open."""

    def has_option(self, option: str) -> bool:
        """Tell whether there is such a setting."""
        return option in self._options

    def reset(self) -> None:
        """Keep the connection: it is shared with other tasks."""

    def close(self) -> None:
        """Keep the connection."""


def run_action(installed: Installed, task: ActionTask, calls: Calls, folders: Iterable[Path]) -> dict[str, Any]:
    """Run the action plugin of a task and return its result. folders: where such plugins are looked for besides collections.

    Raises TaskError when there is none, or when it ends with an error that is not Ansible's own.
    """
    if not installed.importable():
        raise TaskError(
            f"the action plugin of '{task.name}' is written against Ansible's Python package, which was not found on this machine",
            expected="the package ansible-core where muster is installed, on the PATH, or in MUSTER_ANSIBLE",
            remedy="pip install ansible-core where muster is installed",
        )
    plugin = _plugin(installed, task, calls, folders)
    if plugin is None:
        raise TaskError(f"the action plugin of '{task.name}' cannot be loaded by the installed Ansible", remedy="see what it imports")
    errors = importlib.import_module("ansible.errors")
    try:
        found = plugin.run(task_vars=dict(task.variables))
    except (errors.AnsibleActionFail, errors.AnsibleActionSkip) as told:
        return {"msg": str(told), **told.result}
    except errors.AnsibleError as told:
        return {"failed": True, "msg": str(told)}
    except Exception as error:
        raise TaskError(
            f"the action plugin of '{task.name}' ended with {type(error).__name__}: {error}",
            expected="a result",
            found=type(error).__name__,
            remedy="mend the plugin; it may use more of Ansible's objects than muster gives it",
        ) from error
    finally:
        plugin.cleanup(force=True)
    return _plain(found or {})  # type: ignore[no-any-return]


def _plugin(installed: Installed, task: ActionTask, calls: Calls, folders: Iterable[Path]) -> Any:
    loader = importlib.import_module("ansible.parsing.dataloader").DataLoader()
    loader.set_basedir(task.playbook_dir)
    shell = importlib.import_module("ansible.plugins.loader").shell_loader.get("sh")
    shell.set_options(var_options={})
    context = _play_context(task)
    address, user, _ = task.remote
    connection = Connection(calls, shell, context, {"remote_addr": address, "host": address, "remote_user": user, "pipelining": True})
    made = installed.action(
        task.name,
        folders,
        task=_task(task),
        connection=connection,
        play_context=context,
        loader=loader,
        templar=importlib.import_module("ansible.template").Templar(loader=loader, variables=dict(task.variables)),
    )
    if made is not None:
        made._execute_module = _executor(calls, made)
    return made


def _executor(calls: Calls, plugin: Any) -> Callable[..., dict[str, Any]]:
    """Return what takes the place of the plugin's way to run a module."""

    def execute(module_name: str | None = None, module_args: Mapping[str, Any] | None = None, *rest: Any, **named: Any) -> dict[str, Any]:
        args = plugin._task.args if module_args is None else module_args
        plain = {str(key): value for key, value in args.items() if not str(key).startswith("_ansible_")}
        return calls.module(str(module_name or plugin._task.action), _plain(plain))

    return execute


def _play_context(task: ActionTask) -> Any:
    context = importlib.import_module("ansible.playbook.play_context").PlayContext()
    address, user, become = task.remote
    context.check_mode, context.diff, context.no_log, context.verbosity = task.check, task.diff, task.no_log, task.verbosity
    context.remote_addr, context.remote_user, context.timeout = address, user, task.timeout
    context.become, context.become_user = become is not None, become
    return context


def _task(task: ActionTask) -> Any:
    made = importlib.import_module("ansible.playbook.task").Task()
    made.action = made.resolved_action = task.name
    made.args = dict(task.args)
    made.check_mode, made.diff, made.no_log = task.check, task.diff, task.no_log
    made.environment, made.async_val, made.delegate_to = [], 0, None
    made.get_search_path = lambda: list(task.search)
    return made


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _plain(value: Any) -> Any:
    """Return a result without Ansible's own kinds of text."""
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str.__str__(value) if isinstance(value, str) else value
