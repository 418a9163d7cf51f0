"""Read a file the user wrote, decrypting a whole-file vault, and quote from it in errors."""

from pathlib import Path

from runner.errors import Missing, ParseError, nearest_names
from runner.position import Position
from runner.vault.envelope import is_vault
from runner.vault.secrets import Secrets, decrypt

NO_SECRETS = Secrets()


def read_bytes(path: str | Path, secrets: Secrets = NO_SECRETS, position: Position | None = None) -> bytes:
    """Return the bytes of a file, decrypted when the whole file is a vault.

    position: the place that names the file, for the error. Raises ParseError when it cannot be read, VaultError when it cannot be
    decrypted.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise _unreadable(path, problem, position) from problem
    return decrypt(data, secrets, Position(str(path), 1)) if is_vault(data) else data


def read_source(path: str | Path, secrets: Secrets = NO_SECRETS, position: Position | None = None) -> str:
    """Return the text of a file; arguments and errors are those of `read_bytes`, and ParseError for what is not UTF-8."""
    data = read_bytes(path, secrets, position)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = data[: problem.start]
        line = before.count(b"\n") + 1
        raise ParseError(
            "the file is not UTF-8 text",
            position=Position(str(path), line, problem.start - before.rfind(b"\n")),
            expected="UTF-8",
            found=f"byte 0x{data[problem.start]:02x}",
            remedy="save the file as UTF-8",
        ) from problem


def _unreadable(path: Path, problem: OSError, position: Position | None) -> ParseError:
    folder = path.parent
    try:
        there = [each.name for each in folder.iterdir()]
    except OSError:
        there = []
    reason = "no such file" if isinstance(problem, FileNotFoundError) else (problem.strerror or "cannot be read").lower()
    kind = Missing if isinstance(problem, FileNotFoundError) else ParseError
    return kind(
        f"Unable to read {path}: {reason}",
        position=position or Position(str(path), 1),
        expected="a file that can be read",
        found=reason,
        nearest=nearest_names(path.name, there) if isinstance(problem, FileNotFoundError) else (),
        remedy="correct the path" if isinstance(problem, FileNotFoundError) else "check its kind and permissions",
    )


def excerpt(position: Position, context: int = 1) -> list[str]:
    """Return the line at `position` with up to `context` lines before it, numbered, and a caret under the column.

    Empty when the file cannot be read as text, is a vault (it would show a secret's neighbours), or has no such line.
    """
    try:
        data = Path(position.file).read_bytes()
        lines = data.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    if is_vault(data) or not 1 <= position.line <= len(lines):
        return []
    first = max(1, position.line - context)
    width = len(str(position.line))
    shown = [f"{number:>{width}} | {lines[number - 1].expandtabs(1)}".rstrip() for number in range(first, position.line + 1)]
    if position.column:
        shown.append(" " * width + " | " + " " * (position.column - 1) + "^")
    return shown
