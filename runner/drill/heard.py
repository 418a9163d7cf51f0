"""What services said of themselves in a run: the lines of the observer `watch_events` -> values on our clock. Pure."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from runner.drill.clock import Offset
from runner.record import dataclass, field, replace

# Nobody answered.
SILENT = "-"
# Seconds between two looks that nobody took, as a host was off.
SILENCE = 0.5


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that was noticed. source: the service that did."""

    when: float
    host: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class MemberLook:
    """What a member of etcd said of its cluster: the term, its own number and the leader's (`0` for none); None where it did not answer."""

    when: float
    term: int | None = None
    member: str = ""
    leader: str = ""

    @property
    def leads(self) -> bool:
        return self.term is not None and self.member == self.leader


class Off(Protocol):
    """A stretch of time in which a host was off."""

    @property
    def begin(self) -> float: ...

    @property
    def end(self) -> float: ...


@dataclass(frozen=True, slots=True)
class HostHeard:
    """What one host's services said. observers: who listened. instances: VRRP instance -> (when, state).

    whole: up to when all is known that keepalived said, None for not at all.
    servers: each look at haproxy, (when, server -> state), no servers where it did not answer.
    """

    observers: Sequence[str] = ()
    instances: Mapping[str, Sequence[tuple[float, str]]] = field(default_factory=dict)
    signs: Sequence[Sign] = ()
    whole: float | None = None
    servers: Sequence[tuple[float, Mapping[str, str]]] = ()
    members: Sequence[MemberLook] = ()


def heard_in(text: str, offset: Offset, host: str, observers: Sequence[str]) -> HostHeard:
    """Return what the record of a host says; the last line may be cut off."""
    said: dict[str, list[tuple[float, str]]] = {}
    for line in text[: text.rfind("\n") + 1].splitlines():
        kind, _, rest = line.partition(" ")
        when, _, words = rest.partition(" ")
        said.setdefault(kind, []).append((offset.ours(float(when)), words))
    # what keepalived said is read twice, as it is said and as a whole at the end
    states = [(when, *_halves(words)) for when, words in sorted(set(said.get("k", ())))]
    names = dict.fromkeys(name for _, name, _ in states if name != "*")
    return HostHeard(
        observers,
        {instance: [(when, state) for when, name, state in states if name in ("*", instance)] for instance in names},
        [Sign(when, host, *_halves(words)) for when, words in sorted(set(said.get("s", ())))],
        max((when for when, _ in said.get("K", ())), default=None),
        [(when, dict(word.rsplit("=", 1) for word in words.split() if word != SILENT)) for when, words in said.get("h", ())],
        [_member(when, words) for when, words in said.get("m", ())],
    )


def unheard(heard: HostHeard, off: Sequence[Off]) -> HostHeard:
    """Return what a host said, and that nothing did while it was off: what was said last does not go on."""
    for begin, end in ((each.begin, each.end) for each in off):
        words = [when for states in heard.instances.values() for when, _ in states]
        looks = [*(when for when, _ in heard.servers), *(each.when for each in heard.members)]
        # it may go on for a moment after it was told to end
        last, first = (max((when for when in times if begin < when < end), default=begin) for times in (words, looks))
        silent = [first + SILENCE * number for number in range(1, int((end - first) / SILENCE) + 1)]
        heard = replace(
            heard,
            instances={name: sorted([*states, (last, "DOWN")], key=_first) for name, states in heard.instances.items()},
            servers=sorted([*heard.servers, *((when, {}) for when in silent)], key=_first) if heard.servers else (),
            members=sorted([*heard.members, *map(MemberLook, silent)], key=lambda each: each.when) if heard.members else (),
        )
    return heard


def _first(pair: tuple[float, object]) -> float:
    return pair[0]


def _halves(words: str) -> tuple[str, str]:
    one, _, two = words.partition(" ")
    return one, two


def _member(when: float, words: str) -> MemberLook:
    term, _, rest = words.partition(" ")
    return MemberLook(when) if term == SILENT else MemberLook(when, int(term), *rest.split())
