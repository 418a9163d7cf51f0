"""Connection variables and keywords -> how to reach a host and whom to become there; one link a host for the whole run."""

import asyncio
import getpass
import shlex
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from runner.connect.base import Connection, Forking
from runner.connect.commands import CommandsConnection
from runner.connect.kinds import COLLECTIONS, KINDS, OPTIONS, PLUGIN
from runner.connect.link import HostLink
from runner.connect.open import connection_for
from runner.errors import ParseError, nearest_names
from runner.execute.hosts import HostState
from runner.execute.options import RunOptions
from runner.foreign.connection import ConnectionPlugins
from runner.model.address import Address
from runner.model.plan import PlanTask
from runner.model.request import Become
from runner.model.variables import MISSING, Variables
from runner.plan.keyword_value import number, truth, whole_number
from runner.position import position_of
from runner.record import dataclass, field, replace

Render = Callable[[Any, Variables], Any]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds the first of some variables in a view, rendered."""

    view: Variables
    render: Render

    def first(self, *names: str) -> Any:
        """Return the rendered value of the first name that is set and not empty, else None."""
        for name in names:
            value = self.view.find(name)
            if value is not MISSING and value is not None and value != "":
                return self.render(value, self.view)
        return None


def address_of(
    host: HostState,
    task: PlanTask | None,
    view: Variables,
    render: Render,
    options: RunOptions,
    folder: str | None = None,
    others: ConnectionPlugins | None = None,
) -> Address:
    """Return how to reach `host`. view: that host's variables. folder: where a local connection starts: that of the playbook.

    others: finds connection plugins that are not ours.

    Raises ParseError for a connection kind that does not exist.
    """
    look = Lookup(view, render)
    keyword: Callable[[str], Any] = (lambda name: inherited(task, name, view, render)) if task is not None else (lambda name: None)
    kind_name = look.first("ansible_connection") or keyword("connection") or options.connection
    if not known(kind_name) and others is not None and (names := others.variables(str(kind_name))) is not None:
        told = {name: str(value) for name in names if (value := look.first(name)) is not None}
        where = str(look.first("ansible_host") or host.name)
        return Address(host.name, kind=PLUGIN, host=where, folder=folder, extra={**told, "plugin": str(kind_name)})
    kind = _kind(kind_name)
    if kind == "local":
        return Address(host.name, kind="local", host="localhost", user=look.first("ansible_user"), folder=folder)
    return _far(host.name, kind, look, keyword, options)


def _far(name: str, kind: str, look: Lookup, keyword: Callable[[str], Any], options: RunOptions) -> Address:
    """Return how to reach a host that is not this machine. name: of the inventory. keyword: gives a task's keyword, rendered."""
    extra = {option: str(value) for option, variable in OPTIONS.get(kind, {}).items() if (value := look.first(variable)) is not None}
    # as in Ansible, the older name of two comes first; `ansible_host` is always there, the host's own name if nothing else
    port = look.first("ansible_ssh_port", "ansible_port") or keyword("port") or options.remote_port
    arguments: list[str] = list(options.common_args)
    for variable in ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"):
        arguments += _words(str(look.first(variable) or ""))
    checking = look.first("ansible_ssh_host_key_checking", "ansible_host_key_checking", "ansible_paramiko_host_key_checking")
    password = look.first("ansible_ssh_password", "ansible_ssh_pass", "ansible_password")
    return Address(
        name,
        kind=kind,
        host=str(look.first("ansible_ssh_host", "ansible_host") or name),
        port=whole_number("port", port, position_of(port)) if port is not None else None,
        user=look.first("ansible_ssh_user", "ansible_user") or keyword("remote_user") or options.remote_user,
        password=str(password) if password is not None else options.connection_password,
        private_key_file=look.first("ansible_ssh_private_key_file", "ansible_private_key_file") or options.private_key_file,
        key_passphrase=look.first("ansible_ssh_private_key_passphrase", "ansible_private_key_passphrase"),
        common_args=tuple(arguments),
        host_key_checking=options.host_key_checking if checking is None else truth("ansible_host_key_checking", checking, None),
        timeout=number("ansible_timeout", look.first("ansible_ssh_timeout", "ansible_timeout") or options.timeout, None),
        drop_after=number("ansible_drop_after", look.first("ansible_drop_after") or options.drop_after, None),
        extra=extra,
    )


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Split ssh options as a shell would; hosts share few texts."""
    return tuple(shlex.split(text))


def known(name: Any) -> bool:
    """Tell whether a connection plugin's name is one of ours."""
    return _short(name) in KINDS


