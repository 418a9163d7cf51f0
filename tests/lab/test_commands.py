"""The lab's verbs, over a driver that makes nothing."""

import pytest

from runner.errors import ParseError, RunnerError
from runner.lab import commands, state
from runner.lab.commands import HostStatus
from runner.lab.description import Lab
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED, HostState
from runner.lab.state import StateFolder
from tests.lab.conftest import FakeDriver, Programs


@pytest.fixture(autouse=True)
def sshd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_sshd_answers", lambda address: True)


def having(**states: str) -> FakeDriver:
    return FakeDriver({name: HostState(name, there, fits=there != ABSENT) for name, there in states.items()})


def silent(line: str) -> None:
    """Say nothing."""


def test_up_makes_all_hosts_and_writes_the_files(small: Lab, folder: StateFolder) -> None:
    driver, said = having(a=ABSENT, b=ABSENT), list[str]()
    commands.up(small, folder, driver, said.append)
    assert sorted(driver.calls) == ["create a", "create b", "prepare"]
    assert folder.known_hosts.read_text() == "a,172.30.59.11 ssh-ed25519 KEYa\nb,172.30.59.12 ssh-ed25519 KEYb\n"
    assert folder.inventory.exists()
    assert folder.ssh_config.exists()
    assert said[-1].startswith("2 hosts are up after ")


def test_up_twice_does_nothing(small: Lab, folder: StateFolder) -> None:
    driver = having(a=RUNNING, b=RUNNING)
    commands.up(small, folder, driver, silent)
    assert driver.calls == ["prepare"]


def test_up_brings_back_what_is_off_or_paused(small: Lab, folder: StateFolder) -> None:
    driver = having(a=STOPPED, b=PAUSED)
    commands.up(small, folder, driver, silent)
    assert sorted(driver.calls) == ["prepare", "start a", "unpause b"]


def test_up_replaces_what_is_described_otherwise_and_removes_leftovers(small: Lab, folder: StateFolder) -> None:
    driver = having(a=RUNNING, b=RUNNING, old=RUNNING)
    driver.there["b"] = HostState("b", RUNNING, fits=False)
    commands.up(small, folder, driver, silent)
    assert sorted(driver.calls) == ["create b", "prepare", "remove b", "remove old"]


def test_up_hands_the_passwords_over_by_input_only(small: Lab, folder: StateFolder) -> None:
    driver, said = having(a=RUNNING, b=RUNNING), list[str]()
    commands.up(small, folder, driver, said.append)
    words = state.read_passwords(folder)
    assert all(f"alice:{words['alice']}" in script for script in driver.scripts)
    assert words["alice"] not in " ".join(said) + folder.inventory.read_text()


def test_up_tells_of_a_host_that_is_not_well(small: Lab, folder: StateFolder) -> None:
    driver, said = having(a=RUNNING, b=RUNNING), list[str]()
    driver.systemd = "degraded"
    commands.up(small, folder, driver, said.append)
    assert "a: systemd says degraded; see `muster lab ssh a systemctl --failed`" in said


def test_a_host_that_never_settles_is_an_error(small: Lab) -> None:
    driver = having(a=RUNNING)
    driver.systemd = "starting"
    with pytest.raises(RunnerError, match=r"a did not come up within 0\.1 s") as caught:
        commands.wait_until_settled(driver, small.hosts[0], 0.1)
    assert "systemd says `starting`" in caught.value.found
    assert caught.value.remedy == "muster lab reset a"


def test_reset_makes_all_hosts_anew(small: Lab, folder: StateFolder) -> None:
    driver = having(a=RUNNING, b=STOPPED)
    commands.reset(small, folder, driver, silent)
    assert sorted(set(driver.calls)) == ["create a", "create b", "prepare", "remove a", "remove b"]


def test_reset_of_one_leaves_the_other(small: Lab, folder: StateFolder) -> None:
    driver = having(a=RUNNING, b=RUNNING)
    commands.reset(small, folder, driver, silent, ["b"])
    assert sorted(set(driver.calls)) == ["create b", "prepare", "remove b"]
    with pytest.raises(ParseError, match="no host `c`"):
        commands.reset(small, folder, driver, silent, ["c"])


def test_down_takes_everything_away_but_the_keys(small: Lab, folder: StateFolder) -> None:
    driver, said = having(a=RUNNING, b=ABSENT, old=STOPPED), list[str]()
    state.have_secrets(folder)
    commands.down(small, driver, said.append)
    assert driver.calls == ["dismantle"]
    assert said == ["2 hosts taken away"]
    assert folder.key.exists()


def test_status_logs_in_where_there_is_a_host(small: Lab, folder: StateFolder) -> None:
    programs = Programs({"ssh": (255, "Warning: x\nHost key verification failed.")})
    rows = commands.status(small, folder, having(a=RUNNING, b=PAUSED), programs)
    assert rows == [
        HostStatus("a", "172.30.59.11", RUNNING, "running", "Host key verification failed."),
        HostStatus("b", "172.30.59.12", PAUSED, "-", "-"),
    ]
    assert len(programs.calls) == 1
    assert "BatchMode=yes" in programs.calls[0]
    assert not rows[0].well


def test_ssh_words(folder: StateFolder) -> None:
    words = commands.ssh_argv(folder, "a", ["uptime"], "ops")
    assert words == ["ssh", "-F", str(folder.ssh_config), "-l", "ops", "--", "a", "uptime"]


def test_ssh_before_up_says_so(small: Lab, folder: StateFolder) -> None:
    with pytest.raises(RunnerError, match="the lab small is not up"):
        commands.ssh(small, folder, "a")
