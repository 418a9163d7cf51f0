"""Measures muster and its peers side by side: `python bench/run.py --help`. Writes bench/RESULTS.md and bench/results.svg."""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import growth
import half_hour
import measure
import results
import runners
import yaml_ratio
from hosts import Hosts
from scenarios import Scenario, scenarios

HERE = Path(__file__).parent
QUICK = ("version", "debug", "files-1", "files-10", "files-1-25ms", "loop")


def options() -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "muster-bench", help="folder of the peers' environments")
    parser.add_argument("--scenario", action="append", help="a scenario's name, or its beginning with *; may be given several times")
    parser.add_argument("--runner", action="append", choices=list(runners.CALLS), help="only these runners")
    parser.add_argument("--hosts", type=int, help="leave out scenarios with more hosts than this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deadline", type=float, default=600, help="seconds one run may take")
    parser.add_argument("--budget", type=float, default=7200, help="seconds after which no further run is begun")
    parser.add_argument("--quick", action="store_true", help=f"{', '.join(QUICK)}; one round, short deadlines: about 7 minutes")
    parser.add_argument("--half-hour", action="store_true", help="the turns of half_hour.py, in their order, in 29 minutes; implies --keep")
    parser.add_argument("--once-over", type=float, default=600, help="a runner that took more seconds has no further rounds")
    parser.add_argument("--session", default="", help="a name: with --keep, what was measured under it counts and is not measured again")
    parser.add_argument("--keep", action="store_true", help="keep the numbers of earlier runs for scenarios not measured now")
    parser.add_argument("--growth", action="store_true", help="also fit the growth with hosts and tasks (muster only)")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for RESULTS.md, results.json and results.svg")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.scenario = chosen.scenario or list(QUICK)
        chosen.rounds, chosen.deadline, chosen.budget = 1, min(chosen.deadline, 150), min(chosen.budget, 480)
    if chosen.half_hour:
        chosen.keep, chosen.once_over = True, min(chosen.once_over, 12)
        chosen.deadline, chosen.budget = min(chosen.deadline, 330), min(chosen.budget, 1740)
    chosen.session = chosen.session or time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    return chosen


class Bench:
    """One session of measurements."""

    def __init__(self, chosen: argparse.Namespace, hosts: Hosts) -> None:
        self.chosen = chosen
        self.hosts = hosts
        self.end = time.monotonic() + chosen.budget
        self.found = results.Results(chosen.out, keep=chosen.keep, session=chosen.session)
        names = chosen.runner or list(runners.CALLS)
        self.programs = {
            name: runners.ROOT / ".venv" / "bin" if name == "muster" else runners.install(name, chosen.cache) for name in names
        }

    def versions(self) -> None:
        """Note which versions are measured."""
        for name, programs in self.programs.items():
            said = _output([programs / runners.VERSION_WORDS[name], "--version"])
            version = re.search(r"[\d.]+\d", said)
            self.found.versions[name] = version[0] if version else "?"
        if "mitogen" in self.programs:
            pip = _output([self.programs["mitogen"] / "pip", "show", "mitogen"])
            self.found.versions["mitogen"] += " with mitogen " + pip.split("Version: ")[1].split("\n")[0]

    def scenario(self, one: Scenario, runners: tuple[str, ...]) -> None:
        """Measure a scenario with each runner in turns, in every round."""
        for number in range(self.chosen.rounds):
            for name in self.programs:
                if name in one.runners and name in runners and self._is_due(one, name, number):
                    self._turn(one, name, number)
            self.found.write()

    def _is_due(self, one: Scenario, name: str, number: int) -> bool:
        """Tell whether a runner has a turn in this round: not when it was too slow, or had it already in this session."""
        done = self.found.of_session(one, name)
        slow = any(run["wrong"] or run["wall"] > self.chosen.once_over for runs in done.values() for run in runs)
        return time.monotonic() < self.end and not slow and min((len(runs) for runs in done.values()), default=0) <= number

    def _turn(self, one: Scenario, name: str, number: int) -> None:
        """Measure one runner once."""
        with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
            check = one.work(Path(folder))
            hung = "127.0.1.7" if one.hung else ""
            case = runners.Case(self.hosts, Path(folder), one.hosts, self.hosts.reached_by(one.delay, hung), one.local)
            if one.name == "version":
                argv = [str(self.programs[name] / runners.VERSION_WORDS[name]), "--version"]
                environment = runners.plain_environment(case)
            else:
                argv, environment = runners.CALLS[name](self.programs[name], case)
            self.hosts.clean()
            for phase in one.phases:
                if phase == "edited":
                    check = one.edit(Path(folder))
                before = self.hosts.cpu_seconds()
                took = measure.run(argv, environment, Path(folder), self.chosen.deadline, self.hosts.pids)
                time.sleep(0.2)
                on_hosts = self.hosts.cpu_seconds() - before
                wrong = self._wrong(one, took, check)
                if wrong and took.status is not None:
                    (self.chosen.out / f"failed-{one.name}-{name}.txt").write_text(took.output)
                self.found.add(one, phase, name, took, on_hosts, wrong)
                word = wrong or f"{took.wall:.2f} s, cpu {took.cpu:.2f} s, {took.peak:.0f} MiB, hosts {on_hosts:.2f} s"
                print(f"{one.name:16} {phase:8} {name:8} round {number + 1}: {word}", flush=True)
                if took.status is None:
                    return

    def _wrong(self, one: Scenario, took: measure.Measured, check: object) -> str:
        if took.status is None:
            return f"not done after {self.chosen.deadline:g} s"
        assert callable(check)
        roots = [self.hosts.files / str(number) for number in range(1, one.hosts + 1) if not (one.hung and number == 7)]
        try:
            done = all(check(root) for root in roots)
        except OSError as error:
            return f"the work was not done: {error}"
        if not done:
            return "the work was not done"
        return f"exit status {took.status}" if took.status and not one.hung else ""


def _output(argv: list[str | Path]) -> str:
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout


def main() -> None:
    """Measure what was chosen and write the results."""
    chosen = options()
    wanted = [each for each in scenarios() if _matches(each.name, chosen.scenario) and each.hosts <= (chosen.hosts or 10_000)]
    measure.become_reaper()
    hosts = Hosts(Path(tempfile.mkdtemp(prefix="muster-bench-hosts-")), max((each.hosts for each in wanted), default=1))
    try:
        bench = Bench(chosen, hosts)
        bench.versions()
        for one, names in _turns(chosen, wanted):
            bench.scenario(one, names)
        bench.found.yaml = yaml_ratio.ratio()
        if chosen.growth:
            bench.found.growth = growth.fit(bench.programs["muster"], hosts)
        bench.found.write()
    finally:
        hosts.close()
    print(json.dumps(bench.found.versions))


def _turns(chosen: argparse.Namespace, wanted: list[Scenario]) -> list[tuple[Scenario, tuple[str, ...]]]:
    if not chosen.half_hour:
        return [(each, tuple(runners.CALLS)) for each in wanted]
    named = {each.name: each for each in wanted}
    return [(named[name], names) for name, names in half_hour.TURNS if name in named]


def _matches(name: str, patterns: list[str] | None) -> bool:
    return not patterns or any(name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in patterns)


if __name__ == "__main__":
    sys.exit(main())
