"""The lookup csvfile: a column of the row of a CSV file that begins with a key."""

import csv
import io
import re
import shlex
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed

# Quotes in the key are part of it; around the value of an option they are not.
WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
WORDS = ("file", "delimiter", "encoding", "default", "col", "keycol")


def run(
    terms: list[Any],
    context: LookupContext,
    file: str = "ansible.csv",
    default: Any = None,
    delimiter: str = "TAB",
    col: Any = 1,
    keycol: Any = 0,
    encoding: str = "utf-8",
) -> list[Any]:
    """Return the value for each key, or the default; without a default a missing key gives nothing."""
    if not terms:
        raise LookupFailed("Search key is required but was not found")
    result = []
    for term in terms:
        words = WORD.findall(str(term)) if "=" in str(term) else [str(term)]
        key, *words = keyed(words)
        options: dict[str, Any] = {"file": file, "default": default, "delimiter": delimiter, "col": col, "keycol": keycol}
        options["encoding"] = encoding
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or name not in WORDS:
                raise LookupFailed(f"{name} is not a valid option")
            options[name] = "".join(shlex.split(value))
        found = cell(context, key, options)
        if found is not None:
            result.append(found)
    return result


def keyed(words: list[str]) -> list[str]:
    """Return the words of a term with those before the first `name=value` joined: the key may have spaces."""
    first = next((number for number, word in enumerate(words) if word.partition("=")[0] in WORDS and "=" in word), len(words))
    if not first:
        raise LookupFailed("Search key is required but was not found")
    unknown = next((number for number, word in enumerate(words[:first]) if "=" in word), first)
    return [" ".join(words[:unknown]), *words[unknown:]]


def cell(context: LookupContext, key: str, options: dict[str, Any]) -> Any:
    """Return the value of one key."""
    path = context.find_file("files", str(options["file"]))
    if path is None:
        looked = ", ".join(map(str, context.places("files", str(options["file"]))))
        raise LookupFailed(f"csvfile: No such file or directory: {options['file']}; looked at {looked}")
    mark = "\t" if options["delimiter"] == "TAB" else str(options["delimiter"])
    text = context.read(path).decode(str(options["encoding"]))
    for row in csv.reader(io.StringIO(text), delimiter=mark):
        if len(row) > int(options["keycol"]) and row[int(options["keycol"])] == key:
            try:
                return row[int(options["col"])]
            except IndexError as error:
                raise LookupFailed(f"csvfile: list index out of range: the row of {key!r} has {len(row)} columns") from error
    return options["default"]
