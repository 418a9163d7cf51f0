"""Is growth linear? Muster on ever more hosts and ever more tasks, and the straight line that fits best."""

import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import measure
import runners
import works
from hosts import Hosts, free_port, wait_for

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
        real = round_trip(delay)
        walls = [(count, _run(programs, hosts, 1, works.chain(count), delay).wall * 1000 / real) for count in CHAIN]
        title = f"wall time with tasks that need the result before (1 host, {delay:g} ms relay, round trip measured as {real:.1f} ms)"
        found[title] = _line(walls, "round trips")
    return found


def round_trip(delay: float) -> float:
    """Return the milliseconds that a byte takes through the relay and back: what it is told, and what its timers add."""
    with socket.create_server(("127.0.1.1", 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        port = free_port()
        argv = [sys.executable, str(Path(__file__).parent / "relay.py"), str(port), str(server.getsockname()[1]), str(delay)]
        with subprocess.Popen(argv) as relay:
            wait_for(port)
            with socket.create_connection(("127.0.1.1", port)) as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                took = [_ping(client) for _ in range(40)]
            relay.terminate()
    return statistics.median(took) * 1000


def _echo(server: socket.socket) -> None:
    while True:
        try:
            client, _ = server.accept()
            while data := client.recv(100):
                client.sendall(data)
            client.close()
        except OSError:
            return


def _ping(client: socket.socket) -> float:
    begun = time.monotonic()
    client.sendall(b"x")
    client.recv(1)
    return time.monotonic() - begun


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
