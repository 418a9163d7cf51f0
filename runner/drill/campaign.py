"""A whole drill: each case so often as asked, with the steady state before and after, and what is said of it at the end."""

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from runner.drill.finding import Finding, overall
from runner.drill.follow import Follower
from runner.drill.ground import Ground
from runner.drill.guarding import Step
from runner.drill.measure import Measure, measure
from runner.drill.model import Case, Drill, Observed, Steady
from runner.drill.perform import no_steps, perform
from runner.drill.stage import stage
from runner.drill.verdict import judge
from runner.errors import RunnerError
from runner.plan.convert import CannotConvert, to_bool
from runner.record import dataclass, field

SETTLE = (0.0, 3.0, 5.0)
MARK = "drill_target"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, run so often as asked."""

    case: Case
    measures: tuple[Measure, ...]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> str:
        return overall(finding.verdict for finding in self.findings)


@dataclass(slots=True)
class Campaign:
    """Runs a drill. wait: runs a coroutine to its end. steady: returns what of a steady state does not hold. say: takes a line.

    follower: shows each run while it goes on. step: see `Guards`.
    """

    ground: Ground
    drill: Drill
    owner: str
    wait: Callable[[Coroutine[Any, Any, Observed]], Observed]
    steady: Callable[[Steady], list[str]]
    say: Callable[[str], None]
    follower: Follower | None = None
    step: Step = no_steps
    pause: Callable[[float], None] = time.sleep
    outcomes: list[Outcome] = field(default_factory=list)

    def run(self, cases: Sequence[Case], repeat: int) -> list[Outcome]:
        """Run the cases and return what came of them. What was measured before an error stays in `outcomes`.

        Raises RunnerError when a case cannot begin, or the steady state does not hold before anything was broken. Where it does not
        come back after a fault that is a failure, and the drill ends there: what is broken already is not broken further.
        """
        for number, case in enumerate(cases):
            if number:
                self.pause(self.drill.cooldown)
            if not self._case(case, repeat):
                break
        return self.outcomes

    def _case(self, case: Case, repeat: int) -> bool:
        """Run one case; tell whether the steady state held to the end."""
        measures: list[Measure] = []
        wrong: list[str] = []
        try:
            for number in range(1, repeat + 1):
                if number > 1:
                    self.pause(self.drill.cooldown)
                if number == 1:
                    self._must_be_steady(case)
                observed = self.wait(self._perform(case, f"run {number} of {repeat}"))
                measures.append(measure(self.drill, observed))
                self.say(f"{case.name}: run {number} of {repeat}: {in_words(measures[-1])}")
                wrong = [f"after run {number}: {each}" for each in self._unsteady()]
                if wrong:
                    break
        finally:
            if measures:
                self.outcomes.append(Outcome(case, tuple(measures), tuple(judge(case, measures, wrong))))
        return not wrong

    async def _perform(self, case: Case, which: str) -> Observed:
        if self.follower is None:
            return await perform(self.ground, self.drill, case, self.owner, self.say, step=self.step)
        async with self.follower.following(self.drill, case, f"{self.drill.name}, {case.name}, {which}") as onlooker:
            return await perform(self.ground, self.drill, case, self.owner, self.say, onlooker, self.step)

    def _must_be_steady(self, case: Case) -> None:
        if wrong := self._unsteady():
            raise RunnerError(
                f"{self.drill.name}, {case.name}: the steady state does not hold, so nothing was broken",
                found="; ".join(wrong),
                remedy="mend the hosts first, or `muster drill heal` what an earlier drill left",
            )

    def _unsteady(self) -> list[str]:
        """Return what does not hold, after giving it some time to."""
        wrong: list[str] = []
        for seconds in SETTLE:
            if seconds:
                self.pause(seconds)
            wrong = [each for steady in self.drill.steady for each in self.steady(steady)]
            if not wrong:
                break
        return wrong


def in_words(one: Measure) -> str:
    """Return one run in one line."""
    words = [
        f"{name}: {probe.longest:.2f} s of outage, {probe.lost} of {probe.sent} lost, slowest answer {probe.slowest or 0:.2f} s"
        for name, probe in one.probes.items()
    ]
    if one.holders:
        words.append(f"at most {one.most_holders} holder{'s' * (one.most_holders != 1)}, {one.split_seconds:.2f} s of split brain")
        words.append("nobody took over" if one.take_over is None else f"taken over after {one.take_over:.2f} s")
    if one.sights.observers:
        first, after = one.sights.first, one.sights.detect
        noticed = f"noticed after {after:.2f} s by {first.source} on {first.host} ({first.text})" if first else "noticed by nothing"
        words.append(noticed)
    return "; ".join(words)


def marked(value: object) -> bool:
    """Tell whether the mark says yes, as a truth value or in one of the language's words for it."""
    try:
        return to_bool(value)
    except CannotConvert:
        return False


def refuse_unmarked(ground: Ground, drill: Drill, cases: Sequence[Case], named: str | None) -> None:
    """Raise RunnerError unless every host that something befalls is marked as a drill target, or the drill was allowed by its name."""
    hosts = {host for case in cases for host, _, _ in stage(ground, drill, case).befallen}
    unmarked = sorted(host for host in hosts if not marked(ground.variable(host, MARK)))
    if unmarked and named != drill.name:
        said = {host: ground.variable(host, MARK) for host in unmarked}
        raise RunnerError(
            f"the drill {drill.name} breaks things on hosts that are not marked as a drill target: {', '.join(unmarked)}",
            expected=f"`{MARK}: true` among the variables of each of them",
            found="; ".join(f"{host}: {value}" for host, value in said.items() if value is not None),
            remedy=f"mark them in the inventory, or say --allow {drill.name}",
        )
