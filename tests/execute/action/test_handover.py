"""package and service choose the module for the host; reboot waits for another boot. The task is a stand-in."""

import asyncio
from types import SimpleNamespace

import pytest

from runner.errors import TaskError, Unreachable
from runner.execute.action import package, reboot, service
from runner.model.request import ShellAnswer
from runner.model.variables import MISSING
from runner.plan.arguments import prepare


class Task(SimpleNamespace):
    """Records the calls; `answers` gives the result of a module by name."""

    def __init__(self, facts=None, answers=None, variables=None, defaults=(), shell=None, check=False, kind="ssh"):
        super().__init__(
            target=SimpleNamespace(facts=SimpleNamespace(plain=facts or {}), name="web1"),
            plan=SimpleNamespace(frame=SimpleNamespace(module_defaults=defaults)),
            variables=SimpleNamespace(find=lambda name: (variables or {}).get(name, MISSING)),
            play=SimpleNamespace(run=SimpleNamespace(foreign=None)),
            link=SimpleNamespace(shell=shell, reset=self.count_reset),
            address=SimpleNamespace(kind=kind),
            become=None,
            check=check,
            calls=[],
            warnings=[],
            resets=0,
        )
        self.answers = answers or {}

    def render(self, value):
        return value

    def warn(self, text):
        self.warnings.append(text)

    async def count_reset(self):
        self.resets += 1

    async def call(self, module, args, **_options):
        self.calls.append((module, dict(args)))
        return self.answers.get(module, {"changed": True})


def run(action, task, **args):
    return asyncio.run(action.run(prepare("x", action.ARGUMENTS, args), task))


@pytest.mark.parametrize(
    ("manager", "module"),
    [("apt", "apt"), ("dnf", "dnf"), ("yum", "dnf"), ("dnf5", "dnf"), ("pacman", "pacman"), ("pkgng", "pkgng")],
)
def test_package_by_fact(manager, module):
    task = Task({"pkg_mgr": manager})
    assert run(package, task, name=["vim"], state="present", update_cache=True) == {"changed": True}
    assert task.calls == [(module, {"name": ["vim"], "state": "present", "update_cache": True})]


def test_package_by_a_module_of_a_collection(monkeypatch):
    async def run_module(_plan, _task, name, args):
        return {"ran": name, **args}

    monkeypatch.setattr(package.foreign, "located", lambda _plan, _play, _render, name: SimpleNamespace(name=f"c.g.{name}", alone=False))
    monkeypatch.setattr(package.foreign, "run_module", run_module)
    task = Task({"pkg_mgr": "zypper"})
    assert run(package, task, name="vim", state="latest") == {"ran": "c.g.zypper", "name": "vim", "state": "latest"}


def test_package_asks_when_facts_were_not_gathered():
    task = Task(answers={"setup": {"ansible_facts": {"ansible_pkg_mgr": "apt"}}})
    run(package, task, name="vim")
    assert [call[0] for call in task.calls] == ["setup", "apt"]


def test_package_by_use_and_variable_and_defaults():
    task = Task({"pkg_mgr": "dnf"}, defaults=[{"ansible.builtin.apt": {"cache_valid_time": 60}}])
    run(package, task, name="vim", use="ansible.builtin.apt")
    assert task.calls == [("apt", {"cache_valid_time": 60, "name": "vim"})]
    with pytest.raises(TaskError, match='Could not find a matching action for the "lola" package manager'):
        run(package, Task(variables={"ansible_package_use": "lola"}), name="vim")
    with pytest.raises(TaskError, match="Could not detect which package manager to use"):
        run(package, Task({"pkg_mgr": "unknown"}), name="vim")


def test_service_by_fact():
    task = Task({"service_mgr": "systemd"})
    run(service, task, name="x", state="started", sleep=5)
    assert task.calls == [("systemd", {"name": "x", "state": "started"})]
    assert task.warnings == ['Ignoring "sleep" as it is not used in "systemd"']
    other = Task({"service_mgr": "openrc"})
    run(service, other, name="x", enabled=True, runlevel="boot")
    assert other.calls == [("sysvinit", {"name": "x", "enabled": True, "arguments": "", "runlevels": ["boot"]})]
    with pytest.raises(TaskError, match="Could not find a matching service module"):
        run(service, Task(), name="x", state="started", use="nope")


class Host:
    """A host whose boot id changes some tries after the command, and that is away meanwhile."""

    def __init__(self, away=2, ready=1, refuses=False):
        self.away, self.ready, self.refuses, self.boot, self.commands = away, ready, refuses, "one", []

    async def shell(self, command, **_options):
        self.commands.append(command)
        if "boot_id" in command:
            if self.boot == "two" and self.away:
                self.away -= 1
                raise Unreachable("no route")
            return ShellAnswer(0, self.boot.encode(), b"")
        if "shutdown" in command:
            if self.refuses:
                return ShellAnswer(1, b"", b"Access denied")
            self.boot = "two"
            raise Unreachable("closed")
        self.ready -= 1
        return ShellAnswer(0 if self.ready <= 0 else 1, b"root", b"")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(reboot, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(reboot, "LONGEST_WAIT", 0.02)


def test_reboot_waits_for_another_boot_and_a_ready_host():
    host = Host(away=3, ready=2)
    task = Task(shell=host.shell)
    result = run(reboot, task, msg="it's time")
    assert (result["changed"], result["rebooted"]) == (True, True)
    assert task.resets >= 3
    assert "'it'\"'\"'s time'" in host.commands[1]


def test_reboot_refused_and_late():
    with pytest.raises(TaskError, match=r"Reboot command failed\. Error was: ', Access denied'"):
        run(reboot, Task(shell=Host(refuses=True).shell))
    with pytest.raises(TaskError, match=r"Timed out waiting for last boot time check \(timeout=0.1\)") as late:
        run(reboot, Task(shell=Host(away=1000).shell), reboot_timeout=0.1)
    assert late.value.result["rebooted"] is False
    with pytest.raises(TaskError, match=r"Timed out waiting for post-reboot test command \(timeout=0.1\)"):
        run(reboot, Task(shell=Host(ready=1000).shell), reboot_timeout=0.1)


def test_reboot_in_check_mode_and_locally():
    assert run(reboot, Task(check=True)) == {"changed": True, "elapsed": 0, "rebooted": True}
    with pytest.raises(TaskError, match="would reboot the control node"):
        run(reboot, Task(kind="local"))


def test_delays_are_whole_minutes():
    args = prepare("reboot", reboot.ARGUMENTS, {"pre_reboot_delay": 61, "search_paths": ["/a b/"]})
    assert "-r +1 " in reboot.command(args)
    assert "'/a b/shutdown'" in reboot.command(args)
    assert reboot.delay_minutes({"pre_reboot_delay": -61}) == 0
    assert reboot.command(args | {"reboot_command": "kexec -e"}) == "kexec -e"
