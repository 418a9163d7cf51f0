"""`--limit` as written -> its patterns, those of `@file` read."""

from collections.abc import Sequence
from pathlib import Path

from runner.errors import UsageError, nearest_names


class Limit(str):
    """A `--limit` as written, with the patterns it stands for, those of `@file` read."""

    __slots__ = ("patterns",)

    def __new__(cls, written: str, patterns: Sequence[str]) -> "Limit":
        self = super().__new__(cls, written)
        self.patterns = tuple(patterns)
        return self

    patterns: tuple[str, ...]


def read_limit(parts: Sequence[str], cwd: str) -> list[str]:
    """Return the patterns of a limit. parts: as `plan.patterns.split` gives them; `@file` names a file of patterns, one a line.

    Raises UsageError for a file that is missing, is a folder or cannot be read.
    """
    patterns: list[str] = []
    for part in parts:
        if not part.startswith("@"):
            patterns.append(part)
            continue
        path = Path(cwd, part[1:]).expanduser()
        if path.is_dir():
            raise UsageError(f'Limit starting with "@" must be a file, not a directory: {path}', found=part)
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError as problem:
            there = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
            raise UsageError(
                f"Unable to find limit file {path}",
                exit_code=1,
                found=part,
                nearest=nearest_names(path.name, there),
                remedy="correct the path",
            ) from problem
        except (OSError, UnicodeDecodeError) as problem:
            raise UsageError(f"cannot read the limit file {path}: {problem}", found=part) from problem
        patterns += [line.strip() for line in text.splitlines() if line.strip()]
    return patterns
