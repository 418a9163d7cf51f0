"""What services said of themselves in a run: the lines of the observer `watch_events` -> values on our clock. Pure."""

from collections.abc import Mapping, Sequence

from runner.drill.clock import Offset
from runner.record import dataclass, field

# Nobody answered.
SILENT = "-"


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


def _halves(words: str) -> tuple[str, str]:
    one, _, two = words.partition(" ")
    return one, two


def _member(when: float, words: str) -> MemberLook:
    term, _, rest = words.partition(" ")
    return MemberLook(when) if term == SILENT else MemberLook(when, int(term), *rest.split())
