"""A host over SSH: fabric opens one connection for the whole run, paramiko channels carry the streams."""

import asyncio
import contextlib
import logging
import shlex
import socket
import threading
from typing import Any

from fabric import Config
from fabric import Connection as FabricConnection
from paramiko import Channel, ChannelException, Message, Transport
from paramiko.agent import AgentRequestHandler
from paramiko.common import cMSG_CHANNEL_REQUEST
from paramiko.proxy import ProxyCommand
from paramiko.ssh_exception import NoValidConnectionsError, SSHException

from runner.connect.algorithms import offer
from runner.connect.base import NoMoreSessions
from runner.connect.blocking import in_thread
from runner.connect.host_keys import Checker, Rules, rules_from
from runner.connect.ssh_login import Login, LoginStrategy
from runner.connect.ssh_options import Settings, settings_for
from runner.connect.ssh_stream import SshStream
from runner.errors import Unreachable
from runner.model.address import Address

WINDOW = 4 << 20
# How paramiko words a server that did not get through its part in time.
_LATE = ("timed out", "Timeout", "No existing session", "protocol banner")
# What paramiko has to say comes as errors; without a handler Python would also print it.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class SshConnection:
    """See `connect.base.Connection`."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.warnings: list[str] = []
        self._fabric: FabricConnection | None = None
        self._forward_agent = False
        self._probing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect and log in, in a thread. Raises Unreachable with the reason and a remedy."""
        fabric = await in_thread(self._open, abandoned=_close)
        self._fabric = fabric
        self._forward_agent = fabric.forward_agent

    def _open(self) -> FabricConnection:
        settings = settings_for(self.address)
        self.warnings = settings.warnings
        options = settings.config.lookup(self.address.host or self.address.name)
        rules = rules_from(options, self.address.host_key_checking)
        gateway = _gateway(options, settings, rules)
        login = Login(
            self.address.name,
            options.get("user", Config(lazy=True).user),
            self.address.password,
            self.address.private_key_file,
            self.address.key_passphrase,
            tuple(options.get("identityfile", ())),
            options.get("identitiesonly", "no") == "yes",
        )
        fabric = _fabric(self.address.name, self.address.host or self.address.name, settings, rules, login, gateway, self._timeout(options))
        try:
            fabric.open()
        except Exception as error:
            _close(fabric)
            raise _unreachable(error, self.address, fabric) from error
        transport = fabric.transport
        transport.set_keepalive(max(1, int(float(options.get("serveraliveinterval", 0)) or self.address.keepalive)))
        return fabric

    def _timeout(self, options: dict[str, Any]) -> float:
        return float(options.get("connecttimeout", self.address.timeout))

    def _transport(self) -> Transport:
        if self._fabric is None or self._fabric.transport is None or not self._fabric.transport.is_active():
            raise Unreachable(f"the connection to {self.address.name} broke", remedy="the host or the network went down")
        transport: Transport = self._fabric.transport
        return transport

    async def spawn(self, command: str, *, pty: bool = False) -> SshStream:
        """Start a command with the login user's shell. Raises Unreachable, NoMoreSessions."""
        transport = self._transport()
        name, limit = self.address.name, self.address.drop_after
        try:
            channel = await asyncio.wait_for(in_thread(_session, transport, abandoned=lambda late: late.close()), limit)
            stream = SshStream(channel, name)
            await asyncio.wait_for(in_thread(_execute, channel, command, pty, self._forward_agent), limit)
        except ChannelException as error:
            raise NoMoreSessions(f"{name} refuses a further session: {error.text}") from error
        except TimeoutError:
            raise Unreachable(f"{name} did not start a session in {limit:g} seconds") from None
        except (SSHException, EOFError, OSError) as error:
            # of several refusals at once paramiko knows the reason of one only
            if "Unable to open channel" in str(error) and transport.is_active():
                raise NoMoreSessions(f"{name} refuses a further session") from error
            raise Unreachable(f"the connection to {name} broke: {error}") from error
        return stream

    async def probe(self) -> None:
        """Ask the SSH server for an answer. Raises Unreachable when none comes; a quarter of `drop_after` has passed already."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.get_running_loop().create_task(self._probe())
        await asyncio.shield(self._probing)

    async def _probe(self) -> None:
        transport = self._transport()
        try:
            await asyncio.wait_for(in_thread(transport.global_request, "keepalive@openssh.com"), self.address.drop_after * 0.75)
        except TimeoutError:
            seconds = f"{self.address.drop_after:g}"
            raise Unreachable(
                f"{self.address.name} gave no sign of life for {seconds} seconds",
                remedy="the host or the network between is down or overloaded; ansible_drop_after sets how long to wait",
            ) from None
        except (SSHException, EOFError, OSError) as error:
            raise Unreachable(f"the connection to {self.address.name} broke: {error}") from error
        self._transport()

    async def close(self) -> None:
        """Close the connection and those of jump hosts."""
        fabric, self._fabric = self._fabric, None
        if fabric is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(in_thread(_close, fabric), 2)


class _Proxy(ProxyCommand):
    """A ProxyCommand that leaves neither a process nor a complaint behind when it is closed."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command
        self._closing = threading.Lock()

    def close(self) -> None:
        """End the command; may be called from any thread, and twice."""
        with self._closing, contextlib.suppress(OSError, ValueError):
            self.process.kill()
            self.process.communicate(timeout=2)


