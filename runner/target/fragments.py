"""Joins the fragments of a directory into one file (pure)."""

import codecs
import re
from typing import Iterable, List, Optional

from runner.target.decision import ModuleFailed


def chosen(names: Iterable[str], regexp: Optional[str], ignore_hidden: bool) -> List[str]:
    """Return the names of the fragments to take, sorted. Raises ModuleFailed for a wrong expression."""
    try:
        expression = re.compile(regexp) if regexp else None
    except re.error as error:
        raise ModuleFailed('Invalid Regexp (%s) in "%s"' % (error, regexp))
    taken = [name for name in sorted(names) if expression is None or expression.search(name)]
    return [name for name in taken if not (ignore_hidden and name.startswith("."))]


def joined(fragments: Iterable[bytes], delimiter: Optional[str]) -> bytes:
    """Return one text of many. fragments: bytes each. delimiter: text to put between them, escapes such as
    a newline's are understood; or None.

    Each fragment begins on a line of its own.
    """
    between = b""
    if delimiter:
        between = codecs.escape_decode(delimiter.encode("utf-8", "surrogateescape"))[0]
        if not between.endswith(b"\n"):
            between += b"\n"
    result = b""
    for number, fragment in enumerate(fragments):
        if number:
            if result and not result.endswith(b"\n"):
                result += b"\n"
            result += between
        result += fragment
    return result
