"""The short `key=value key2="a b"` notation of module arguments, and free-form text with options in it."""

import codecs
import re
from collections.abc import Iterator

from runner.errors import ParseError
from runner.model.text import Map, Text, trusted
from runner.position import Position

_OPENERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_KEY = re.compile(r"([A-Za-z_][\w.-]*)=(.*)\Z", re.DOTALL)
_TEMPLATE_KEY = re.compile(r"((?:[\w.-]*\{\{.*?\}\})+[\w.-]*)=(.*)\Z", re.DOTALL)
_ESCAPE = re.compile(r"(\\U.{8}|\\u.{4}|\\x..|\\N\{[^}]+\}|\\[\\'\"abfnrtv])")
FREE_OPTIONS = frozenset("creates removes chdir executable stdin stdin_add_newline strip_empty_ends expand_argument_vars warn".split())


def split_words(text: str, position: Position | None = None) -> list[tuple[str, str]]:
    """Split text at white space outside quotes and template braces: [(word, white space that followed it)].

    Raises ParseError for a quote or a template brace that is never closed.
    """
    try:
        pieces = list(_pieces(text, position, nested=True))
    except ParseError:
        # `{{ '{{' }}`: the inner brace is text
        pieces = list(_pieces(text, position, nested=False))
    words: list[tuple[str, str]] = []
    word = ""
    for kind, piece in pieces:
        if kind == "space":
            if word:
                words.append((word, piece))
                word = ""
        else:
            word += piece
    if word:
        words.append((word, ""))
    return words


def _pieces(text: str, position: Position | None, *, nested: bool) -> Iterator[tuple[str, str]]:
    at = 0
    quote = ""
    closers: list[str] = []
    while at < len(text):
        two = text[at : at + 2]
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            continued = two == "\\\n" and not quote and not closers and text[at - 1 : at].isspace()
            if not continued:
                yield "text", two
            at += 2
            continue
        if closers:
            if two == closers[-1]:
                closers.pop()
                yield "text", two
                at += 2
                continue
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        if two in _OPENERS and (not closers or (nested and _OPENERS[two] == closers[-1])):
            closers.append(_OPENERS[two])
            yield "text", two
            at += 2
            continue
        if char.isspace() and not quote and not closers:
            end = at
            while end < len(text) and text[end].isspace():
                end += 1
            yield "space", text[at:end]
            at = end
            continue
        yield "text", char
        at += 1
    if quote or closers:
        raise _unbalanced(text, quote or closers[-1], position)


def _unbalanced(text: str, closer: str, position: Position | None) -> ParseError:
    return ParseError(
        "failed at splitting arguments, either an unbalanced jinja2 block or quotes",
        position=position,
        expected=f"a closing {closer}",
        found=text if len(text) < 80 else text[:77] + "...",
        remedy="close the quote or brace, or write the arguments as a mapping",
    )


def unquote(value: str) -> str:
    """Strip one pair of equal quotes around a value."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" and value[-2] != "\\":
        return value[1:-1]
    return value


def _decode(value: str) -> str:
    return _ESCAPE.sub(lambda found: codecs.decode(found.group(0), "unicode-escape"), value) if "\\" in value else value


def parse_key_values(text: str, position: Position | None, *, free_form: bool, any_key: bool) -> Map:
    """Return the arguments in `text`.

    free_form: words that are not an option are kept as they stand under `_raw_params`. any_key: with free_form, every
    `key=value` is an argument (include_tasks, set_fact ...), else only the options of commands are taken out.
    Raises ParseError for a word that is no `key=value` where free form is not allowed.
    """
    options = Map(position=position)
    raw: list[str] = []
    for word, space in split_words(text, position):
        key, value = _split_key(word, any_key)
        if key and (not free_form or any_key or key in FREE_OPTIONS):
            options[trusted(key, position)] = trusted(unquote(_decode(value).strip()), position)
        else:
            raw.append(word + space)
    if raw:
        if not free_form and not any("{{" in word for word in raw):
            raise ParseError(
                f"this task has extra params, which is only allowed in free-form modules: {raw[0].strip()}",
                position=position,
                expected="key=value words, or a mapping under the module's name",
                found=raw[0].strip(),
                remedy="write the argument as 'name: value' on a line of its own under the module",
            )
        options[Text("_raw_params", position)] = trusted("".join(raw).strip(None if any_key else " "), position)
    return options


def _split_key(word: str, any_key: bool) -> tuple[str, str]:
    """Return key and value of `key=value`, else two empty texts. any_key: the key may be a template."""
    found = _KEY.match(word)
    if found:
        return found.group(1), found.group(2)
    templated = _TEMPLATE_KEY.match(word) if any_key else None
    return (templated.group(1), templated.group(2)) if templated else ("", "")

