"""Two documents of one drill side by side: what changed, and whether that is more than noise. Pure."""

from math import comb

from runner.drill.document import SERIES, Document
from runner.drill.statistics import chance

SURE = 0.05


def comparison(one: Document, two: Document) -> list[str]:
    """Return lines about the cases that both have. A change is called one where chance would make it in less than SURE of all dealings."""
    cases = {case["name"]: case for case in two["cases"]}
    found: list[str] = []
    for case in one["cases"]:
        other = cases.pop(case["name"], None)
        if other is None:
            found.append(f"{case['name']}: only in the first")
            continue
        found.append(f"{case['name']}: {case['verdict']} -> {other['verdict']}")
        found += [line for name in SERIES if (line := _series(name, case, other))]
    return found + [f"{name}: only in the second" for name in cases]


def least(one: int, two: int) -> float:
    """Return the smallest chance that so many values on each side can show: the most telling of all dealings, and its mirror."""
    return (2 if one == two else 1) / comb(one + two, one)


def _series(name: str, one: Document, two: Document) -> str:
    before = [run[name] for run in one["runs"] if run[name] is not None]
    after = [run[name] for run in two["runs"] if run[name] is not None]
    if not before or not after:
        return f"  {name}: not measured in {'the first' if not before else 'the second'}" if before or after else ""
    first, second = sum(before) / len(before), sum(after) / len(after)
    by_chance = chance(before, after)
    if by_chance is None:
        said = "one run on a side tells nothing of noise: use --repeat"
    elif least(len(before), len(after)) > SURE:
        said = "too few runs to tell from noise: use --repeat"
    elif by_chance < SURE:
        said = f"a change (by chance: {by_chance:.3f})"
    else:
        said = f"may be noise (by chance: {by_chance:.3f})"
    return f"  {name}: mean {first:.3f} ({len(before)} runs) -> {second:.3f} ({len(after)} runs), {second - first:+.3f}: {said}"
