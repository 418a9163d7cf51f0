"""The results of the suite -> a table for the terminal and the page docs/conformance.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tests.conformance.listed import Listed
from tests.conformance.outcome import Outcome

INTRO = """# Conformance with ansible-core {version}

Written by `make conformance` on {date} with muster {own}. Each target of ansible-core's own integration suite is run with
`muster-playbook` in place of `ansible-playbook` (and `muster-adhoc`, `muster-inventory`, `muster-vault` in place of the other
commands), each in a fresh folder; those that change the host they run on, together with the runner in a container that is thrown away
afterwards. A target counts only where the real ansible-playbook {version} passes it in the same place.

| level | counted | passed | not checked with the real one yet | seconds with muster | with ansible-playbook |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Versions:
    """suite: of ansible-core. own: of muster. today: the day of the run."""

    suite: str
    own: str
    today: date


def line(listed: Listed, ours: Outcome | None, real: Outcome | None) -> tuple[str, str, str]:
    """Return (target, what came of it, remark) for one row."""
    if not listed.level:
        return listed.name, "not applicable", listed.reason
    if real is not None and real.status != "passed":
        too = "fails too" if ours is None or ours.status != "passed" else "fails, muster passes"
        return listed.name, "does not count", f"the real one {too}: {short(real.where or real.status, 120)}"
    if ours is None:
        return listed.name, "not run", "changes its host: only with --lab" if listed.destructive else ""
    if ours.status == "passed":
        remark = ""
    else:
        remark = f"on purpose: {listed.deviation}" if listed.deviation else short(ours.where, 140)
    return listed.name, f"{ours.status} ({ours.seconds:g} s)", remark


def short(text: str, length: int) -> str:
    """Return a text on one line of a table, cut."""
    flat = " ".join(text.split()).replace("|", "\\|")
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def totals(
    level: str, listed: Mapping[str, Listed], ours: Mapping[str, Outcome], real: Mapping[str, Outcome]
) -> tuple[int, int, float, float]:
    """Return how many targets of a level count, how many of them pass, and the seconds both runners took for those."""
    names = [name for name, each in listed.items() if each.level == level and name in ours]
    counted = [name for name in names if name not in real or real[name].status == "passed"]
    passed = [name for name in counted if ours[name].status == "passed"]
    both = [name for name in passed if name in real]
    return len(counted), len(passed), sum(ours[name].seconds for name in both), sum(real[name].seconds for name in both)


def page(listed: Mapping[str, Listed], ours: Mapping[str, Outcome], real: Mapping[str, Outcome], versions: Versions) -> str:
    """Return the page."""
    text = INTRO.format(version=versions.suite, date=versions.today.isoformat(), own=versions.own)
    for level in ("core", "wide", "beyond"):
        counted, passed, mine, theirs = totals(level, listed, ours, real)
        unchecked = sum(each.level == level and name in ours and name not in real for name, each in listed.items())
        text += f"| {level} | {counted} | {passed} | {unchecked} | {mine:.0f} | {theirs:.0f} |\n"
    text += "\n`beyond` are targets that lean on Python modules and plugins of their own; they are tried, not promised. The seconds\n"
    text += "are those of the targets that both runners passed.\n"
    for level in ("core", "wide", "beyond"):
        text += f"\n## {level}\n\n| target | result | first failing task, or remark |\n|---|---|---|\n"
        rows = [line(each, ours.get(name), real.get(name)) for name, each in sorted(listed.items()) if each.level == level]
        text += "".join(f"| {' | '.join(row)} |\n" for row in rows)
    text += "\n## Not applicable\n\n| reason | targets |\n|---|---|\n"
    reasons: dict[str, list[str]] = {}
    for name, each in sorted(listed.items()):
        if not each.level:
            reasons.setdefault(each.reason, []).append(name)
    return text + "".join(f"| {reason} | {' '.join(names)} |\n" for reason, names in reasons.items())