def _close(fabric: FabricConnection) -> None:
    """Close a connection and its jump hosts."""
    with contextlib.suppress(Exception):
        fabric.close()
    proxy = fabric.connect_kwargs.get("sock")
    if proxy is not None:
        proxy.close()


def _session(transport: Transport) -> Channel:
    return transport.open_session(window_size=WINDOW)


def _execute(channel: Channel, command: str, pty: bool, forward_agent: bool) -> None:
    if forward_agent:
        AgentRequestHandler(channel)
    if pty:
        _ask_for_terminal(channel)
    channel.exec_command(command)


def _ask_for_terminal(channel: Channel) -> None:
    """Ask for a terminal without waiting for the answer (RFC 4254, 6.2): what needs one complains where it is refused."""
    message = Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string("pty-req")
    message.add_boolean(False)
    message.add_string("dumb")
    for number in (80, 24, 0, 0):
        message.add_int(number)
    message.add_string("")
    channel.transport._send_user_message(message)  # type: ignore[union-attr]


def _fabric(label: str, host: str, settings: Settings, rules: Rules, login: Login, gateway: Any, timeout: float) -> FabricConnection:
    """Return a fabric connection, not open, that checks host keys and logs in our way."""
    config = Config(
        ssh_config=settings.config,
        lazy=True,
        overrides={"authentication": {"strategy_class": lambda **_: LoginStrategy(login)}, "timeouts": {"connect": None}},
    )
    options = settings.config.lookup(host)
    through = gateway if isinstance(gateway, FabricConnection) else False
    forward = options.get("forwardagent", "no").lower() not in ("no", "false")
    fabric = FabricConnection(host, config=config, gateway=through, connect_timeout=int(max(1, timeout)), forward_agent=forward)
    checker = Checker(label, fabric.host, fabric.port, rules, options.get("hostkeyalias"))
    checker.watch(fabric.client)

    def transport(sock: Any, **options_: Any) -> Transport:
        if isinstance(sock, socket.socket):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made = Transport(sock, **options_)
        security = made.get_security_options()
        first = [each for each in checker.key_types() if each in security.key_types]
        offer(security, options, label)
        security.key_types = [*first, *(each for each in security.key_types if each not in first)]
        return made

    fabric.connect_kwargs = {
        "banner_timeout": timeout, "auth_timeout": max(timeout, 30.0), "channel_timeout": timeout, "transport_factory": transport,
        "compress": options.get("compression", "no") == "yes",
    }  # fmt: skip
    if isinstance(gateway, str):
        fabric.connect_kwargs["sock"] = _Proxy(gateway)
    return fabric


