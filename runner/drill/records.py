"""The lines that recorders and faults wrote on the hosts -> values on our clock. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from runner.drill.clock import Offset
from runner.drill.model import Broken, Request, Span


def _lines(text: str, mark: str, least: int) -> Iterator[list[str]]:
    """Give the words of each whole line that begins with `mark`; the last line may be cut off."""
    whole = text[: text.rfind("\n") + 1]
    for line in whole.splitlines():
        words = line.split()
        if len(words) >= least and words[0] == mark:
            yield words


def requests_in(text: str, offset: Offset, count: int) -> list[list[Request]]:
    """Return the requests of each of `count` probes, in order of their numbers."""
    found: list[list[Request]] = [[] for _ in range(count)]
    for _, probe, sequence, due, begun, ended, outcome, *_rest in _lines(text, "p", 7):
        ours = offset.ours
        found[int(probe)].append(Request(int(sequence), ours(float(due)), ours(float(begun)), ours(float(ended)), outcome))
    return [sorted(each, key=lambda request: request.sequence) for each in found]


def duplicates_in(text: str, offset: Offset, count: int) -> list[list[float]]:
    """Return for each of `count` probes when there came another answer to a request that was answered."""
    found: list[list[float]] = [[] for _ in range(count)]
    for _, probe, _, when, *_rest in _lines(text, "d", 4):
        found[int(probe)].append(offset.ours(float(when)))
    return found


def silent_in(text: str) -> dict[int, str]:
    """Return why a probe cannot ask at all, by its number."""
    return {int(words[1]): " ".join(words[2:]) for words in _lines(text, "!", 3)}


def holding_in(text: str, offset: Offset) -> list[tuple[float, bool]]:
    """Return when a host was looked at, and whether it held the (first) address."""
    return [(offset.ours(float(words[1])), words[2].startswith("1")) for words in _lines(text, "a", 3)]


def merged(text: str, early: str, ahead: float) -> str:
    """Return the looks of two observers of a host in the order of their times. early: of one whose clock is `ahead` seconds behind."""
    lines = [words for mark in ("a", "u") for words in _lines(text, mark, 3)]
    lines += [[mark, f"{float(words[1]) + ahead:.6f}", *words[2:]] for mark in ("a", "u") for words in _lines(early, mark, 3)]
    return "".join(" ".join(words) + "\n" for words in sorted(lines, key=lambda words: float(words[1])))


def unable(
    looks: Sequence[tuple[float, bool]], begin: float, end: float | None, period: float, *, off: bool
) -> list[tuple[float, bool]]:
    """Return looks at a host with those that nobody could take from `begin` to `end`, in the longest hole there: nothing changes on a
    paused host, one that is off holds nothing. It may go on for a moment after the driver was asked, and again before that says so.
    """
    before = [each for each in looks if each[0] <= begin]
    if end is None or not before:
        return list(looks)
    between = [each for each in looks if begin < each[0] < end]
    one, two = max(pairwise([begin, *(when for when, _ in between), end]), key=lambda hole: hole[1] - hole[0])
    held = [each for each in looks if each[0] <= one][-1][1] and not off
    made = [(one + period * number, held) for number in range(1, int((two - one) / period) + 1)]
    return sorted([*made, *looks], key=lambda each: each[0])


def switched_off(spans: Sequence[Span], begin: float, end: float) -> list[Span]:
    """Return the states of a unit, of which none counts while its host was off."""
    before = [Span(each.begin, min(each.end, begin), each.value) for each in spans if each.begin < begin]
    after = [Span(max(each.begin, end), each.end, each.value) for each in spans if each.end > end]
    return [*before, Span(begin, end, "off"), *after]


def units_in(text: str, offset: Offset, units: Sequence[str], end: float) -> dict[str, list[Span]]:
    """Return the states of each unit as spans up to `end`."""
    seen: dict[str, list[tuple[float, str]]] = {unit: [] for unit in units}
    for words in _lines(text, "u", 4):
        seen[units[int(words[2])]].append((offset.ours(float(words[1])), words[3]))
    return {unit: _spans(states, end) for unit, states in seen.items()}


def _spans(states: Sequence[tuple[float, str]], end: float) -> list[Span]:
    found: list[Span] = []
    for when, state in states:
        if found and found[-1].value == state:
            continue
        if found:
            found[-1] = Span(found[-1].begin, when, found[-1].value)
        found.append(Span(when, max(when, end), state))
    return found


def broken_in(text: str, offset: Offset, host: str, titles: dict[int, str]) -> tuple[list[Broken], list[str]]:
    """Return the faults of a host as its log tells them, and sentences about what went wrong. titles: number -> words for people."""
    at: dict[tuple[str, int], tuple[float, int]] = {}
    for mark in ("set", "was-set", "undo", "undone"):
        for words in _lines(text, mark, 3):
            code = int(words[3]) if len(words) > 3 else 0
            at.setdefault((mark, int(words[2])), (offset.ours(float(words[1])), code))
    found, complaints = [], []
    for number, title in titles.items():
        times = {mark: at.get((mark, number)) for mark in ("set", "was-set", "undo", "undone")}
        done, begun, undone = times["set"], times["undo"], times["undone"]
        found.append(Broken(host, title, done[0] if done else None, begun[0] if begun else None))
        if done is None:
            complaints.append(f"{host}: {title}: was never set")
        elif times["was-set"] is None:
            complaints.append(f"{host}: {title}: the host does not say that it was set: it was ended, or did not come to its end in time")
        for mark, what in (("was-set", "could not be set"), ("undone", "could not be undone")):
            said = times[mark]
            if said and said[1]:
                complaints.append(f"{host}: {title}: {what} (exit status {said[1]})")
        if undone is None:
            complaints.append(f"{host}: {title}: the host does not say that it was undone")
    return found, complaints
