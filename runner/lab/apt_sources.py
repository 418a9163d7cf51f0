"""Read which mirrors the control machine's own apt uses, in the one-line and the deb822 format (sources.list(5))."""

import re
from collections.abc import Iterator
from pathlib import Path

from runner.record import dataclass

DEBIAN_MIRROR = "http://deb.debian.org/debian"
RELEASES = ("bullseye", "bookworm", "trixie", "forky")
PARTS = ("", "-updates", "-security")


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: where it is, which suites of it are used and which components."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]


def read(root: Path = Path("/")) -> list[Source]:
    """Return the binary archives named in /etc/apt under `root`, in apt's order."""
    apt = root / "etc/apt"
    parts = sorted((apt / "sources.list.d").glob("*")) if (apt / "sources.list.d").is_dir() else []
    found: list[Source] = []
    for path in [apt / "sources.list", *parts]:
        if path.suffix in (".list", ".sources") and path.is_file():
            text = path.read_text(errors="replace")
            found.extend(one_line(text) if path.suffix == ".list" else deb822(text))
    return found


def one_line(text: str) -> Iterator[Source]:
    """Give the sources of a `.list` file: `deb [options] uri suite component...`."""
    for line in text.splitlines():
        words = re.sub(r"\[[^]]*\]", " ", line.partition("#")[0]).split()
        if len(words) >= 3 and words[0] == "deb":
            yield Source(words[1], (words[2],), tuple(words[3:]))


def deb822(text: str) -> Iterator[Source]:
    """Give the sources of a `.sources` file: paragraphs of `Field: value`, a value goes on in lines that begin with a blank."""
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for paragraph in re.split(r"\n\s*\n", kept):
        fields = {key.lower(): value.split() for key, value in re.findall(r"(?m)^([\w-]+):((?:.*)(?:\n[ \t].*)*)", paragraph)}
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        for uri in fields.get("uris", []):
            yield Source(uri, tuple(fields.get("suites", [])), tuple(fields.get("components", [])))


def mirror(suite: str, sources: list[Source]) -> str:
    """Return where the control machine gets `suite` from, or its own suite where it uses none of that one; else Debian's public mirror."""
    return next((uri for uri, name in _archives(suite, sources) if name == suite), DEBIAN_MIRROR)


def lines_for(suite: str, sources: list[Source]) -> list[str]:
    """Return the lines of a host's sources.list: `suite`, its updates and security fixes, from the machine's own mirrors."""
    lines = [f"deb {uri} {name} main" for uri, name in _archives(suite, sources)]
    return list(dict.fromkeys(lines)) or [f"deb {DEBIAN_MIRROR} {suite} main"]


def _archives(suite: str, sources: list[Source]) -> list[tuple[str, str]]:
    """Return address and name of each archive of `suite`: those the machine uses; where it is of another suite, the same of its mirrors."""
    used = [(each.uri, name) for each in sources for name in each.suites]
    own = {f"{suite}{part}" for part in PARTS}
    if found := [(uri, name) for uri, name in used if name in own]:
        return found
    relatives = {f"{name}{part}": f"{suite}{part}" for name in RELEASES for part in PARTS}
    return [(uri, relatives[name]) for uri, name in used if name in relatives]