def _gateway(options: dict[str, Any], settings: Settings, rules: Rules) -> Any:
    """Return the last jump host as a fabric connection through those before it, a ProxyCommand as text, or None."""
    jump, command = options.get("proxyjump"), options.get("proxycommand")
    if jump and jump.lower() != "none":
        gateway: Any = None
        for hop in jump.split(","):
            gateway = _hop(hop.strip().removeprefix("ssh://"), settings, rules, gateway)
        return gateway
    if command and command.lower() != "none":
        return f"/bin/sh -c {shlex.quote('exec ' + command)}"
    return None


def _hop(hop: str, settings: Settings, rules: Rules, gateway: Any) -> FabricConnection:
    """A jump host is reached by the configuration files alone, as ssh does; its key is always checked."""
    user, _, rest = hop.rpartition("@")
    host, port = _split_port(rest)
    found = settings.plain.lookup(host)
    text = [("User", user), ("Port", port)]
    own = Settings(_with(settings.plain, [each for each in text if each[1]]), settings.plain, [])
    strict = Rules("accept-new" if rules.strict == "accept-new" else "yes", rules.files)
    login = Login(
        f"jump host {host}",
        user or found.get("user", Config(lazy=True).user),
        identities=tuple(found.get("identityfile", ())),
        identities_only=found.get("identitiesonly", "no") == "yes",
    )
    return _fabric(f"jump host {host}", host, own, strict, login, gateway, float(found.get("connecttimeout", 10)))


def _split_port(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = text.partition(":")
    return host, port if ":" not in port else ""


def _with(config: Any, values: list[tuple[str, str]]) -> Any:
    """Return a copy of a configuration with some values put in front of all else."""
    made = type(config)()
    made._config = [{"host": ["*"], "config": {name.lower(): value for name, value in values}}, *config._config]
    return made


def _failed_jump(fabric: FabricConnection) -> FabricConnection | None:
    """Return the jump host that was not reached, the first on the way; None when the fault is not with one."""
    failed = None
    gateway = fabric.gateway
    while isinstance(gateway, FabricConnection) and not gateway.is_connected:
        failed, gateway = gateway, gateway.gateway
    return failed


def _unreachable(error: Exception, address: Address, fabric: FabricConnection) -> Unreachable:
    """Return any failure to connect as Unreachable with what to do."""
    if isinstance(error, Unreachable):
        return error
    where = f"{address.name} ({fabric.host} port {fabric.port})"
    jump = _failed_jump(fabric)
    if isinstance(error, socket.gaierror):
        remedy = "check ProxyJump" if jump else "check the name in the inventory, or set ansible_host to an address"
        return Unreachable(f"{address.name}: the name {(jump or fabric).host} cannot be resolved: {error.strerror}", remedy=remedy)
    if isinstance(error, NoValidConnectionsError):
        causes = ", ".join(sorted({getattr(each, "strerror", None) or str(each) for each in error.errors.values()}))
        if jump:
            remedy = "check that sshd runs on the jump host, and ProxyJump (-J) in ansible_ssh_common_args or ssh_config"
            return Unreachable(f"{address.name}: the jump host {jump.host} port {jump.port}: {causes}", remedy=remedy)
        return Unreachable(f"{where}: {causes}", remedy="check that sshd runs there, and ansible_host and ansible_port")
    proxy = fabric.connect_kwargs.get("sock")
    if proxy is not None:
        return Unreachable(f"{where}: the ProxyCommand gave no connection", found=str(error), remedy=f"run it by hand: {proxy.command}")
    if isinstance(error, TimeoutError) or any(word in str(error) for word in _LATE):
        remedy = "check ansible_host and firewalls; ansible_timeout sets how long to wait"
        return Unreachable(f"{where} did not answer in {address.timeout:g} seconds", remedy=remedy)
    if isinstance(error, ChannelException):
        return Unreachable(f"the jump host cannot reach {where}: {error.text}", remedy="check ProxyJump and the host's address")
    if isinstance(error, OSError):
        return Unreachable(f"{where}: {getattr(error, 'strerror', None) or error}", remedy="check ansible_host and ansible_port")
    return Unreachable(f"{where}: {error}", remedy="try it with ssh -v")
