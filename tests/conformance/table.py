"""The results of the suite -> a table for the terminal and the page docs/conformance.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tests.conformance.listed import Listed
from tests.conformance.outcome import Outcome

INTRO = """# Conformance with ansible-core {version}

Written by `make conformance` on {date} with muster {own}. Each target of ansible-core's own integration suite is run with
`muster-playbook` in place of `ansible-playbook` (and `muster-adhoc`, `muster-inventory`, `muster-vault` in place of the other
commands), each in a fresh folder; those that change the host they run on, together with the runner in a container that is thrown away
afterwards. A target counts only where the real ansible-playbook {version} passes it in the same place.

Results are kept from run to run, and a target that was tried again has its latest: those of muster are of {ours}, those of
ansible-playbook of {real}.

Public roles and playbooks that run unchanged are in [real-roles.md](real-roles.md), modules of collections in
[foreign-modules.md](foreign-modules.md).

| level | counted | passed | not checked with the real one yet | targets timed | seconds with muster | with ansible-playbook |
|---|---|---|---|---|---|---|
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


def totals(level: str, listed: Mapping[str, Listed], ours: Mapping[str, Outcome], real: Mapping[str, Outcome]) -> tuple[int, int]:
    """Return how many targets of a level count, and how many of them pass."""
    names = [name for name, each in listed.items() if each.level == level and name in ours]
    counted = [name for name in names if name not in real or real[name].status == "passed"]
    passed = [name for name in counted if ours[name].status == "passed"]
    return len(counted), len(passed)


def _span(outcomes: Iterable[Outcome]) -> str:
    """Return from when to when results were made."""
    times = sorted(each.at.replace("T", " ") for each in outcomes if each.at)
    return f"{times[0]} to {times[-1]}" if times else "no known time"


def page(
    listed: Mapping[str, Listed],
    ours: Mapping[str, Outcome],
    real: Mapping[str, Outcome],
    versions: Versions,
    pairs: Mapping[str, tuple[float, float]],
) -> str:
    """Return the page. pairs: target -> the seconds of muster and of the real runner in one run."""
    dates = {"ours": _span(ours.values()), "real": _span(real.values())}
    text = INTRO.format(version=versions.suite, date=versions.today.isoformat(), own=versions.own, **dates)
    for level in ("core", "wide", "beyond"):
        counted, passed = totals(level, listed, ours, real)
        timed = [pair for name, pair in pairs.items() if name in listed and listed[name].level == level]
        mine, theirs = sum(pair[0] for pair in timed), sum(pair[1] for pair in timed)
        unchecked = sum(each.level == level and name in ours and name not in real for name, each in listed.items())
        text += f"| {level} | {counted} | {passed} | {unchecked} | {len(timed)} | {mine:.0f} | {theirs:.0f} |\n"
    text += "\n`beyond` are targets that lean on Python modules and plugins of their own; they are tried, not promised. The seconds\n"
    text += "are those of targets that both runners passed in one and the same run (`--reference`), as that run found them.\n"
    text += "\n## Deviations\n\n| target | what muster does otherwise on purpose |\n|---|---|\n"
    text += "".join(f"| {name} | {each.deviation} |\n" for name, each in sorted(listed.items()) if each.deviation)
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
