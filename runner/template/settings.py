"""What the template room is told from outside: settings of the run, options of one file, and the calls it may make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from runner.errors import TemplateError
from runner.model.text import Encrypted
from runner.position import Position
from runner.record import dataclass
from runner.vault.envelope import open_envelope, seal, unfold

# Filters whose text stays text although it looks like a list or a mapping.
TEXT_FILTERS = frozenset({"string", "to_json", "to_nice_json", "to_yaml", "to_nice_yaml", "ppretty", "json"})


@dataclass(frozen=True, slots=True)
class TemplateSettings:
    """native: `jinja2_native` of the configuration. extensions: Jinja2 extensions to load (`jinja2.ext.do` ...).

    strict: a condition that gives no boolean is an error, as in ansible-core 2.19. inspect: one that counts as true or false is told.
    numbers: an expression that gives a number gives a number, as in 2.19; without it text, unless it is just a variable's name.
    """

    native: bool = False
    extensions: tuple[str, ...] = ()
    strict: bool = False
    inspect: bool = True
    numbers: bool = False


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Options of the template module and lookup. search_path: where `include` and `import` look, best first."""

    trim_blocks: bool = True
    lstrip_blocks: bool = False
    block_start_string: str = "{%"
    block_end_string: str = "%}"
    variable_start_string: str = "{{"
    variable_end_string: str = "}}"
    comment_start_string: str = "{#"
    comment_end_string: str = "#}"
    newline_sequence: str = "\n"
    keep_trailing_newline: bool = True
    line_statement_prefix: str | None = None
    line_comment_prefix: str | None = None
    search_path: tuple[str, ...] = ()


def _no_decrypt(value: Encrypted) -> str:
    raise TemplateError("a vault text stands here, but no vault secret is at hand", position=value.position)


def _no_warning(text: str, position: Position | None) -> None:
    """Drop a warning; the engine gives a function that shows it."""


def _no_hosts(pattern: str | list[str]) -> list[str]:
    return []


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _no_setting(name: str, options: dict[str, Any]) -> Any:
    raise KeyError(name)


def _seal(text: str, secret: str, vault_id: str | None, salt: str | None) -> str:
    return seal(text.encode(), secret.encode(), vault_id, salt.encode() if salt else None)


def _unseal(text: str, secret: str, vault_id: str | None) -> str:
    plain = open_envelope(unfold(text), secret.encode())
    if plain is None:
        raise TemplateError("Unable to decrypt: the secret is not the one this vault text was encrypted with")
    return plain.decode()


def _no_plugin(kind: str, name: str, known: bool) -> Callable[..., Any] | None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """The calls out of this room, given by the engine.

    decrypt: vault text -> plain text. warn: show a warning. deprecate: tell what is accepted for now.
    hosts_matching: host pattern -> host names. read_file: a file's
    content, decrypted when it is a vault file. setting: a configuration value by name (KeyError when there is none).
    vault_encrypt(text, secret, vault_id, salt) and vault_decrypt(text, secret, vault_id): the filters `vault` and `unvault`.
    plugin(kind, name, known): a filter, test or lookup that is not ours, or None; known: ours has that name as well.
    """

    decrypt: Callable[[Encrypted], str] = _no_decrypt
    warn: Callable[[str, Position | None], None] = _no_warning
    deprecate: Callable[[str, Position | None], None] = _no_warning
    hosts_matching: Callable[[str | list[str]], list[str]] = _no_hosts
    read_file: Callable[[Path], bytes] = _read
    setting: Callable[[str, dict[str, Any]], Any] = _no_setting
    vault_encrypt: Callable[[str, str, str | None, str | None], str] = _seal
    vault_decrypt: Callable[[str, str, str | None], str] = _unseal
    plugin: Callable[[str, str, bool], Callable[..., Any] | None] = _no_plugin
