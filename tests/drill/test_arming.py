"""The shell that keeps a drill from leaving damage, run for real with stand-ins for systemd."""

import pytest

from runner.drill import arming
from runner.drill.arming import BUSY, NOT_READY, Arming
from runner.drill.deed import Deed
from runner.drill.faults import deed
from runner.drill.model import Fault
from tests.drill.conftest import Bench


def example(bench: Bench, delay: float = 0.2) -> Arming:
    return Arming(0, Deed(f"echo broken > {bench.folder}/victim", f"rm -f {bench.folder}/victim"), delay, 5.0)


def test_the_undo_is_armed_and_seen_to_run_before_the_fault_is_started(bench: Bench) -> None:
    bench.run(arming.lock("me", 60))
    bench.folder.joinpath("calls").unlink(missing_ok=True)
    assert bench.run(arming.arm(example(bench))).returncode == 0
    words = [" ".join(each.split()[:3]) for each in bench.calls]
    assert words == ["systemd-run --quiet --collect", "systemctl is-active --quiet", "systemd-run --quiet --collect"]
    assert "--unit=muster-drill-undo-0 /bin/sh -c sleep 5.200; exec /bin/sh" in bench.calls[0]
    assert bench.calls[1].endswith("muster-drill-undo-0.service")
    assert "--unit=muster-drill-fault-0" in bench.calls[2]


@pytest.mark.parametrize("program", ["systemd-run", "systemctl"])
def test_no_fault_is_started_when_the_undo_cannot_be_armed(bench: Bench, program: str) -> None:
    bench.run(arming.lock("me", 60))
    bench.folder.joinpath("calls").unlink(missing_ok=True)
    bench.folder.joinpath(f"fails-{program}").touch()
    assert bench.run(arming.arm(example(bench))).returncode != 0
    assert not [each for each in bench.calls if "fault-0" in each]


def test_a_fault_is_set_and_undone_and_both_are_written_down(bench: Bench) -> None:
    bench.run(arming.lock("me", 60))
    bench.run(arming.arm(example(bench)))
    assert bench.run(f"/bin/sh {arming.FOLDER}/fault-0.sh").returncode == 0
    assert bench.folder.joinpath("victim").exists()
    assert bench.run(f"/bin/sh {arming.FOLDER}/undo-0.sh").returncode == 0
    assert not bench.folder.joinpath("victim").exists()
    marks = [line.split()[::2] for line in bench.place.joinpath("log").read_text().splitlines()]
    assert [mark[0] for mark in marks] == ["set", "was-set", "undo", "undone"]
    assert all(mark[1].startswith("0") for mark in marks)


def test_a_fault_that_comes_after_its_undo_is_not_set(bench: Bench) -> None:
    bench.run(arming.lock("me", 60))
    bench.run(arming.arm(example(bench)))
    bench.run(f"/bin/sh {arming.FOLDER}/undo-0.sh")
    assert bench.run(f"/bin/sh {arming.FOLDER}/fault-0.sh").returncode == 1
    assert not bench.folder.joinpath("victim").exists()


def test_heal_undoes_what_is_armed_and_gives_the_host_back(bench: Bench) -> None:
    bench.run(arming.lock("me", 60))
    bench.run(arming.arm(example(bench)))
    bench.run(f"/bin/sh {arming.FOLDER}/fault-0.sh")
    done = bench.run(arming.heal())
    assert (done.returncode, done.stdout.strip()) == (0, "undone: undo-0")
    assert not bench.folder.joinpath("victim").exists()
    assert not bench.place.exists()
    assert bench.run(arming.heal()).stdout == ""


def test_a_drill_heals_only_the_hosts_it_has(bench: Bench) -> None:
    bench.run(arming.lock("first", 60))
    bench.run(arming.arm(example(bench)))
    assert bench.run(arming.heal("second")).returncode == 0
    assert bench.place.joinpath("undo-0.sh").exists()
    assert bench.run(arming.heal("first")).stdout == "undone: undo-0\n"
    assert not bench.place.exists()


