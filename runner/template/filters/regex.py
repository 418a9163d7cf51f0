"""Filters on text: regular expressions, split, quote and comment."""

import re
import shlex
from typing import Any

from runner.errors import TemplateError

GROUP = re.compile(r"^\\(?:g<(\S+)>|(\d+))")
STYLES: dict[str, dict[str, str]] = {
    "plain": {"decoration": "# "},
    "erlang": {"decoration": "% "},
    "c": {"decoration": "// "},
    "cblock": {"beginning": "/*", "decoration": " * ", "end": " */"},
    "xml": {"beginning": "<!--", "decoration": " - ", "end": "-->"},
}


def flags(ignorecase: bool, multiline: bool) -> int:
    """Return the flags of the re module."""
    return (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)


def regex_replace(
    value: Any = "",
    pattern: str = "",
    replacement: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
    mandatory_count: int = 0,
) -> str:
    """Return text with matches replaced. mandatory_count: how many there must be, 0 for any."""
    result, found = re.compile(pattern, flags(ignorecase, multiline)).subn(replacement, str(value), count)
    if mandatory_count and mandatory_count != found:
        raise TemplateError(f"'{pattern}' should match {mandatory_count} times, but matches {found} times in '{value}'")
    return result


def regex_findall(value: Any, regex: str, multiline: bool = False, ignorecase: bool = False) -> list[Any]:
    """Return every match."""
    return re.compile(regex, flags(ignorecase, multiline)).findall(str(value))


def regex_search(value: Any, regex: str, *groups: str, ignorecase: bool = False, multiline: bool = False) -> Any:
    r"""Return the first match, or None. groups: `\1` or `\g<name>`: return the list of these groups instead."""
    wanted: list[str | int] = []
    for group in groups:
        asked = GROUP.match(str(group))
        if asked is None:
            raise TemplateError("Unknown argument", found=str(group), expected=r"a group as '\1' or '\g<name>'")
        wanted.append(asked.group(1) or int(asked.group(2)))
    match = re.compile(regex, flags(ignorecase, multiline)).search(str(value))
    if match is None:
        return None
    return [match.group(group) for group in wanted] if wanted else match.group()


def regex_escape(value: Any, re_type: str = "python") -> str:
    """Return text in which nothing is special to a regular expression of a kind (python, posix_basic)."""
    if re_type == "python":
        return re.escape(str(value))
    if re_type == "posix_basic":
        return re.sub(r"([].[^$*\\])", r"\\\1", str(value))
    if re_type == "posix_extended":
        raise TemplateError(f"Regex type ({re_type}) not yet implemented")
    raise TemplateError(f"Invalid regex type ({re_type})", expected="python or posix_basic")


def split(value: Any, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    """Return text cut at a separator, or at white space."""
    return str(value).split(separator, maxsplit)


def quote(value: Any) -> str:
    """Return a value quoted for a POSIX shell."""
    return shlex.quote("" if value is None else str(value))


def comment(value: Any, style: str = "plain", **changes: Any) -> str:
    """Return text as a comment. style: plain, erlang, c, cblock, xml; changes: newline, beginning, prefix, decoration ..."""
    if style not in STYLES:
        raise TemplateError(f"Invalid style '{style}'.", expected="one of " + ", ".join(STYLES), found=style)
    decoration = STYLES[style]["decoration"]
    words: dict[str, Any] = {
        "newline": "\n",
        "beginning": "",
        "prefix": decoration.rstrip(),
        "prefix_count": 1,
        "postfix": decoration.rstrip(),
        "postfix_count": 1,
        "end": "",
        **STYLES[style],
    }
    if "decoration" in changes:
        words["prefix"] = words["postfix"] = str(changes["decoration"]).rstrip()
    words.update(changes)
    newline = words["newline"]
    *lines, last = str(value).split(newline)
    mark = words["decoration"]
    lines = [f"{mark}{line}" if line else mark.rstrip() for line in lines] + [f"{mark}{last}"]
    # an empty prefix is no line, an empty postfix is one; a prefix that is a newline is an empty line
    before = ["" if words["prefix"] == newline else words["prefix"]] * int(words["prefix_count"]) if words["prefix"] else []
    framed = before + lines + [words["postfix"]] * int(words["postfix_count"])
    whole = [words["beginning"]] * bool(words["beginning"]) + framed + [words["end"]] * bool(words["end"])
    return str(newline).join(whole)


FILTERS = {
    "regex_replace": regex_replace,
    "regex_findall": regex_findall,
    "regex_search": regex_search,
    "regex_escape": regex_escape,
    "split": split,
    "quote": quote,
    "comment": comment,
}
