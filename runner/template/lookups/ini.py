"""The lookup ini: values of ini and properties files."""

import configparser
import re
import shlex
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed

WORDS = ("file", "section", "type", "re", "default", "encoding")


def run(
    terms: list[Any],
    context: LookupContext,
    file: str = "ansible.ini",
    section: str = "global",
    re: bool = False,
    default: Any = "",
    type: str = "ini",
    encoding: str = "utf-8",
    allow_no_value: bool = False,
    allow_none: bool = False,
    case_sensitive: bool = False,
    interpolation: bool = True,
) -> list[Any]:
    """Return the value of each key; with re the values of all keys that match."""
    result: list[Any] = []
    for term in terms:
        key, changes = parameters(str(term))
        options = {"file": file, "section": section, "re": re, "default": default, "type": type, "encoding": encoding, **changes}
        path = context.find_file("files", str(options["file"]))
        if path is None:
            looked = ", ".join(map(str, context.places("files", str(options["file"]))))
            raise LookupFailed(f"ini: no such file: {options['file']}; looked at {looked}")
        made = configparser.RawConfigParser if options["type"] == "properties" or not interpolation else configparser.ConfigParser
        parser: configparser.RawConfigParser = made(allow_no_value=allow_no_value or allow_none)
        if case_sensitive:
            parser.optionxform = str  # type: ignore[assignment,method-assign]
        text = context.read(path).decode(str(options["encoding"]))
        if options["type"] == "properties":
            text, options["section"] = "[java_properties]\n" + text, "java_properties"
        try:
            parser.read_string(text)
            found = value(parser, key, options)
        except configparser.DuplicateOptionError as error:
            raise LookupFailed(f"Duplicate option in '{path}': {error}") from error
        except configparser.Error as error:
            raise LookupFailed(f"ini: {path}: {error}") from error
        if found is not None:
            result += found if isinstance(found, list) else [found]
    return result


def parameters(term: str) -> tuple[str, dict[str, Any]]:
    """Return the key of a term and the `name=value` words after it."""
    words = shlex.split(term) if "=" in term else [term]
    if len(words) > 1 or "=" in term:
        for name in [word.partition("=")[0] for word in words[1:] if "=" in word]:
            if name not in WORDS:
                raise LookupFailed(f"{name} is not a valid option")
    if words and "=" in words[0] and words[0].partition("=")[0] in WORDS:
        raise LookupFailed(f"No key to lookup was provided as first term with in string inline option: {term}")
    if words and len(words) == 1 and "=" in words[0]:
        raise LookupFailed(f"{words[0].partition('=')[0]} is not a valid option")
    pairs = [word.partition("=") for word in words if word.partition("=")[0] in WORDS and "=" in word]
    changes: dict[str, Any] = {name: each for name, _, each in pairs}
    if "re" in changes:
        changes["re"] = str(changes["re"]).lower() in ("true", "yes", "1", "on")
    return (" ".join(word for word in words if word.partition("=")[0] not in WORDS or "=" not in word), changes)


def value(parser: configparser.RawConfigParser, key: str, options: dict[str, Any]) -> Any:
    """Return the value of a key, or the values of the keys that match."""
    section = str(options["section"])
    if options["re"]:
        return [each for name, each in parser.items(section) if re.match(key, name)]
    try:
        return parser.get(section, key)
    except configparser.NoOptionError:
        return options["default"]
