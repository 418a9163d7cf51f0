"""What a task changes in a text, as a unified diff."""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.report.color import paint

NO_NEWLINE = "\\ No newline at end of file\n"
SKIPPED = (
    ("dst_binary", "diff skipped: destination file appears to be binary\n"),
    ("src_binary", "diff skipped: source file appears to be binary\n"),
    ("dst_larger", "diff skipped: destination file size is greater than {}\n"),
    ("src_larger", "diff skipped: source file size is greater than {}\n"),
)


def difference_text(diff: Any, *, color: bool, context: int = 3) -> str:
    """Return the text for one diff or a list of them: {"before", "after", "before_header", "after_header"} or {"prepared"}.

    context: lines shown around a change.
    """
    many = diff if isinstance(diff, (list, tuple)) else [diff]
    return "".join(one_difference(each, color=color, context=context) for each in many if isinstance(each, Mapping))


def one_difference(diff: Mapping[str, Any], *, color: bool, context: int = 3) -> str:
    """Return the text for one diff: notes on what cannot be compared, then the comparison."""
    parts = [words.format(diff[key]) for key, words in SKIPPED if key in diff]
    if "before" in diff and "after" in diff:
        lines = list(unified(diff, context))
        parts += [painted_line(line, color=color) for line in lines]
        if lines:
            parts.append("\n")
    if "prepared" in diff:
        parts.append(str(diff["prepared"]))
    return "".join(parts)


def unified(diff: Mapping[str, Any], context: int = 3) -> Iterator[str]:
    """Yield the lines of a unified diff, each with its newline; a missing last newline is told as diff(1) does."""
    before, after = as_lines(diff["before"]), as_lines(diff["after"])
    names = [header(side, diff.get(f"{side}_header")) for side in ("before", "after")]
    for line in difflib.unified_diff(before, after, names[0], names[1], "", "", context):
        yield line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}"


def header(side: str, name: Any) -> str:
    """Return what stands behind --- and +++."""
    return f"{side}: {name}" if name else side


def as_lines(value: Any) -> list[str]:
    """Return the lines of a text; a mapping or list is compared as indented JSON."""
    if isinstance(value, (Mapping, list)):
        value = json.dumps(value, sort_keys=True, indent=4, separators=(",", ": "), ensure_ascii=False, default=str) + "\n"
    return [] if value is None else str(value).splitlines(keepends=True)


def painted_line(line: str, *, color: bool) -> str:
    """Return one line of a diff in the colour of its kind."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    return paint(line, kinds.get(line[:1]), color=color)
