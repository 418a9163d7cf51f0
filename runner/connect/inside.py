"""Hosts that a program of the control machine runs commands in: chroots, LXC, LXD, Incus, jails, pods of Kubernetes, namespaces."""

import asyncio
import shlex
from collections.abc import Callable, Mapping

from runner.connect.process import ProcessStream
from runner.errors import Unreachable
from runner.model.address import Address
from runner.record import dataclass

Options = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """How to run a command inside. words: (program, host, options) -> the words in front of `/bin/sh -c COMMAND`.

    program: the usual one.
    """

    program: str
    words: Callable[[str, str, Options], list[str]]


def _chroot(program: str, host: str, options: Options) -> list[str]:
    return [program, host]


def _lxc(program: str, host: str, options: Options) -> list[str]:
    return [program, "--name", host, "--"]


def _lxd(program: str, host: str, options: Options) -> list[str]:
    remote = options.get("remote", "")
    project = ["--project", options["project"]] if options.get("project") else []
    return [program, *project, "exec", f"{remote}:{host}" if remote else host, "--"]


def _jail(program: str, host: str, options: Options) -> list[str]:
    return [program, host]


def _pod(program: str, host: str, options: Options) -> list[str]:
    words = [program]
    for option in ("kubeconfig", "context", "namespace"):
        if options.get(option):
            words += [f"--{option}", options[option]]
    container = ["-c", options["container"]] if options.get("container") else []
    return [*words, *shlex.split(options.get("extra_args", "")), "exec", "-i", options.get("pod") or host, *container, "--"]


def _nsenter(program: str, host: str, options: Options) -> list[str]:
    return [program, "--ipc", "--mount", "--net", "--pid", "--uts", "--preserve-credentials", "--target", options.get("pid") or "1", "--"]


# kind -> how; the kinds and their options are those of `connect/kinds.py`
WAYS = {
    "chroot": Way("chroot", _chroot),
    "incus": Way("incus", _lxd),
    "jail": Way("jexec", _jail),
    "kubectl": Way("kubectl", _pod),
    "lxc": Way("lxc-attach", _lxc),
    "lxd": Way("lxc", _lxd),
    "nsenter": Way("nsenter", _nsenter),
    "oc": Way("oc", _pod),
}


class InsideConnection:
    """`Address.kind` is the way, `Address.host` what to run commands in, `Address.extra` the options of the way."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.warnings: list[str] = []
        self._streams: list[ProcessStream] = []
        way = WAYS[address.kind]
        self._words = way.words(address.extra.get("executable") or way.program, address.host or address.name, address.extra)

    async def open(self) -> None:
        """See that a command can be run. Raises Unreachable with what the program says."""
        status, said = await self._talk("exit 0")
        if status:
            raise Unreachable(
                f"{self.address.name}: {said.strip() or f'{self._words[0]} ended with {status}'}",
                expected=f"a command can be run with {shlex.join(self._words)}",
                found=f"exit code {status}",
                remedy="see that it runs, that its name (ansible_host) is right, and that you may do this",
            )

    async def _talk(self, command: str) -> tuple[int, str]:
        """Return the exit code of a short command and what it says."""
        stream = await self.spawn(command)
        said = b""
        try:
            async with asyncio.timeout(self.address.timeout):
                while (piece := await stream.read())[0] != "exit":
                    said += piece[1]
        except TimeoutError:
            raise Unreachable(f"{self.address.name}: {self._words[0]} did not answer in {self.address.timeout:g} seconds") from None
        finally:
            await stream.leave()
        return int(piece[1]), said.decode("utf-8", "replace")

    async def spawn(self, command: str, *, pty: bool = False) -> ProcessStream:
        """Start a command with the /bin/sh inside."""
        stream = ProcessStream([*self._words, "/bin/sh", "-c", command], pty=pty)
        self._streams = [each for each in self._streams if not each.gone] + [stream]
        return stream

    async def probe(self) -> None:
        """Run a command; what does not answer is gone. Raises Unreachable."""
        await self.open()

    async def close(self) -> None:
        """End every process that still runs."""
        streams, self._streams = self._streams, []
        await asyncio.gather(*(stream.leave() for stream in streams))
