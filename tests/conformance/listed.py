"""Which targets are run and which are not: reads `targets.yml`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

LEVELS = ("core", "wide", "beyond")
LIST = Path(__file__).parent / "targets.yml"


@dataclass(frozen=True)
class Listed:
    """A target of the suite. level: core, wide, beyond or "" (not applicable, with a reason). destructive: it changes its host.

    deviation: why muster does otherwise on purpose, where the target fails for that.
    """

    name: str
    level: str
    destructive: bool = False
    reason: str = ""
    deviation: str = ""


def listed(path: Path) -> dict[str, Listed]:
    """Return every target of the file by name."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    destructive = set(data["destructive"].split())
    on_purpose = data["deviations"]
    found = {}
    for level in LEVELS:
        for name in data[level].split():
            found[name] = Listed(name, level, name in destructive, deviation=on_purpose.get(name, ""))
    for group in data["not_applicable"]:
        found.update({name: Listed(name, "", reason=group["reason"]) for name in group["targets"].split()})
    return found


def helpers(path: Path) -> Iterable[str]:
    """Return the names of the targets that others lean on."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))["helpers"].split()  # type: ignore[no-any-return]
