"""The lookup password: a random password that is kept in a file."""

import fcntl
import os
import random
import secrets
import shlex
import string
from pathlib import Path
from typing import Any

from runner.template.filters.password import hashed
from runner.template.lookup import LookupContext, LookupFailed

WORDS = ("length", "encrypt", "chars", "ident", "seed")
SALT = string.ascii_letters + string.digits + "./"
USUAL = ("ascii_letters", "digits", ".,:-_")


def run(
    terms: list[Any],
    context: LookupContext,
    length: Any = 20,
    encrypt: Any = None,
    chars: Any = None,
    ident: str | None = None,
    seed: Any = None,
) -> list[Any]:
    """Return the password of each file, made first when there is none; with encrypt its hash."""
    result = []
    for term in terms:
        name, changes = parameters(str(term))
        options = {"length": length, "encrypt": encrypt, "chars": chars, "ident": ident, "seed": seed, **changes}
        if options["encrypt"] is True or str(options["encrypt"]).lower() == "true":
            options["encrypt"] = "sha512"
        result.append(one(place(name, context), options))
    return result


def parameters(term: str) -> tuple[str, dict[str, Any]]:
    """Return the file of a term and the `name=value` words after it."""
    first, *words = shlex.split(term) if " " in term else [term]
    found: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in WORDS:
            raise LookupFailed(f"Unrecognized parameter(s) given to password lookup: {word}. Use one of {', '.join(WORDS)}")
        found[key] = value
    return first, found


def place(name: str, context: LookupContext) -> Path:
    """Return the path of a password file: beside the playbook unless it is absolute."""
    path = Path(os.path.expanduser(name))
    return path if path.is_absolute() else Path(context.value("playbook_dir") or os.getcwd()) / path


def one(path: Path, options: dict[str, Any]) -> str:
    """Return the password of one file."""
    if str(path) == "/dev/null":
        return shown(made(options), None, options)[0]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return kept(path, options)
        finally:
            Path(lock.name).unlink(missing_ok=True)


def kept(path: Path, options: dict[str, Any]) -> str:
    """Return the password a file holds, after making or completing it."""
    before = path.read_text(encoding="utf-8").rstrip("\n") if path.exists() else None
    password, salt = split(before) if before is not None else (made(options), None)
    value, salt = shown(password, salt, options)
    content = f"{password} salt={salt}" if salt else password
    if before is None or (salt and before != content and "salt=" not in before):
        written(path, content + "\n")
    return value


def split(content: str) -> tuple[str, str | None]:
    """Return the password and the salt of a file's content."""
    password, mark, rest = content.rpartition(" salt=")
    return (password, rest.split(" ident=")[0]) if mark else (content, None)


def shown(password: str, salt: str | None, options: dict[str, Any]) -> tuple[str, str | None]:
    """Return the password or its hash, and the salt if there is one."""
    if not options["encrypt"]:
        return password, salt
    kind = str(options["encrypt"])
    if salt is None:
        size = 22 if kind in ("bcrypt", "blowfish") else 8
        salt = "".join(secrets.choice(SALT) for _ in range(size))
    return hashed(password, kind, salt, ident=options["ident"]), salt


def made(options: dict[str, Any]) -> str:
    """Return a new password; always the same one for a seed."""
    groups = options["chars"] if options["chars"] is not None else USUAL
    if isinstance(groups, str):
        groups = [part for part in groups.replace(",,", ",\0").split(",") if part]
        groups = [part.replace("\0", ",") for part in groups]
    letters = "".join(getattr(string, str(group), str(group)) for group in groups)
    letters = "".join(dict.fromkeys(letters.replace('"', "").replace("'", ""))) or letters
    try:
        count = int(options["length"])
    except ValueError as error:
        raise LookupFailed(f"length of a password is a number, not {options['length']!r}") from error
    chance: random.Random = random.SystemRandom() if options["seed"] is None else random.Random(options["seed"])  # noqa: S311 as asked
    return "".join(chance.choice(letters) for _ in range(count))


def written(path: Path, content: str) -> None:
    """Write a password file that only its owner may read, in one step."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    fresh.replace(path)
