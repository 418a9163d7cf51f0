"""Starts an agent on a host, as the login user or another, and waits for its hello."""

import asyncio
import re
import secrets
import shlex
import sys

from runner.connect import become as becoming
from runner.connect import ship
from runner.connect.agent import RemoteAgent
from runner.connect.base import Connection, Forking, Stream
from runner.connect.loader import CODE, start_line
from runner.errors import TaskError, Unreachable
from runner.model.address import Address
from runner.model.request import Become, Request

# Seconds without a word in which Python must come up on the host.
START_TIMEOUT = 30.0
_SHOWN = 500


class NoPython(TaskError):
    """The host has no Python, or not the one that was asked for, as far as the user can see who is to run it."""


class _TooOld(Exception):
    """The interpreter found is older than the agent can use."""

    def __init__(self, version: str, path: str) -> None:
        super().__init__(version)
        self.version = version
        self.path = path


async def start_agent(
    connection: Connection, address: Address, become: Become | None, interpreter: str, first: Request | None = None
) -> RemoteAgent:
    """Return an agent that said hello. Raises Unreachable, BecomeError, or TaskError when the host has no usable Python.

    first: a request that goes along and may be run at once, for the one who `call`s the agent with it.
    """
    skip: tuple[str, ...] = ()
    while True:
        try:
            return await _start(connection, address, become, interpreter, skip, first)
        except NoPython:
            if become is None or address.kind != "local" or interpreter != sys.executable:
                raise
            # our own Python may lie in a home that is closed to the other user, whom any other serves as well
            interpreter = "auto"
        except _TooOld as old:
            if interpreter == "auto" and old.path not in skip:
                # the system's own Python is too old; others may be there
                skip = (*skip, old.path, "/usr/bin/python3")
                continue
            message = f"{address.name}: {old.path} is Python {old.version}, which is too old"
            remedy = "install Python 3.6 or newer, or name one with ansible_python_interpreter; raw and script need none"
            raise TaskError(message, expected="Python 3.6 or newer", found=f"Python {old.version}", remedy=remedy) from None


async def _start(
    connection: Connection, address: Address, become: Become | None, interpreter: str, skip: tuple[str, ...], first: Request | None
) -> RemoteAgent:
    token = f"muster-{secrets.token_hex(8)}-"
    line = start_line(token, interpreter, skip)
    source = ship.packed_agent()
    if become is None:
        forked = await connection.agent(token, interpreter) if isinstance(connection, Forking) and not skip else None
        stream: Stream = forked or await connection.spawn(f"exec /bin/sh -c {shlex.quote(line)}")
        source, rest = (b"", b"") if forked else (source, b"")
    else:
        entry = becoming.gate(line, become, token)
        stream = await connection.spawn(f"exec /bin/sh -c {shlex.quote(entry.command)}", pty=entry.pty)
    try:
        if become is not None:
            rest = await becoming.enter(stream, entry)
        request = ship.framed_first(first)
        await stream.write(source + request)
        rest = await _until_ready(stream, rest, token.encode(), address)
        agent = RemoteAgent(stream, rest, address.name, address.drop_after, first if request else None)
    except BaseException:
        stream.terminate()
        raise
    try:
        await asyncio.wait_for(agent.greeted(), START_TIMEOUT)
    except BaseException as error:
        agent.fail(error if isinstance(error, Unreachable) else Unreachable(f"the agent on {address.name} did not start"))
        raise
    return agent


async def _until_ready(stream: Stream, out: bytes, token: bytes, address: Address) -> bytes:
    """Read until the agent's stream begins and return what came of it. Whatever stands before (banners, rc files) is noise."""
    said = b""
    # the first frame's length begins with a zero byte
    ready = re.compile(re.escape(token) + rb"(?:(NONE);|OLD ([\d.]+) ([^;]*);|(?=\0))")
    while True:
        found = ready.search(out)
        if found is not None:
            if found[1]:
                raise _no_python(address)
            if found[2]:
                raise _TooOld(found[2].decode(), found[3].decode("utf-8", "replace"))
            return out[found.end() :]
        try:
            kind, data = await asyncio.wait_for(stream.read(), START_TIMEOUT)
        except TimeoutError:
            heard = _shown(out + said)
            raise Unreachable(f"{address.name}: no Python came up in {START_TIMEOUT:g} seconds", found=heard) from None
        if kind == "exit":
            raise _ended(address, data.decode(), _shown(out + said))
        if kind == "out":
            out += data
        else:
            said += data


def _no_python(address: Address) -> TaskError:
    remedy = "install Python on the host with the raw or script module, which need none, or set ansible_python_interpreter"
    return NoPython(f"{address.name} has no Python that we can use", expected="Python 3.6 or newer", found="none", remedy=remedy)


def _ended(address: Address, status: str, heard: str) -> Exception:
    if "Unknown option: -I" in heard:
        return _TooOld("2", "the interpreter")
    remedy = "run the login by hand and see what the login shell says; ansible_python_interpreter names the Python to use"
    return Unreachable(f"{address.name}: the agent did not start (exit status {status})", found=heard, remedy=remedy)


def _shown(text: bytes) -> str:
    # what is no Python repeats what it was given
    lines = text.decode("utf-8", "replace").replace(CODE, "...")[-_SHOWN:].splitlines()
    return " | ".join(line.strip() for line in lines if line.strip())
