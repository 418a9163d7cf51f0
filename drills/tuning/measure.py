"""Compares settings of keepalived by the same drill on the same lab: `python drills/tuning/measure.py --help`. Writes table.md."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.drill.statistics import summary

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SKEW = (256 - 190) / 256  # of the second member, in intervals (RFC 5798, 6.1)
# name -> what is set for the one VRRP instance; the first four and the preemption ones speak unicast, as the role does by default
SETTINGS: dict[str, dict[str, Any]] = {
    "advert_int 1": {"advert_int": 1},
    "advert_int 0.5": {"advert_int": 0.5},
    "advert_int 0.2": {"advert_int": 0.2},
    "advert_int 0.1": {"advert_int": 0.1},
    "advert_int 1, multicast": {"advert_int": 1, "unicast": False},
    "advert_int 0.5, multicast": {"advert_int": 0.5, "unicast": False},
    "advert_int 0.2, multicast": {"advert_int": 0.2, "unicast": False},
    "advert_int 0.1, multicast": {"advert_int": 0.1, "unicast": False},
    "advert_int 0.5, preempt_delay 5": {"advert_int": 0.5, "preempt_delay": 5},
    "advert_int 0.5, nopreempt": {"advert_int": 0.5, "nopreempt": True},
    "advert_int 0.5, the script asks for a page": {"advert_int": 0.5},
}
ALIVE = "/usr/bin/curl -sf -o /dev/null -m 1 http://127.0.0.1:8404/haproxy-alive"
PAGE = "/usr/bin/curl -sf -o /dev/null -m 1 http://127.0.0.1/"
# setting -> another script than that of playbooks/group_vars. Without a weight where lower priority alone does not move the address.
SCRIPTS: dict[str, dict[str, Any]] = {
    "advert_int 0.5, nopreempt": {"name": "haproxy", "command": ALIVE, "interval": 1, "rise": 1},
    "advert_int 0.5, the script asks for a page": {"name": "haproxy", "command": PAGE, "interval": 1, "rise": 1, "weight": -50},
}


@dataclass(frozen=True)
class Felt:
    """What one run was like. At the fault: what began before it was undone; at the return: what began afterwards. Seconds, and requests."""

    fault_outage: float
    fault_lost: int
    return_outage: float
    return_lost: int
    split_brain: float
    take_over: float | None
    nobody: float
    blind: bool


def felt(run: dict[str, Any]) -> Felt:
    """Return what a run of report.json was like."""
    undone = max(each["undone"] for each in run["broken"])
    probes = run["probes"].values()
    outages = [(begin, end - begin) for probe in probes for begin, end, _ in probe["outages"]]
    lost = [begun for probe in probes for _, begun, _, outcome in probe["requests"] if outcome != "ok"]
    return Felt(
        max((length for begin, length in outages if begin < undone), default=0.0),
        sum(begun < undone for begun in lost),
        max((length for begin, length in outages if begin >= undone), default=0.0),
        sum(begun >= undone for begun in lost),
        run["split_brain"],
        run["take_over"],
        run["nobody"],
        bool(run["complaints"] or run["blind"] or any(probe["blind"] for probe in probes)),
    )


def spread(values: Iterable[float | None], digits: int = 2) -> str:
    """Return median and maximum of what is known, and where its mean is with 95 % certainty."""
    known = [each for each in values if each is not None]
    said = summary(known)
    if said is None:
        return "never"
    sure = "" if said.low is None or said.high is None else f" ({max(0.0, said.low):.{digits}f} .. {said.high:.{digits}f})"
    return f"{said.p50:.{digits}f} / {max(known):.{digits}f}{sure}"


def row(setting: str, runs: Sequence[Felt]) -> str:
    """Return the line of a setting in the table of one case. Runs in which somebody was blind are counted, and left out."""
    good = [run for run in runs if not run.blind]
    bound = (3 + SKEW) * float(SETTINGS[setting]["advert_int"])
    cells = [
        setting,
        f"{len(good)}" + (f" (of {len(runs)})" if len(good) < len(runs) else ""),
        f"{bound:.2f}",
        spread(run.take_over for run in good),
        spread(run.fault_outage for run in good),
        spread((run.fault_lost for run in good), 0),
        spread(run.return_outage for run in good),
        spread((run.return_lost for run in good), 0),
        spread(run.split_brain for run in good),
        spread(run.nobody for run in good),
    ]
    return f"| {' | '.join(cells)} |"


HEAD = (
    "setting", "runs", "bound", "taken over after", "outage at the fault", "requests lost", "outage at the return", "requests lost then",
    "split brain", "nobody held it",
)  # fmt: skip


def tables(out: Path) -> str:
    """Return a table for each case from all reports in the folder of results."""
    found: dict[str, dict[str, list[Felt]]] = {}
    for setting in SETTINGS:
        for report in sorted(out.glob(f"{folder_of(setting)}/*/vrrp-tuning/report.json")):
            for case in json.loads(report.read_text(encoding="utf-8"))["cases"]:
                found.setdefault(case["name"], {}).setdefault(setting, []).extend(felt(run) for run in case["runs"])
    lines: list[str] = []
    for case, settings in found.items():
        lines += [f"**{case}**", "", f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
        lines += [row(setting, runs) for setting, runs in settings.items()] + [""]
    return "\n".join(lines)


def folder_of(setting: str) -> str:
    """Return the name of the folder of a setting's reports."""
    return setting.replace(",", "").replace(" ", "-")


