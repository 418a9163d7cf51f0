"""Lines of fstab and of the table of mounts. Source: fstab(5), proc(5)."""

from collections import namedtuple
from typing import List, Optional, Tuple

Entry = namedtuple("Entry", "src path fstype opts dump passno")


def escape(text: str) -> str:
    """Return a field with blanks, tabs and backslashes as fstab writes them."""
    for plain, code in (("\\", "\\134"), (" ", "\\040"), ("\t", "\\011"), ("\n", "\\012")):
        text = text.replace(plain, code)
    return text


def unescape(text: str) -> str:
    """Return a field as it is meant."""
    for plain, code in ((" ", "\\040"), ("\t", "\\011"), ("\n", "\\012"), ("\\", "\\134")):
        text = text.replace(code, plain)
    return text


def parse_line(line: str) -> Optional[Entry]:
    """Return the entry on a line, or None for comments, blanks and broken lines."""
    words = line.split()
    if len(words) < 3 or words[0].startswith("#"):
        return None
    rest = words[3:6] + ["defaults", "0", "0"][len(words[3:6]) :]
    return Entry(unescape(words[0]), unescape(words[1]), words[2], rest[0], rest[1], rest[2])


def line_of(entry: Entry) -> str:
    """Return the line of an entry."""
    return " ".join([escape(entry.src), escape(entry.path), entry.fstype, entry.opts, entry.dump, entry.passno])


def _same(found: Optional[Entry], entry: Entry) -> bool:
    """Whether a line is the one for an entry: its mount point, or for swap its device."""
    if found is None:
        return False
    if entry.fstype == "swap":
        return bool(found.fstype == "swap" and found.src == entry.src)
    return bool(found.path.rstrip("/") == entry.path.rstrip("/"))


def find(text: str, entry: Entry) -> Optional[Entry]:
    """Return the entry that fstab has for that mount point."""
    return next((found for found in map(parse_line, text.splitlines()) if _same(found, entry)), None)


def with_entry(text: str, entry: Entry) -> str:
    """Return the text with the entry in its place (or at the end); everything else, comments too, stays as it is."""
    lines, done = [], False
    for line in text.splitlines():
        found = parse_line(line)
        if not _same(found, entry):
            lines.append(line)
        elif not done:
            lines.append(line if found == entry else line_of(entry))
            done = True
    return "\n".join(lines + ([] if done else [line_of(entry)])) + "\n"


def without_entry(text: str, entry: Entry) -> str:
    """Return the text without the entry."""
    lines = [line for line in text.splitlines() if not _same(parse_line(line), entry)]
    return "\n".join(lines) + "\n" if lines else ""


def mounts(mountinfo: str) -> List[Tuple[str, str, str, str]]:
    """Return (mount point, source, type, root within the file system) of /proc/self/mountinfo, in order of mounting."""
    rows = []
    for line in mountinfo.splitlines():
        words = line.split()
        if "-" in words:
            dash = words.index("-")
            rows.append((unescape(words[4]), unescape(words[dash + 2]), words[dash + 1], unescape(words[3])))
    return rows