def test_a_host_looks_at_itself_once_when_it_starts_and_healing_takes_that_away(bench: Bench) -> None:
    place, link = (bench.folder / name for name in ("early.service", "wants/early.service"))

    def here(script: str) -> str:
        wanted = arming.EARLY.replace("/system/", "/system/sysinit.target.wants/")
        for there, name in ((wanted, link), (wanted.rpartition("/")[0], link.parent), (arming.EARLY, place)):
            script = script.replace(there, str(name))
        return script.replace(arming.KEPT, str(bench.folder / "kept"))

    assert bench.run(here(arming.early("/usr/bin/python3", 90.4))).returncode == 0
    text = place.read_text()
    assert link.resolve() == place
    # it takes itself away before anything else, and services wait for its first look
    assert text.index(f"ExecStartPre=/bin/rm -f {place} {link}\n") < text.index("ExecStart=/usr/bin/timeout 90 /usr/bin/python3 -I -S ")
    assert "Before=sysinit.target" in text
    assert "until [ -s" in text
    # it ends in time, without having failed, also where nobody came for its record, as the controller is gone
    assert "SuccessExitStatus=124 143\n" in text
    assert f"""ExecStopPost=/bin/sh -c 'if [ "$$EXIT_STATUS" = 124 ]; then rm -rf {bench.folder / "kept"}; fi'\n""" in text
    assert bench.run(here(arming.heal())).returncode == 0
    assert not place.exists()
    assert not link.is_symlink()


def test_heal_keeps_what_cannot_be_undone_and_says_so(bench: Bench) -> None:
    bench.run(arming.lock("me", 60))
    bench.run(arming.arm(Arming(3, Deed("true", "false"), 0.2, 5.0)))
    done = bench.run(arming.heal())
    assert done.returncode == 1
    assert "NOT undone" in done.stdout
    assert bench.place.joinpath("undo-3.sh").exists()


def test_two_drills_are_kept_apart(bench: Bench) -> None:
    assert bench.run(arming.lock("first", 60)).returncode == 0
    second = bench.run(arming.lock("second", 60))
    assert second.returncode == BUSY
    who, left = second.stdout.split()
    assert who == "first"
    assert 0 < int(left) <= 60


def test_a_host_that_another_drill_has_by_now_is_told(bench: Bench) -> None:
    """Somebody healed it in the middle of the first drill, whose recorders have the same names as the second's."""
    assert bench.run(arming.still("first")).returncode == 0
    bench.run(arming.lock("first", 60))
    assert bench.run(arming.still("first")).returncode == 0
    bench.run(arming.heal())
    bench.run(arming.lock("second", 60))
    now = bench.run(arming.still("first"))
    assert (now.returncode, now.stdout.strip()) == (arming.BUSY, "second")


def test_a_lock_whose_time_is_over_is_taken_after_healing(bench: Bench) -> None:
    bench.run(arming.lock("dead", 0))
    bench.run(arming.arm(example(bench)))
    bench.run(f"/bin/sh {arming.FOLDER}/fault-0.sh")
    assert bench.run(arming.lock("next", 60)).returncode == 0
    assert not bench.folder.joinpath("victim").exists()
    assert bench.place.joinpath("lock").read_text().startswith("next ")


def test_a_service_that_does_not_run_cannot_be_stopped(bench: Bench) -> None:
    stop = deed(Fault("x", "service", {"name": "keepalived", "action": "stop"}, 5), 0)
    answer = bench.run(arming.ready(stop))
    assert answer.returncode == NOT_READY
    assert "not active" in answer.stdout


def test_a_program_that_is_missing_is_named(bench: Bench) -> None:
    answer = bench.run(arming.ready(Deed("true", "true", programs=("no-such-program",))))
    assert (answer.returncode, answer.stdout.strip()) == (NOT_READY, "no-such-program is not installed")
