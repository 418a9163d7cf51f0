"""What the observers of services saw in one run: masters of VRRP, leaders of etcd, who noticed the fault, and who was blind when. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise

from runner.drill import detection, statistics
from runner.drill.heard import SILENT, HostHeard, MemberLook, Sign
from runner.drill.model import Drill, Observed, Span
from runner.record import dataclass, field

# Looks at haproxy and etcd come so often, and may take so long, in seconds.
PERIOD, SLOWEST = 0.1, 1.0
JOURNAL_ERROR = 0.01


@dataclass(frozen=True, slots=True)
class Sights:
    """One run. masters: VRRP instance -> who was MASTER when. leaders: which hosts' etcd led by its own word.
    terms: each term with who led in it.

    detect: seconds from the fault to the first sign of it, None if there was none. observers: those that the drill has.
    blind: observer -> host -> when it did not look. states: host -> what is looked at -> what was said of it.
    """

    observers: tuple[str, ...] = ()
    masters: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    leaders: tuple[Span, ...] = ()
    terms: tuple[tuple[int, str], ...] = ()
    signs: tuple[Sign, ...] = ()
    first: Sign | None = None
    detect: float | None = None
    detect_error: float = 0.0
    blind: Mapping[str, Mapping[str, tuple[Span, ...]]] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, Sequence[Span]]] = field(default_factory=dict)

    @property
    def two_masters(self) -> float:
        """Seconds during which an instance had more than one MASTER, the worst of them."""
        return max((_seconds(statistics.several(spans)) for spans in self.masters.values()), default=0.0)

    @property
    def no_master(self) -> float:
        """Seconds during which an instance had none."""
        return max((_seconds([span for span in spans if not span.value]) for spans in self.masters.values()), default=0.0)

    @property
    def masters_at_end(self) -> dict[str, list[str]]:
        """Who is MASTER of each instance at the end."""
        return {instance: spans[-1].value.split() for instance, spans in self.masters.items()}

    @property
    def no_leader(self) -> float:
        """Seconds during which no member of etcd led."""
        return _seconds([span for span in self.leaders if not span.value])

    @property
    def leader_changes(self) -> int:
        """How often another member led than before. One that was deposed may say for a moment more that it leads: each term has one."""
        return max(0, len([host for host, _ in groupby(host for _, host in self.terms)]) - 1)


def _seconds(spans: Sequence[Span]) -> float:
    return sum(span.seconds for span in spans)


def sights(drill: Drill, observed: Observed) -> Sights:
    """Return what the observers of a run saw."""
    heard, window = observed.heard, (observed.begin, observed.end)
    instances = dict.fromkeys(name for each in heard.values() for name in each.instances)
    found = tuple(sign for sign in detection.signs(heard) if window[0] <= sign.when <= window[1])
    first = detection.first_sign(found, observed.broken)
    set_at = min((each.set_at for each in observed.broken if each.set_at is not None), default=0.0)
    claims = {host: [(look.when, look.leads) for look in each.members] for host, each in heard.items() if each.members}
    clocks = sum(sorted(observed.clock_errors.values())[-2:])
    return Sights(
        tuple(drill.observers),
        {name: tuple(statistics.holders(_holding(heard, name), *window)) for name in instances},
        tuple(statistics.holders(claims, *window)) if claims else (),
        _terms(heard, window),
        found,
        first,
        first.when - set_at if first else None,
        clocks + (JOURNAL_ERROR if first and first.source == "keepalived" else PERIOD),
        _blind(heard, window),
        {host: said for host, each in heard.items() if (said := _states(each, window))},
    )


def _states(each: HostHeard, window: tuple[float, float]) -> dict[str, list[Span]]:
    """Return what a host's services said of themselves, one after the other."""
    said: dict[str, list[tuple[float, str]]] = {f"keepalived {name}": list(states) for name, states in each.instances.items()}
    for server in dict.fromkeys(name for _, servers in each.servers for name in servers):
        said[f"haproxy {server}"] = [(when, servers.get(server, SILENT)) for when, servers in each.servers]
    if each.members:
        said["etcd"] = [(look.when, _member_state(look)) for look in each.members]
    return {what: statistics.states(looks, *window) for what, looks in said.items()}


def _member_state(look: MemberLook) -> str:
    if look.term is None:
        return SILENT
    word = "leads" if look.leads else "follows" if look.leader != "0" else "has no leader"
    return f"{word}, term {look.term}"


def _terms(heard: Mapping[str, HostHeard], window: tuple[float, float]) -> tuple[tuple[int, str], ...]:
    """Return each term with who led in it. There is one leader to a term (the safety of Raft), though a member that is just elected may
    answer once with the term before: who said it most often was it.
    """
    looks = [(look.when, look.term, host) for host, each in heard.items() for look in each.members if look.term is not None and look.leads]
    claims = Counter((term, host) for when, term, host in sorted(looks) if window[0] <= when <= window[1])
    led: dict[int, str] = {}
    for (term, host), _ in claims.most_common():
        led.setdefault(term, host)
    return tuple(sorted(led.items()))


def _holding(heard: Mapping[str, HostHeard], instance: str) -> dict[str, list[tuple[float, bool]]]:
    return {host: [(when, state == "MASTER") for when, state in each.instances.get(instance, ())] for host, each in heard.items()}


def _blind(heard: Mapping[str, HostHeard], window: tuple[float, float]) -> dict[str, dict[str, tuple[Span, ...]]]:
    found: dict[str, dict[str, tuple[Span, ...]]] = {}
    for host, each in heard.items():
        looks = {
            "keepalived": _unheard(each, window) if "keepalived" in each.observers else (),
            "haproxy": _unlooked([(when, bool(servers)) for when, servers in each.servers], window) if "haproxy" in each.observers else (),
            "etcd": _unlooked([(look.when, look.term is not None) for look in each.members], window) if "etcd" in each.observers else (),
        }
        for name, spans in looks.items():
            if spans:
                found.setdefault(name, {})[host] = tuple(spans)
    return found


def _unheard(each: HostHeard, window: tuple[float, float]) -> Sequence[Span]:
    """The journal tells all up to a moment, and the state at the beginning only if a state was told before."""
    begin, end = window
    if each.whole is None or not each.instances:
        return [Span(begin, end)]
    first = max(states[0][0] for states in each.instances.values())
    late = [Span(begin, first)] if first > begin else []
    return late + ([Span(max(begin, each.whole), end)] if each.whole < end else [])


def _unlooked(looks: Sequence[tuple[float, bool]], window: tuple[float, float]) -> Sequence[Span]:
    """Between looks much further apart than they should be; all the time where not one was answered: there may be nothing to look at."""
    if not any(answered for _, answered in looks):
        return [Span(*window)]
    times = [window[0], *(when for when, _ in looks if window[0] <= when <= window[1]), window[1]]
    return [Span(one, two) for one, two in pairwise(times) if two - one > SLOWEST + 5 * PERIOD]
