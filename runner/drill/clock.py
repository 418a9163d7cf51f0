"""How far the clock of a host is from ours, and how well that is known. Pure."""

from collections.abc import Sequence

from runner.record import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question for the time. asked, answered: on our clock. theirs: what the host's clock said in between."""

    asked: float
    theirs: float
    answered: float


@dataclass(frozen=True, slots=True)
class Offset:
    """theirs = ours + seconds, within plus or minus `error` seconds."""

    seconds: float
    error: float

    def ours(self, theirs: float) -> float:
        """Return a time of the host's clock on ours."""
        return theirs - self.seconds

    def behind(self, before: "Offset") -> float:
        """Return how many seconds this clock is behind the one that the host had before it was off; 0 where that is within the errors."""
        seconds = before.seconds - self.seconds
        return seconds if abs(seconds) > before.error + self.error else 0.0


def offset_of(exchanges: Sequence[Exchange]) -> Offset:
    """Return the offset that all exchanges allow: each says that it lies between `theirs - answered` and `theirs - asked`.

    Where they do not all agree (a clock drifted meanwhile), the widest that the best half of them spans. Raises ValueError for none.
    """
    if not exchanges:
        raise ValueError("no exchange")
    low = max(each.theirs - each.answered for each in exchanges)
    high = min(each.theirs - each.asked for each in exchanges)
    if low > high:
        best = sorted(exchanges, key=lambda each: each.answered - each.asked)[: max(1, len(exchanges) // 2)]
        low = min(each.theirs - each.answered for each in best)
        high = max(each.theirs - each.asked for each in best)
    return Offset((low + high) / 2, (high - low) / 2)
