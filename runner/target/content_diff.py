"""The before and after of a whole file for the diff: text as it is, and only a word for what is large or binary."""

from typing import Any, Dict

LIMIT = 104448


def content_diff(before, after, before_header, after_header):
    """Return a diff. before, after: bytes, or None for a file that is not there (or not known)."""
    diff: Dict[str, Any] = {}
    for name, other, data, header in (("before", "dst", before, before_header), ("after", "src", after, after_header)):
        if data is None:
            diff[name] = ""
        elif len(data) > LIMIT:
            diff[other + "_larger"] = LIMIT
        elif b"\0" in data:
            diff[other + "_binary"] = 1
        else:
            diff[name] = data.decode("utf-8", "replace")
            diff[name + "_header"] = header
    return diff


def readable(path, system):
    """Return a regular file's bytes for a diff (no more than it takes to see that it is large), or None."""
    if not system.is_file(path):
        return None
    with system.open(path) as file:
        return file.read(LIMIT + 1)
