"""Reads what `docker compose --progress plain` says it does (pure). Source: compose's plain progress writer, recorded outputs."""

import json
import re
from typing import Any, Dict, List

# A line such as ` Container shop-web-1  Started`.
_LINE = re.compile(r"^\s*(?P<dry>DRY-RUN MODE -\s+)?(?P<what>Container|Network|Volume|Image|Service)\s+(?P<id>\S+)\s+(?P<status>\S.*?)\s*$")
_PULL = re.compile(r"^\s*(?P<dry>DRY-RUN MODE -\s+)?(?P<id>[\w./:@-]+)\s+(?P<status>Pulling|Pulled|Building|Built)\s*(?:fs layer)?\s*$")
# Each change is told when it begins and when it is done; the first is what counts.
BEGUN = {"Creating": "Creating", "Starting": "Starting", "Restarting": "Restarting", "Stopping": "Stopping", "Killing": "Killing",
         "Removing": "Removing", "Recreate": "Recreating", "Recreating": "Recreating", "Pulling": "Pulling",
         "Building": "Building"}  # fmt: skip


class Event:
    """One line. what: container, network ... id: its name. status: the word compose used."""

    def __init__(self, what: str, name: str, status: str, dry: bool) -> None:
        self.what = what
        self.name = name
        self.status = status
        self.dry = dry


def events(text: str) -> List[Event]:
    """Return the events among the lines of standard error."""
    found = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            found.append(Event(match.group("what").lower(), match.group("id"), match.group("status"), bool(match.group("dry"))))
            continue
        match = _PULL.match(line)
        if match:
            kind = "image-layer" if "fs layer" in line else "image" if match.group("status") in ("Pulling", "Pulled") else "service"
            found.append(Event(kind, match.group("id"), match.group("status"), bool(match.group("dry"))))
    return found


def changes(found: List[Event], ignore_builds: bool) -> List[Dict[str, str]]:
    """Return what, id and status of each change. In a dry run, pulls are none: compose cannot tell whether there is something new."""
    actions = []
    for event in found:
        status = BEGUN.get(event.status)
        if status is None or event.what == "image-layer":
            continue
        if (ignore_builds and status == "Building") or (event.dry and status == "Pulling"):
            continue
        actions.append({"what": event.what, "id": event.name, "status": status})
    return actions


def failures(found: List[Event]) -> List[str]:
    """Return `container NAME: why` of what went wrong."""
    return ["%s %s: %s" % (event.what, event.name, event.status) for event in found if event.status.startswith("Error")]


def rows(text: str) -> List[Dict[str, Any]]:
    """Return the rows of a listing: one JSON array, or one JSON object a line (since compose 2.21)."""
    words = text.strip()
    if not words:
        return []
    found = json.loads(words) if words.startswith("[") else [json.loads(line) for line in words.splitlines() if line.strip()]
    return [_shaped(row) for row in found or []]


def _shaped(row: Dict[str, Any]) -> Dict[str, Any]:
    shaped = dict(row)
    if isinstance(shaped.get("Labels"), str):
        pairs = (each.partition("=") for each in shaped["Labels"].split(",") if each)
        shaped["Labels"] = {key: value for key, _, value in pairs}
    for key in ("Names", "Networks"):
        if isinstance(shaped.get(key), str):
            shaped[key] = [each for each in shaped[key].split(",") if each]
    return shaped
