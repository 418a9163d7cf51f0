"""A real agent process, spoken to in frames, with a Python of one's choice."""

import os
import select
import shlex
import subprocess
import time
from pathlib import Path
from typing import Any

from runner.connect import loader, ship
from runner.target import wire

PYENV = Path.home() / ".pyenv" / "versions"
PYTHONS = ["/usr/bin/python3", *(str(path / "bin/python3") for path in sorted(PYENV.glob("3.*")))]
OLDEST = str(PYENV / "3.6.15/bin/python3")
TOKEN = "muster-0123456789abcdef-"


class AgentProcess:
    """Starts an agent; `ask` runs a request to its result."""

    def __init__(self, python: str = "auto", before: str = "", environ: dict[str, str] | None = None) -> None:
        line = before + loader.start_line(TOKEN, python)
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec /bin/sh -c {shlex.quote(line)}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, start_new_session=True, env=environ,
        )  # fmt: skip
        self.frames = wire.Frames()
        self.got: list[tuple[int, int, bytes]] = []
        self.known = set(ship.agent_files())
        self.number = 0
        self.noise = b""
        self.put(ship.packed_agent())

    def put(self, data: bytes) -> None:
        assert self.process.stdin is not None
        left = memoryview(data)
        while left:
            left = left[self.process.stdin.write(left) :]

    def send(self, kind: int, number: int = 0, value: Any = b"") -> None:
        self.put(wire.frame(kind, number, value if isinstance(value, bytes) else wire.text_of(value)))

    def code(self, module: str, source: str) -> None:
        """Bring a module of the test's own."""
        self.send(wire.CODE, 0, {f"runner.target.modules.{module}": source})
        self.known.add(f"runner.target.modules.{module}")

    def request(self, module: str, **more: Any) -> int:
        """Send a request; its number."""
        for name in (module, *([more["args"]["module"]] if module == "async_start" else [])):
            if f"runner.target.modules.{name}" not in self.known:
                files = ship.module_files(name) - self.known
                self.known |= files
                self.put(ship.packed_code(files))
        self.number += 1
        self.send(wire.REQUEST, self.number, {"module": module, "args": {}, **more})
        return self.number

    def ask(self, module: str, **more: Any) -> Any:
        return self.result(self.request(module, **more))

    def wait(self, kind: int, number: int = 0, seconds: float = 15) -> bytes:
        """Return the body of the first frame of that kind and number."""
        limit = time.monotonic() + seconds
        while True:
            for each in self.got:
                if each[:2] == (kind, number):
                    self.got.remove(each)
                    return each[2]
            self._read(limit)

    def _read(self, limit: float) -> None:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], max(0, limit - time.monotonic()))[0]:
            raise TimeoutError
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            raise EOFError(self.process.stderr.read() if self.process.stderr else b"")
        if not self.noise.endswith(TOKEN.encode()):
            head, token, data = (self.noise + data).partition(TOKEN.encode())
            self.noise = head + token
        self.got += self.frames.feed(data)

    def result(self, number: int, seconds: float = 15) -> Any:
        return wire.value_of(self.wait(wire.RESULT, number, seconds))

    def hang_up(self) -> None:
        """Go away without a goodbye."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def close(self) -> None:
        self.hang_up()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            if self.process.stderr is not None:
                self.process.stderr.close()
