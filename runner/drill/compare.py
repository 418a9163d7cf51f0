"""Two documents of one drill side by side: what changed, and whether that is more than noise. Pure."""

from collections.abc import Sequence
from math import comb

from runner.drill.document import SERIES, Document
from runner.drill.statistics import chance, difference, together
from runner.record import dataclass

SURE = 0.05


@dataclass(slots=True)
class Change:
    """One series of one case in both documents. never: runs of each side in which it did not come about. corrected: see `together`."""

    name: str
    before: list[float]
    after: list[float]
    never: tuple[int, int]
    by_chance: float | None
    corrected: float | None = None

    @property
    def testable(self) -> bool:
        """Whether its values could tell anything: enough of them, and not all the same."""
        return self.by_chance is not None and least(len(self.before), len(self.after)) <= SURE and len({*self.before, *self.after}) > 1


def comparison(one: Document, two: Document) -> list[str]:
    """Return lines about the cases that both have.

    A change is called one where chance would make it in less than SURE of all dealings, with all the comparisons made here together in
    mind; one that is only so by itself is a change perhaps.
    """
    if one["drill"] != two["drill"]:
        found = [f"these are two drills, {one['drill']} and {two['drill']}: compare with care"]
    else:
        found = []
    cases = {case["name"]: case for case in two["cases"]}
    pairs = [(case, cases[case["name"]]) for case in one["cases"] if case["name"] in cases]
    changes = [[_change(name, case, other) for name in SERIES] for case, other in pairs]
    told = [change for each in changes for change in each if change.testable]
    for change, corrected in zip(told, together([change.by_chance or 0.0 for change in told])):
        change.corrected = corrected
    for (case, other), each in zip(pairs, changes):
        found.append(f"{case['name']}: {case['verdict']} -> {other['verdict']}")
        if case["faults"] != other["faults"]:
            found.append("  the faults are not the same: what changed may be their doing")
        found += [f"  {line}" for change in each if (line := _line(change, len(told)))]
    known = {case["name"] for case, _ in pairs}
    found += [f"{case['name']}: only in the first" for case in one["cases"] if case["name"] not in known]
    return found + [f"{name}: only in the second" for name in cases if name not in known]


def least(one: int, two: int) -> float:
    """Return the smallest chance that so many values on each side can show: the most telling of all dealings, and its mirror."""
    return (2 if one == two else 1) / comb(one + two, one)


def _change(name: str, one: Document, two: Document) -> Change:
    before, never_before = _values(name, one)
    after, never_after = _values(name, two)
    return Change(name, before, after, (never_before, never_after), chance(before, after))


def _values(name: str, case: Document) -> tuple[list[float], int]:
    every = [run.get(name) for run in case["runs"]]
    known = [value for value in every if value is not None]
    return known, len(every) - len(known)


def _line(change: Change, count: int) -> str:
    before, after = change.before, change.after
    if not before and not after:
        return ""
    if not before or not after:
        return f"{change.name}: not measured in {'the first' if not before else 'the second'}"
    never = [_runs(missing, known) for missing, known in zip(change.never, (before, after))]
    if len({*before, *after}) == 1 and not any(change.never):
        return f"{change.name}: {before[0]:.3f} in all {len(before)} + {len(after)} runs"
    between = _mean(after) - _mean(before)
    apart = difference(before, after)
    sure = f" (95 % sure: {apart[0]:+.3f} .. {apart[1]:+.3f})" if apart else ""
    return (
        f"{change.name}: mean {_mean(before):.3f} ({never[0]}) -> {_mean(after):.3f} ({never[1]}), {between:+.3f}{sure}: "
        f"{_said(change, count)}"
    )


def _runs(missing: int, known: Sequence[float]) -> str:
    return f"{len(known)} runs" + (f", not in {missing} more" if missing else "")


def _said(change: Change, count: int) -> str:
    if change.by_chance is None:
        return "one run on a side tells nothing of noise: use --repeat"
    if change.corrected is None:
        return "too few runs to tell from noise: use --repeat"
    if change.corrected < SURE:
        return f"a change (by chance: {change.by_chance:.4f})"
    if change.by_chance < SURE:
        return f"perhaps a change (by chance: {change.by_chance:.4f}, but of {count} comparisons): use --repeat"
    return f"may be noise (by chance: {change.by_chance:.3f})"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
