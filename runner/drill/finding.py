"""What is said of one expectation: passed, failed, or unknown where the measuring could not tell. Pure."""

from collections.abc import Iterable, Sequence

from runner.record import dataclass

PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation. measured, limit: in `unit`. error: half-width of `measured`. why: what else is to be said."""

    name: str
    verdict: str
    measured: float | None
    limit: float | None
    unit: str = "s"
    error: float = 0.0
    why: str = ""


def overall(verdicts: Iterable[str]) -> str:
    """Return the worst: one failure fails all, one unknown leaves all unknown."""
    every = list(verdicts)
    return FAILED if FAILED in every else UNKNOWN if UNKNOWN in every or not every else PASSED


def compared(name: str, measured: float, limit: float, error: float, blind: str, unit: str = "s", *, over: float = 0.0) -> Finding:
    """Hold a measured value against the most that is allowed. over: by how much more than the error it may be too large, but not too small.

    Above the limit by more than the error is failed, whatever else was not seen. Within the error of the limit, or below it with an
    observer that was blind, is unknown. Nothing at all (0) has no error.
    """
    margin = error if measured > 0 else 0.0
    if measured - margin - over > limit:
        return Finding(name, FAILED, measured, limit, unit, margin, blind)
    if blind:
        return Finding(name, UNKNOWN, measured, limit, unit, margin, blind)
    if measured - margin > limit:
        return Finding(name, UNKNOWN, measured, limit, unit, margin, f"counted from a moment that may be {over:.2f} s too early")
    if measured + margin > limit and measured > 0:
        return Finding(name, UNKNOWN, measured, limit, unit, margin, "too near to the limit to tell")
    return Finding(name, PASSED, measured, limit, unit, margin)


def moment(name: str, limit: float, values: Sequence[float | None], error: float, blind: str, never: str, *, over: float = 0.0) -> Finding:
    """Hold the latest of several moments, one of each run, against a limit. never: what is said where one did not come about.

    over: see `compared`.
    """
    known = [each for each in values if each is not None]
    if len(known) < len(values):
        return Finding(name, UNKNOWN if blind else FAILED, None, limit, why=blind or never)
    return compared(name, max(known), limit, error, blind, over=over)
