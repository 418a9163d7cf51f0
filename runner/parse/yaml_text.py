"""YAML and JSON text -> Map, Seq, Text, Template, Encrypted and plain scalars, each string and container with its position."""

import json
from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from runner.errors import ParseError, nearest_names
from runner.model.text import Encrypted, Map, Seq, Template, Text, Unsafe, trust
from runner.parse.yaml_merge import merge, merge_sources
from runner.parse.yaml_mistakes import explain
from runner.parse.yaml_parser import event_parser
from runner.parse.yaml_scalars import CORE, SPECIAL_STARTS, WORDS, plain, plain_json, tagged
from runner.position import Position

Warn = Callable[[str, Position], None]
Decrypt = Callable[[Encrypted], str]
KNOWN_TAGS = ("!vault", "!vault-encrypted", "!unsafe")


def load_yaml(text: str, file: str, *, vault: Decrypt | None = None, warn: Warn | None = None) -> Any:
    """Return the one document of a YAML or JSON text; None when it is empty.

    file: name for positions. vault: decrypts `!vault` strings at once; without it they stay `Encrypted`. warn: is told of
    duplicate keys, of which the last one wins. Raises ParseError with the position and, for the classic mistakes, the remedy.
    """
    documents = _load(text, file, vault, warn, single=True)
    return documents[0] if documents else None


def load_all(text: str, file: str, *, vault: Decrypt | None = None, warn: Warn | None = None) -> list[Any]:
    """Return every document of a YAML text. Arguments and errors are those of `load_yaml`."""
    return _load(text, file, vault, warn, single=False)


def _load(text: str, file: str, vault: Decrypt | None, warn: Warn | None, *, single: bool) -> list[Any]:
    value = _json_value(text)
    builder = _Builder(text, file, vault, warn, json_words=value is not None)
    try:
        return builder.documents(single=single)
    except (yaml.YAMLError, ValueError) as problem:
        if "nesting depth" in str(problem):
            raise _too_deep(file) from problem
        if value is not None:
            return [trust(value, Position(file, 1))]
        raise explain(problem, text, file) from problem
    except RecursionError as problem:
        raise _too_deep(file) from problem


def _too_deep(file: str) -> ParseError:
    return ParseError("the YAML is nested too deeply", position=Position(file, 1), remedy="write it with fewer levels")


