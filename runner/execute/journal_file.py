"""The file in which a run keeps what it changed on its hosts, for the next run to go on from there.

JSON lines, private to the user: a header, then one record an answer. Where the run has a vault password, records are sealed with it.
"""

import hashlib
import json
import os
import secrets as random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from runner.errors import RunnerError, UsageError, VaultError
from runner.vault.sealed_lines import Sealer
from runner.vault.secrets import Secrets

VERSION = 1


def journal_path(folder: Path, names: Iterable[str]) -> Path:
    """Return the file of the runs that `names` (working directory, playbooks, inventories) tell apart."""
    return folder / f"{hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()[:24]}.journal"


class JournalFile:
    """One journal. Nothing is written before the first record. Raises no OSError: a run never fails for its journal's sake."""

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self.path = path
        self._secrets = secrets
        self._descriptor: int | None = None
        self._sealer: Sealer | None = None
        self.salt = b""
        self.begun = 0.0
        self.broken = ""

    def read(self) -> Iterator[dict[str, Any]]:
        """Give the records of the run before; none when there is no such file. Raises UsageError."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise UsageError(f"the journal {self.path} cannot be read: {error.strerror}", remedy="run without --resume") from error
        header = _parsed(lines[0])
        if header.get("version") != VERSION:
            raise UsageError(f"the journal {self.path} is not of this version of muster", remedy="run without --resume")
        self.begun, self.salt = float(header["begun"]), bytes.fromhex(header["salt"])
        if header["sealed"]:
            self._sealer = self._sealing()
        # a run that was killed may have left half a line
        for line in lines[1:-1]:
            yield _parsed(self._opened(line))

    def _sealing(self) -> Sealer:
        if not self._secrets.pairs:
            raise UsageError(
                f"the journal {self.path} is sealed",
                expected="the vault password of the run before",
                remedy="give it with --vault-id, or run without --resume",
            )
        return Sealer(self._secrets, self.salt)

    def _opened(self, line: bytes) -> bytes:
        if self._sealer is None:
            return line
        try:
            return self._sealer.open(line)
        except VaultError as error:
            raise UsageError(f"the journal {self.path}: {error.message}", expected=error.expected, remedy=error.remedy) from None

    def begin(self) -> None:
        """Forget the run before; what is kept from now on is of a new one."""
        self.salt, self.begun = random.token_bytes(16), time.time()
        self._sealer = Sealer(self._secrets, self.salt) if self._secrets.pairs else None

    def append(self, record: dict[str, Any], *, new: bool) -> None:
        """Keep a record. new: whether the file begins with it, unless it has begun."""
        if self.broken:
            return
        line = json.dumps(record, separators=(",", ":")).encode("ascii")
        try:
            if self._descriptor is None:
                self._descriptor = self._opened_file(new)
            os.write(self._descriptor, (self._sealer.seal(line) if self._sealer else line) + b"\n")
        except (OSError, RunnerError) as error:
            self.broken = str(error)

    def _opened_file(self, new: bool) -> int:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (os.O_TRUNC if new else 0)
        number = os.open(self.path, flags, 0o600)
        os.fchmod(number, 0o600)
        if new:
            header = {"version": VERSION, "begun": self.begun, "salt": self.salt.hex(), "sealed": self._sealer is not None}
            os.write(number, json.dumps(header).encode("ascii") + b"\n")
        return number

    def close(self, *, keep: bool) -> None:
        """End it; without `keep` it is removed, and so is that of the run before."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if not keep:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                self.broken = str(error)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
