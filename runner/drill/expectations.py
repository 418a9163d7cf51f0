"""Which expectations there are, what each needs to be known, and those that a case does without."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.drill.model import Drill
from runner.errors import ParseError
from runner.lab import marks

# keys of `observe` that hear what a service says of itself
OBSERVERS = ("keepalived", "haproxy", "etcd")
# expectation -> what must be there to know it: `load`, or one of these keys of `observe`
NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("max_outage", "max_lost", "mttr_p95", "availability", "max_duplicated"), ("load",)),
    **dict.fromkeys(("max_split_brain", "max_take_over", "max_failback", "holders_at_end"), ("address",)),
    **dict.fromkeys(("max_two_masters", "max_no_master", "masters_at_end"), ("keepalived",)),
    **dict.fromkeys(("max_no_leader", "max_leader_changes"), ("etcd",)),
    "max_detect": OBSERVERS,
}
# What is expected of every address that is observed, unless the drill says otherwise: who holds it is part of every verdict. When it is
# handed over both may have it for some milliseconds.
OF_ADDRESSES: Mapping[str, Any] = {"max_split_brain": 0.5, "holders_at_end": 1}


def dropped_in(document: marks.Marked) -> list[tuple[int, str]]:
    """Return what cases do not expect though the drill does: (number of the case, name), each with nothing (`null`) behind it."""
    drill = document.value if isinstance(document.value, dict) else {}
    cases = drill.get("cases")
    found: list[tuple[int, str]] = []
    for index, case in enumerate(cases if isinstance(cases, list) else []):
        own = case.get("expect") if isinstance(case, dict) else None
        for name in [key for key, limit in own.items() if limit is None] if isinstance(own, dict) else []:
            shared = drill["expect"] if isinstance(drill.get("expect"), dict) else {}
            if name in NEEDS and name not in shared and name not in OF_ADDRESSES:
                place = document.key_at(["cases", index, "expect"], name)
                remedy = "give it a limit, or take the line away"
                raise ParseError(f"the drill does not expect `{name}`, so a case cannot do without it", position=place, remedy=remedy)
            found += [(index, str(name))] * (name in NEEDS)
    return found


def without(value: Any, dropped: Sequence[tuple[int, str]]) -> Any:
    """Return what a drill file holds without what its cases do not expect."""
    if not dropped:
        return value
    cases = list(value["cases"])
    for index, name in dropped:
        cases[index] = {**cases[index], "expect": {key: limit for key, limit in cases[index]["expect"].items() if key != name}}
    return {**value, "cases": cases}


def check_expectations(document: marks.Marked, drill: Drill) -> None:
    """What is expected must be something that this drill measures."""
    there = {*drill.observers, *(["address"] * bool(drill.address)), *(["load"] * bool(drill.probes))}
    counting = any(probe.counts_answers for probe in drill.probes)
    for index, case in enumerate(drill.cases):
        for name in case.expect:
            needed = NEEDS[name]
            lacking = "" if there.intersection(needed) else "` or `".join(each if each == "load" else f"observe.{each}" for each in needed)
            if name == "max_duplicated" and not counting:
                lacking = "load.icmp` or `load.dns"
            if lacking:
                own = document.value["cases"][index].get("expect", {})
                path = ["cases", index, "expect"] if name in own else ["expect"]
                raise ParseError(
                    f"`{name}` cannot be known without `{lacking}`",
                    position=document.key_at(path, name),
                    remedy=f"add `{lacking}`, or take `{name}` away",
                )