def _json_value(text: str) -> Any:
    """Return the value of a text that is a JSON object or list, else None. Ansible tries JSON before YAML."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _Builder:
    """Builds values from parser events. One object reads one text."""

    __slots__ = ("anchors", "decrypt", "file", "lines", "next", "parser", "plain", "text", "unsafe", "warn", "words")

    def __init__(self, text: str, file: str, decrypt: Decrypt | None, warn: Warn | None, *, json_words: bool) -> None:
        self.text = text
        self.file = file
        self.decrypt = decrypt
        self.warn = warn
        self.words = {} if json_words else WORDS
        self.plain = plain_json if json_words else plain
        self.anchors: dict[str, Any] = {}
        self.lines: list[str] | None = None
        self.unsafe = False

    def documents(self, *, single: bool) -> list[Any]:
        """Return the value of each document. Raises ParseError when there are several and one is wanted."""
        self.parser = event_parser(self.text)
        self.next = self.parser.get_event
        found: list[Any] = []
        try:
            while True:
                event = self.next()
                if type(event) is StreamEndEvent:
                    return found
                if type(event) is not DocumentStartEvent:
                    continue
                if single and found:
                    raise ParseError(
                        "expected a single document",
                        position=self.at(event),
                        found="a second document that starts with ---",
                        remedy="join the documents, or put the second one in a file of its own",
                    )
                self.anchors = {}
                found.append(self.value(self.next()))
        finally:
            self.parser.dispose()

    def at(self, event: Any) -> Position:
        mark = event.start_mark
        return Position(self.file, mark.line + 1, mark.column + 1)

    def value(self, event: Any) -> Any:
        """Return the value that begins with this event, having read all of its events."""
        kind = type(event)
        if kind is ScalarEvent:
            value = self.tagged_scalar(event) if event.tag else self.scalar(event)
            if event.anchor:
                self.anchors[event.anchor] = value
            return value
        if kind is AliasEvent:
            return self.alias(event)
        outer = self.unsafe
        if event.tag:
            self.container_tag(event)
        if event.anchor:
            self.anchors[event.anchor] = _UNFINISHED
        made: Any = self.mapping(event) if kind is MappingStartEvent else self.sequence(event)
        self.unsafe = outer
        if event.anchor:
            self.anchors[event.anchor] = made
        return made

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.implicit[0]:
            if text in self.words:
                return self.words[text]
            if text[0] in SPECIAL_STARTS or self.plain is plain_json:
                found = self.plain(text)
                if found is not text:
                    return found
        return self.text_of(event, text)

    def text_of(self, event: Any, text: str) -> Text:
        mark = event.start_mark
        if event.style in ("|", ">"):
            position = self.block_position(mark.line)
        else:
            position = Position(self.file, mark.line + 1, mark.column + 1)
        if self.unsafe:
            return Unsafe(text, position)
        if "{" in text and ("{{" in text or "{%" in text or "{#" in text):
            return Template(text, position)
        return Text(text, position)

    def block_position(self, header: int) -> Position:
        """Return where the first content line of a block scalar starts; header is the line of its `|`, from 0."""
        if self.lines is None:
            self.lines = self.text.split("\n")
        content = next((line for line in self.lines[header + 1 :] if line.strip()), "")
        return Position(self.file, header + 2, len(content) - len(content.lstrip(" ")) + 1)

    def alias(self, event: Any) -> Any:
        found = self.anchors.get(event.anchor, _MISSING)
        if found is _MISSING:
            raise ParseError(
                f"the alias *{event.anchor} has no anchor",
                position=self.at(event),
                expected=f"&{event.anchor} earlier in the file",
                nearest=nearest_names(event.anchor, self.anchors),
                remedy=f"write &{event.anchor} at the value it should repeat, or quote the text if the * is meant literally",
            )
        if found is _UNFINISHED:
            raise ParseError(f"the alias *{event.anchor} stands inside its own value", position=self.at(event))
        return found

    def container_tag(self, event: Any) -> None:
        tag: str = event.tag
        if tag == "!unsafe":
            self.unsafe = True
        elif tag in ("!", f"{CORE}map", f"{CORE}seq", f"{CORE}omap", f"{CORE}pairs", f"{CORE}set"):
            return
        else:
            raise self.unknown_tag(event)

    def unknown_tag(self, event: Any) -> ParseError:
        tag = event.tag.replace(CORE, "!!")
        return ParseError(
            f"unknown YAML tag {tag}",
            position=self.at(event),
            expected="one of " + ", ".join(KNOWN_TAGS) + ", or a standard tag such as !!str",
            found=tag,
            nearest=nearest_names(tag, KNOWN_TAGS),
            remedy="quote the value if the ! is part of the text",
        )

    def tagged_scalar(self, event: Any) -> Any:
        """Return the value of a scalar with an explicit tag. Raises ParseError for an unknown tag or a misfit."""
        tag: str = event.tag
        if tag in ("!vault", "!vault-encrypted"):
            secret = Encrypted(event.value, self.text_of(event, "").position)
            return Text(self.decrypt(secret), secret.position) if self.decrypt else secret
        if tag == "!unsafe":
            return Unsafe(event.value, self.text_of(event, "").position)
        if tag in ("!", f"{CORE}str"):
            return self.text_of(event, event.value)
        try:
            return tagged(tag.removeprefix(CORE), event.value)
        except KeyError:
            raise self.unknown_tag(event) from None
        except ValueError as problem:
            raise ParseError(
                f"the value does not fit its tag {tag.replace(CORE, '!!')}", position=self.at(event), found=repr(event.value)
            ) from problem

    def sequence(self, start: Any) -> Seq:
        made = Seq(position=self.at(start))
        add, following = made.append, self.next
        event = following()
        while type(event) is not SequenceEndEvent:
            add(self.value(event))
            event = following()
        if start.tag in (f"{CORE}omap", f"{CORE}pairs"):
            made[:] = [pair for each in made for pair in each.items()]
        return made

    def mapping(self, start: Any) -> Any:
        made = Map(position=self.at(start))
        following = self.next
        merged: list[Any] = []
        event = following()
        while type(event) is not MappingEndEvent:
            if type(event) is ScalarEvent and event.value == "<<" and event.implicit[0]:
                merged.append(merge_sources(self.value(following()), self.at(event)))
            else:
                key = self.key(event)
                value = self.value(following())
                if key in made and self.warn:
                    self.duplicate(key, event, start)
                made[key] = value
            event = following()
        if merged:
            merge(made, merged)
        if self.plain is plain_json and len(made) == 1:
            return self.json_marker(made)
        return made

    def key(self, event: Any) -> Any:
        if type(event) is ScalarEvent and not event.tag:
            key = self.scalar(event)
            if isinstance(key, Template):
                key = Text(key, key.position)
            if event.anchor:
                self.anchors[event.anchor] = key
            return key
        key = self.value(event)
        if isinstance(key, (Map, Seq)):
            raise explain(None, self.text, self.file, self.at(event))
        return key

    def duplicate(self, key: Any, event: Any, start: Any) -> None:
        assert self.warn
        self.warn(
            f"While constructing a mapping from {self.at(start)}, found a duplicate dict key ({key}). "
            "Using last defined value only.",
            self.at(event),
        )

    def json_marker(self, made: Map) -> Any:
        """Return the secret or unsafe text that Ansible's own JSON marks with a key, else the mapping."""
        ((key, value),) = made.items()
        if key == "__ansible_vault":
            return Encrypted(value, made.position)
        if key == "__ansible_unsafe":
            return Unsafe(value, made.position)
        return made


_UNFINISHED = object()
_MISSING = object()
