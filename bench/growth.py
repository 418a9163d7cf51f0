"""Is growth linear? Muster on ever more hosts and ever more tasks, and the straight line that fits best (CPU seconds)."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import measure
import runners
import works
from hosts import Hosts


def fit(programs: Path, hosts: Hosts) -> dict[str, Any]:
    """Return for hosts and for tasks: milliseconds each, seconds at the start, R² and the points. Uses at most 50 hosts."""
    most = min(hosts.count, 50)
    by_hosts = [(count, _took(programs, hosts, count, 40)) for count in sorted({1, most // 5 or 1, most // 2 or 1, most})]
    by_tasks = [(count, _took(programs, hosts, 1, count)) for count in (50, 200, 400, 800)]
    return {"hosts (40 tasks)": _line(by_hosts), "tasks (1 host)": _line(by_tasks)}


def _took(programs: Path, hosts: Hosts, count: int, tasks: int) -> float:
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        works.files(tasks)(Path(folder))
        hosts.clean()
        argv, environment = runners.muster(programs, runners.Case(hosts, Path(folder), count, hosts.port))
        return measure.run(argv, environment, Path(folder), 120, hosts.pids).cpu


def _line(points: list[tuple[int, float]]) -> dict[str, Any]:
    xs, ys = [float(x) for x, _ in points], [y for _, y in points]
    slope, start = statistics.linear_regression(xs, ys) if len(set(xs)) > 1 else (0.0, ys[0])
    mean = statistics.mean(ys)
    rest = sum((y - start - slope * x) ** 2 for x, y in points)
    total = sum((y - mean) ** 2 for y in ys) or 1.0
    return {"each_ms": slope * 1000, "start": start, "r2": 1 - rest / total, "points": points}
