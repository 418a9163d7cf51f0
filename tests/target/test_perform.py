"""The glue: look, decide, apply; check and diff; failures become results."""

from types import SimpleNamespace
from typing import Any

import pytest

from runner.target.decision import Decision, ModuleFailed
from runner.target.modules import ping
from runner.target.perform import perform
from tests.target.fake_system import FakeSystem

PATH = {
    "type": "object",
    "properties": {"path": {"format": "path"}, "size": {"default": 3}, "all": {"items": {"format": "path"}}},
}


def stateful(changed: bool = True) -> Any:
    return SimpleNamespace(
        ARGUMENTS=PATH,
        look=lambda args, system: system.exists(args["path"]),
        decide=lambda args, state: Decision(changed, {"was": state, "size": args["size"]}, {"before": "a", "after": "b"}),
        apply=lambda args, decision, system: system.write_atomic(args["path"], b"x") or {"wrote": True},
    )


def failing(error: Exception) -> Any:
    def run(args: Any, system: Any) -> None:
        system.warn("careful")
        raise error

    return SimpleNamespace(ARGUMENTS={}, run=run)


def test_applies_what_was_decided() -> None:
    system = FakeSystem(environ={"HOME": "/tmp"})
    assert perform(stateful(), {"path": "~/f"}, system) == {"was": False, "size": 3, "changed": True, "wrote": True}
    assert system.text("/tmp/f") == "x"


@pytest.mark.parametrize(("given", "environ", "wanted"), [(None, "1", True), (None, "0", False), (False, "1", False), (None, None, False)])
def test_an_argument_that_is_not_given_may_come_from_the_tasks_environment(
    given: bool | None, environ: str | None, wanted: bool
) -> None:
    schema = {"type": "object", "properties": {"unsafe": {"type": "boolean", "environment": "MUSTER_TEST"}}}
    module = SimpleNamespace(ARGUMENTS=schema, run=lambda args, system: {"unsafe": args["unsafe"]})
    system = FakeSystem(environ={} if environ is None else {"MUSTER_TEST": environ})
    assert perform(module, {"unsafe": given}, system)["unsafe"] is wanted


def test_check_mode_changes_nothing_and_still_shows_the_difference() -> None:
    system = FakeSystem(check=True, diff=True)
    assert system.perform(stateful(), path="/tmp/f") == {
        "was": False,
        "size": 3,
        "changed": True,
        "diff": {"before": "a", "after": "b"},
    }
    assert "/tmp/f" not in system.files


def test_no_change_does_not_apply() -> None:
    system = FakeSystem()
    assert system.perform(stateful(changed=False), path="/tmp/f")["changed"] is False
    assert "/tmp/f" not in system.files


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ModuleFailed("no", rc=3), {"failed": True, "changed": False, "msg": "no", "rc": 3, "warnings": ["careful"]}),
        (FileNotFoundError(2, "No such file or directory", "/x"), {"msg": "No such file or directory: '/x'"}),
        (KeyError("k"), {"msg": "this is a bug in the module: KeyError: 'k'"}),
    ],
)
def test_failures_become_results(error: Exception, expected: dict[str, Any]) -> None:
    result = FakeSystem().perform(failing(error))
    assert result["failed"] is True
    assert {key: result.get(key) for key in expected} == expected
    assert ("exception" in result) is not isinstance(error, ModuleFailed)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (PermissionError(13, "Permission denied", "/etc/x"), "become: true"),
        (OSError(28, "No space left on device", "/etc/x"), "make room"),
        (OSError(30, "Read-only file system", "/etc/x"), "mount"),
    ],
)
def test_an_error_of_the_operating_system_says_what_to_do_and_is_no_exception(error: OSError, remedy: str) -> None:
    result = FakeSystem().perform(failing(error))
    assert result["msg"] == f"{error.strerror}: '/etc/x'"
    assert remedy in result["_muster"]["remedy"]
    assert "exception" not in result


def test_ping_returns_data_or_breaks() -> None:
    assert FakeSystem().perform(ping) == {"ping": "pong", "changed": False}
    assert FakeSystem().perform(ping, data="crash")["failed"] is True