def muster(*words: str) -> int:
    """Run muster and return its exit status."""
    return subprocess.run([sys.executable, "-m", "runner", *words], cwd=ROOT, check=False).returncode


def measure(setting: str, inventory: Path, out: Path, repeat: int) -> None:
    """Bring a setting to the hosts and drill it. Raises SystemExit when that cannot be done."""
    instance = {"name": "front", "virtual_router_id": 51, "addresses": ["{{ vip }}/24"], "track": ["haproxy"], **SETTINGS[setting]}
    # Members that change between unicast and multicast one at a time are two masters for a while; the gate would stop there.
    variables: dict[str, Any] = {"keepalived_instances": [instance], "keepalived_gate": False}
    if setting in SCRIPTS:
        variables["keepalived_scripts"] = [SCRIPTS[setting]]
    if muster("play", "-i", str(inventory), "-e", json.dumps(variables), "playbooks/site.yml"):
        raise SystemExit(f"{setting}: the play failed")
    code = muster("drill", "-i", str(inventory), "--repeat", str(repeat), "--report-dir", str(out), str(HERE / "vrrp.yml"))
    # 3 is unknown: a run in which somebody was blind; the table leaves it out and says so
    if code not in (0, 3):
        raise SystemExit(f"{setting}: the drill ended with {code}")


def main() -> None:
    """Measure what is asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each case in each round")
    parser.add_argument("--rounds", type=int, default=2, help="how often all are gone through, so that a busy hour does not hit one")
    parser.add_argument("--setting", action="append", choices=list(SETTINGS), help="only this one; may be given again")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "tuning", help="folder of the reports and of table.md")
    parser.add_argument("--only-table", action="store_true", help="make the table of the reports that are there")
    chosen = parser.parse_args()
    if not chosen.only_table:
        lab = ("lab", "--file", str(HERE / "lab.yml"))
        if muster(*lab, "up"):
            raise SystemExit("the lab does not come up")
        try:
            for number in range(1, chosen.rounds + 1):
                for setting in chosen.setting or SETTINGS:
                    out = chosen.out / folder_of(setting) / str(number)
                    measure(setting, ROOT / ".lab" / "tuning" / "hosts.yml", out, chosen.repeat)
        finally:
            muster(*lab, "down")
    text = tables(chosen.out)
    (chosen.out / "table.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
