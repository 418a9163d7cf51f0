"""How the hosts of a play are cut into batches by `serial` (pure)."""

from collections.abc import Sequence
from typing import Any, TypeVar

from runner.errors import ParseError
from runner.position import position_of

Item = TypeVar("Item")


def batch_size(value: Any, total: int) -> int:
    """Return how many hosts one entry of `serial` stands for: a number, or a percentage of `total` (at least one host)."""
    text = str(value).strip()
    try:
        if text.endswith("%"):
            return max(1, int(float(text[:-1]) / 100.0 * total)) if float(text[:-1]) > 0 else total
        size = int(float(text))
    except ValueError:
        raise ParseError(
            f"'{value}' is not a valid value for serial",
            position=position_of(value),
            expected="a number, a percentage such as 30%, or a list of these",
            found=f"'{value}'",
            remedy="write serial: 1, serial: 30% or serial: [1, 5, 30%]",
        ) from None
    return size if size > 0 else total


def batches(hosts: Sequence[Item], serial: Any) -> list[list[Item]]:
    """Return the batches in order; the last entry of a list is used for all hosts that are left."""
    steps = list(serial) if isinstance(serial, (list, tuple)) else [serial]
    steps = [step for step in steps if step is not None]
    if not steps:
        return [list(hosts)] if hosts else []
    left = list(hosts)
    found: list[list[Item]] = []
    at = 0
    while left:
        size = batch_size(steps[min(at, len(steps) - 1)], len(hosts))
        found.append(left[:size])
        left = left[size:]
        at += 1
    return found
