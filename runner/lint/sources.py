"""Reads each file once; what is wrong with a file as a whole becomes a finding instead of an end."""

from pathlib import Path
from typing import Any

from runner.errors import Missing, RunnerError, VaultError
from runner.lint.finding import Wart
from runner.model.text import Map
from runner.parse.source import read_source
from runner.parse.yaml_text import load_all, load_yaml
from runner.position import Position
from runner.vault.secrets import Secrets

# What stands for the content of a file that could not be read or is encrypted.
UNREADABLE = None


class Sources:
    """The files read so far. warts: (rule, wart) found in reading them. locked: files that are encrypted with an unknown password."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.warts: list[tuple[str, Wart]] = []
        self.locked: set[str] = set()
        self._values: dict[str, Any] = {}
        self._failed: set[str] = set()

    def read(self, path: str) -> Any:
        """Return the YAML of a file, None for one that cannot be read, which is a finding once."""
        path = str(path)
        if path not in self._values:
            self._values[path] = self._load(path)
        return self._values[path]

    def failed(self, path: str) -> bool:
        """Tell whether a file was tried and could not be read."""
        return path in self._failed

    def _load(self, path: str) -> Any:
        try:
            return load_yaml(read_source(path, self.secrets), path, warn=self._twice)
        except VaultError:
            self.locked.add(path)
        except RunnerError as error:
            self._failed.add(path)
            if "single document" in error.message and not self._playbook(path):
                return UNREADABLE  # several documents in a file are fine for whatever else reads it
            self.warts.append(("missing-file" if isinstance(error, Missing) else "yaml", wart_of(error, path)))
        return UNREADABLE

    def _playbook(self, path: str) -> bool:
        """Tell whether the first document of a file is a list of plays or tasks."""
        first = load_all(read_source(path, self.secrets), path)[0]
        return isinstance(first, list) and any(isinstance(each, Map) and {"hosts", "name"} & set(each) for each in first)

    def _twice(self, text: str, position: Position) -> None:
        self.warts.append(
            (
                "duplicate-key",
                Wart(
                    text.removesuffix(" Using last defined value only."),
                    position,
                    expected="each key once",
                    found="the same key again; only the last one counts",
                    remedy="remove or rename one of them",
                ),
            )
        )

    def text(self, path: Path) -> str | None:
        """Return a file as text, None when it is none."""
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None


def wart_of(error: RunnerError, path: str) -> Wart:
    """Return an error as a wart. path: the file, where the error knows no place."""
    return Wart(error.message, error.position or Position(path, 1), error.expected, error.found, error.nearest, error.remedy)
