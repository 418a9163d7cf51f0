"""Is growth linear? Muster on ever more hosts and ever more tasks, and the straight line that fits best."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import measure
import runners
import works
from hosts import Hosts

CHAIN = (20, 60, 100)


def fit(programs: Path, hosts: Hosts) -> dict[str, Any]:
    """Return for each thing that grows: the amount each costs, the amount at the start, R², the points, and the unit.

    CPU with hosts (at most 50) and with tasks, memory with hosts, and wall time with tasks that wait for each other, in round trips.
    """
    most = min(hosts.count, 50)
    by_hosts = [(count, _run(programs, hosts, count, works.files(40))) for count in sorted({1, most // 5 or 1, most // 2 or 1, most})]
    by_tasks = [(count, _run(programs, hosts, 1, works.files(count)).cpu) for count in (50, 200, 400, 800)]
    found = {
        "CPU with hosts (40 tasks)": _line([(count, run.cpu) for count, run in by_hosts], "s"),
        "memory with hosts (40 tasks)": _line([(count, run.peak) for count, run in by_hosts], "MiB"),
        "CPU with tasks (1 host)": _line(by_tasks, "s"),
    }
    for delay in (25.0, 100.0):
        walls = [(count, _run(programs, hosts, 1, works.chain(count), delay).wall * 1000 / delay) for count in CHAIN]
        found[f"wall time with tasks that need the result before (1 host, {delay:g} ms round trip)"] = _line(walls, "round trips")
    return found


def _run(programs: Path, hosts: Hosts, count: int, work: works.Work, delay: float = 0) -> measure.Measured:
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        work(Path(folder))
        hosts.clean()
        argv, environment = runners.muster(programs, runners.Case(hosts, Path(folder), count, hosts.reached_by(delay)))
        took = measure.run(argv, environment, Path(folder), 120, hosts.pids)
        if took.status:
            raise SystemExit(took.output)
        return took


def _line(points: list[tuple[int, float]], unit: str) -> dict[str, Any]:
    xs, ys = [float(x) for x, _ in points], [y for _, y in points]
    slope, start = statistics.linear_regression(xs, ys) if len(set(xs)) > 1 else (0.0, ys[0])
    mean = statistics.mean(ys)
    rest = sum((y - start - slope * x) ** 2 for x, y in points)
    total = sum((y - mean) ** 2 for y in ys) or 1.0
    return {"each": slope, "start": start, "r2": 1 - rest / total, "points": points, "unit": unit}
