"""The numbers of a bench: kept as JSON, written as a table and as a plot."""

import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import plot
from measure import Measured
from scenarios import Scenario, scenarios

ORDER = ("muster", "pyinfra", "mitogen", "ansible")


class Results:
    """Everything measured. rows: scenario name and phase -> runner -> list of runs."""

    def __init__(self, folder: Path, *, keep: bool, session: str = "") -> None:
        self.folder = folder
        self.session = session
        self.file = folder / "results.json"
        data: dict[str, Any] = json.loads(self.file.read_text()) if keep and self.file.exists() else {}
        self.rows: dict[str, dict[str, list[dict[str, Any]]]] = data.get("rows", {})
        self.versions: dict[str, str] = data.get("versions", {})
        self.loads: list[float] = data.get("loads", [])
        self.yaml: float | None = data.get("yaml")
        self.growth: dict[str, Any] = data.get("growth", {})

    def of_session(self, one: Scenario, runner: str) -> dict[str, list[dict[str, Any]]]:
        """Return what a runner took in this session: phase -> runs."""
        return {phase: [run for run in self._row(one, phase).get(runner, []) if run.get("session") == self.session] for phase in one.phases}

    def _row(self, one: Scenario, phase: str) -> dict[str, list[dict[str, Any]]]:
        return self.rows.get(f"{one.name}:{phase}", {})

    def add(self, one: Scenario, phase: str, runner: str, took: Measured, on_hosts: float, wrong: str) -> None:
        """Take in one run; those of earlier sessions go."""
        load = os.getloadavg()[0]
        self.loads.append(load)
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
        run = {"wall": took.wall, "cpu": took.cpu, "peak": took.peak, "hosts": on_hosts, "wrong": wrong, "load": load, "when": when}
        runs = self.of_session(one, runner)[phase]
        self.rows.setdefault(f"{one.name}:{phase}", {})[runner] = [*runs, {**run, "session": self.session}]

    def write(self) -> None:
        """Write results.json, RESULTS.md and results.svg."""
        data = {"rows": self.rows, "versions": self.versions, "loads": self.loads, "yaml": self.yaml, "growth": self.growth}
        self.file.write_text(json.dumps(data, indent=1) + "\n")
        lines = [*self._head(), *self._table(), *self._tail()]
        (self.folder / "RESULTS.md").write_text("\n".join(lines) + "\n")
        (self.folder / "results.svg").write_text(plot.bars(self._bars(), ORDER))

    def _head(self) -> list[str]:
        low, high = (min(self.loads), max(self.loads)) if self.loads else (0, 0)
        return [
            "# Measured side by side",
            "",
            "Written by `make bench`. All hosts are one sshd on loopback addresses of the same machine; every runner takes its turn in",
            "each round; the median is shown. The end state of each run is checked. Forks = hosts, pipelining and ControlPersist are on;",
            "Mitogen runs as `mitogen_linear`; pyinfra runs deploys of its own, `--no-wait`. *hosts* is CPU time on the hosts' side",
            "(sshd and what it starts), *cpu* that of the runner and all its processes, *memory* the peak of their shares together.",
            "Rows measured at different times (last column, UTC) were measured beside different other work: compare within a time.",
            "",
            f"- {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC; {os.cpu_count()} cores, {platform.machine()},"
            f" Linux {platform.release()}",
            f"- load of the machine during the runs: {low:.1f} to {high:.1f} (1-minute average, this bench included; other work beside it)",
            *(f"- {name}: {self.versions[name]}" for name in ORDER if name in self.versions),
            "",
            "![medians](results.svg)",
            "",
        ]

    def _table(self) -> list[str]:
        titles = ("scenario", "runner", "seconds", "× muster", "cpu s", "hosts cpu s", "memory MiB", "runs", "load", "measured")
        lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
        for one, phase, key in self._keys():
            row = self.rows[key]
            own = _median(row.get("muster", []), "wall")
            title = f"{one.title}{', ' + phase if phase else ''}"
            shown = [name for name in ORDER if name in row]
            lines += [_line(title if name == shown[0] else "", name, row[name], own) for name in shown]
        return lines

    def _keys(self) -> list[tuple[Scenario, str, str]]:
        found = [(one, phase, f"{one.name}:{phase}") for one in scenarios() for phase in one.phases]
        return [each for each in found if each[2] in self.rows]

    def _bars(self) -> list[tuple[str, dict[str, float]]]:
        found = []
        for one, phase, key in self._keys():
            values = {name: _median(runs, "wall") for name, runs in self.rows[key].items()}
            found.append((f"{one.title}{', ' + phase if phase else ''}", {name: each for name, each in values.items() if each}))
        return found

    def _tail(self) -> list[str]:
        lines = [""]
        if self.yaml is not None:
            lines.append(f"Reading YAML with positions takes {self.yaml:.2f} times as long as PyYAML's C loader without them (CPU time).")
        for axis, found in self.growth.items():
            unit, each = found["unit"], found["each"]
            amount = f"{each * 1000:.2f} ms" if unit == "s" else f"{each:.2f} {unit}"
            line = f"{axis[0].upper()}{axis[1:]}: {amount} each, {found['start']:.2f} {unit} at the start, R² = {found['r2']:.4f}"
            lines += ["", line + " of a straight line"]
            lines.append("(" + ", ".join(f"{x}: {y:.2f}" for x, y in found["points"]) + f" {unit}).")
        return lines


def _line(title: str, name: str, runs: list[dict[str, Any]], own: float | None) -> str:
    wall = _median(runs, "wall")
    if wall is None:
        least = f"> {runs[0]['wall'] / own:.1f}" if own and runs[0]["wrong"].startswith("not done after") else ""
        return f"| {title} | {name} | {runs[0]['wrong']} | {least} | | | | {len(runs)} | {runs[0]['load']:.1f} | {_when(runs)} |"
    ratio = f"{wall / own:.1f}" if own else ""
    values = " | ".join(f"{_median(runs, word) or 0:.{digits}f}" for word, digits in (("cpu", 2), ("hosts", 2), ("peak", 0)))
    load = statistics.mean(run["load"] for run in runs)
    return f"| {title} | {name} | {wall:.2f} | {ratio} | {values} | {len(runs)} | {load:.1f} | {_when(runs)} |"


def _when(runs: list[dict[str, Any]]) -> str:
    """Return the day and time of the last run, without the year."""
    return str(max(run.get("when", "") for run in runs))[5:]


def _median(runs: list[dict[str, Any]], word: str) -> float | None:
    good = [run[word] for run in runs if not run["wrong"]]
    return statistics.median(good) if good else None
