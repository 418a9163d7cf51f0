"""Keys and source entries of apt. Source: sources.list(5), apt-secure(8)."""

import re
import urllib.error
import urllib.request
from typing import Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed

ARMOUR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"


def armoured(data: bytes) -> bool:
    """Whether a key is text (ASCII armour); else it is binary."""
    return ARMOUR in data


def is_key(data: bytes) -> bool:
    """Whether the bytes begin as an OpenPGP public key does: armour, or the packet tag 6 (RFC 4880, section 4.2)."""
    return armoured(data) or (len(data) > 2 and (data[0] & 0xBC == 0x98 or data[0] & 0xFF == 0xC6))


def fetch(url: str, what: str) -> bytes:
    """Return what a URL gives (certificates are checked). Raises ModuleFailed."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise ModuleFailed("Failed to get %s from %s: %s" % (what, url, getattr(error, "reason", error)))


def parse_line(line: str) -> Optional[Tuple[bool, str]]:
    """Return (enabled, source) of a line of sources.list with single blanks and no comment; None for other lines."""
    text, enabled = line.strip(), True
    if text.startswith("#"):
        text, enabled = text.lstrip("# ").strip(), False
    text = text.split(" #")[0].split("\t#")[0].strip()
    if not re.match(r"^deb(-src)?\s+(\[[^\]]*\]\s+)?\S+\s+\S+", text):
        return None
    return enabled, " ".join(text.split())


def file_name(source: str) -> str:
    """Return the name under sources.list.d (without suffix) for a source: its URL with every other sign an underscore."""
    words = re.sub(r"^deb(-src)?\s+(\[[^\]]*\]\s+)?", "", source).split()
    place = re.sub(r"^\w+://", "", words[0]) if words else source
    # a user and password in the URL must not show in a file name
    place = place.split("@")[-1]
    return "_".join(re.sub("[^a-zA-Z0-9]", " ", place).split())


def paragraph(fields: List[Tuple[str, Optional[str]]]) -> str:
    """Return a deb822 paragraph of the fields that have a value; one that begins with a line break stands below its name."""
    return "".join("%s:%s%s\n" % (name, "" if value[:1] == "\n" else " ", value) for name, value in fields if value is not None)


def folded_key(data: bytes) -> str:
    """Return an armoured key as the value of Signed-By: each line indented, empty ones as a dot."""
    lines = data.decode("utf-8", "replace").strip().splitlines()
    return "".join("\n    " + (line if line.strip() else ".") for line in lines)


def sources(text: str) -> Dict[str, bool]:
    """Return source -> enabled of a file in the one-line format."""
    rows = (parse_line(line) for line in text.splitlines())
    return {row[1]: row[0] for row in rows if row}