def _short(name: Any) -> str:
    short = str(name)
    for prefix in COLLECTIONS:
        short = short.removeprefix(prefix)
    return short


def _kind(name: Any) -> str:
    short = _short(name)
    kind = KINDS.get(short)
    if kind is None:
        raise ParseError(
            f"the connection plugin '{name}' was not found",
            position=position_of(name),
            expected=", ".join(sorted(KINDS)),
            found=f"'{name}'",
            nearest=nearest_names(short, KINDS),
            remedy="correct ansible_connection or the connection keyword",
        )
    return kind


def become_of(task: PlanTask, view: Variables, render: Render, options: RunOptions, address: Address) -> Become | None:
    """Return whom to become for a task, or None. `view` has the task's variables over those of the host it runs on."""
    look = Lookup(view, render)
    wanted = look.first("ansible_become")
    if wanted is None:
        wanted = inherited(task, "become", view, render)
    at = position_of(task.keyword("become")) or task.position
    if not (options.become if wanted is None or wanted == "" else truth("become", wanted, at)):
        return None
    user = look.first("ansible_become_user") or inherited(task, "become_user", view, render) or options.become_user or "root"
    method = look.first("ansible_become_method") or inherited(task, "become_method", view, render) or options.become_method
    short = str(method).split(".")[-1]
    if short not in ("sudo", "su", "doas"):
        raise ParseError(
            f"Invalid become method specified, could not find matching plugin: '{method}'",
            position=position_of(task.keyword("become_method")) or task.position,
            expected="sudo, su or doas",
            found=f"'{method}'",
            nearest=nearest_names(short, ("sudo", "su", "doas")),
            remedy="correct become_method",
        )
    password = look.first("ansible_become_password", "ansible_become_pass", f"ansible_{short}_password", f"ansible_{short}_pass")
    flags = look.first("ansible_become_flags", f"ansible_{short}_flags") or inherited(task, "become_flags", view, render)
    exe = look.first("ansible_become_exe", f"ansible_{short}_exe") or inherited(task, "become_exe", view, render)
    if str(user) == _connection_user(address) and not options.become_same_user:
        return None
    return Become(
        str(user),
        short,
        flags or options.become_flags,
        exe or options.become_exe,
        str(password) if password is not None else options.become_password,
    )


def inherited(task: PlanTask, name: str, view: Variables, render: Render) -> Any:
    """Return a keyword's rendered value; where the task's own is `omit` (None after rendering), that of what stands around it."""
    value = render(task.keyword(name), view)
    return render(task.outer.keywords.get(name), view) if value is None else value


def _connection_user(address: Address) -> str | None:
    if address.kind == "local":
        return getpass.getuser()
    return address.user


def interpreter_of(address: Address, view: Variables, render: Render, options: RunOptions) -> str:
    """Return the Python to use on the host: a path, or `auto`."""
    value = Lookup(view, render).first("ansible_python_interpreter")
    if value is not None:
        text = str(value)
        return "auto" if text.startswith("auto") else text
    if address.kind == "local" and options.interpreter == "auto":
        return sys.executable
    return options.interpreter


@dataclass(slots=True)
class Links:
    """The open links of a run: one for each way to reach a host. others: makes the connections that are not ours."""

    links: dict[tuple[Any, ...], HostLink] = field(default_factory=dict)
    others: ConnectionPlugins | None = None
    warned: Callable[[str], None] | None = None
    nursery: Any = None

    def get(self, address: Address) -> HostLink:
        """Return the link for an address, made at its first use."""
        key = _key(address)
        link = self.links.get(key)
        if link is None:
            link = self.links[key] = HostLink(address, self._connection(address))
        return link

    def _connection(self, address: Address) -> Connection:
        if address.kind != PLUGIN:
            connection = connection_for(address)
            if isinstance(connection, Forking):
                self.nursery = connection.share(self.nursery)
            return connection
        assert self.others is not None
        return CommandsConnection(address, self.others.made(address.extra["plugin"], address.name, address.extra, address.folder))

    async def reset(self, address: Address) -> None:
        """Close the link of an address; the next use opens it anew."""
        link = self.links.get(_key(address))
        if link is not None:
            await link.reset()

    async def close(self) -> None:
        """Close every link."""
        links, self.links = list(self.links.values()), {}
        await asyncio.gather(*(link.close() for link in links), return_exceptions=True)
        nursery, self.nursery = self.nursery, None
        if nursery is not None:
            await nursery.close()


def _key(address: Address) -> tuple[Any, ...]:
    plain = replace(address, extra={})
    extra: Mapping[str, str] = address.extra
    return (plain.__repr__(), address.password, address.key_passphrase, tuple(sorted(extra.items())))
