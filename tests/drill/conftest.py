"""What the drill tests share: a ground without hosts, and shell that runs here with stand-ins for the programs it would start."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.drill import arming
from runner.drill.clock import Offset
from runner.model.request import ShellAnswer


class FakeGround:
    """Keeps what would have been done on hosts. answers: a function of (host, script) -> exit status and output, or None for success."""

    def __init__(self, hosts: dict[str, dict[str, Any]]) -> None:
        self.hosts = hosts
        self.scripts: list[tuple[str, str]] = []
        self.files: dict[tuple[str, str], bytes] = {}
        self.answer: Callable[[str, str], tuple[int, str] | Exception | None] = lambda host, script: None

    def matching(self, pattern: str) -> list[str]:
        return list(self.hosts) if pattern == "all" else [name for name in self.hosts if name == pattern]

    def variable(self, host: str, name: str) -> Any:
        return self.hosts[host].get(name)

    async def shell(self, host: str, script: str) -> ShellAnswer:
        self.scripts.append((host, script))
        said = self.answer(host, script)
        if isinstance(said, Exception):
            raise said
        code, text = said or (0, "")
        return ShellAnswer(code, text.encode(), text.encode())

    async def put(self, host: str, data: bytes | Path, path: str) -> None:
        self.files[host, path] = data if isinstance(data, bytes) else data.read_bytes()

    async def get(self, host: str, path: str) -> bytes:
        return self.files.get((host, path), b"")

    async def follow(self, host: str, script: str, take: Callable[[bytes], None]) -> int:
        return 0

    async def clock(self, host: str) -> Offset:
        return Offset(0.0, 0.001)

    async def python(self, host: str) -> str:
        return "/usr/bin/python3"


class Bench:
    """Runs a drill's shell in a folder of its own; `systemctl`, `systemd-run` and `nft` only write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder / "drill"
        programs = folder / "bin"
        programs.mkdir()
        for name in ("systemctl", "systemd-run", "nft"):
            file = programs / name
            file.write_text(f'#!/bin/sh\necho {name} "$@" >> {folder}/calls\n[ ! -e {folder}/fails-{name} ]\n')
            file.chmod(0o755)

    def run(self, script: str) -> "subprocess.CompletedProcess[str]":
        text = script.replace(arming.GUARD, f"{self.folder}/guard").replace(arming.FOLDER, str(self.place))
        return subprocess.run(
            ["/bin/sh", "-c", text],
            capture_output=True,
            text=True,
            timeout=20,
            env={"PATH": f"{self.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        )

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
