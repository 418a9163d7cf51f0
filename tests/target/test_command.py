"""command and shell: results and messages as Ansible's modules give them."""

import re
from typing import Any

import pytest

from runner.target.modules import command, shell
from runner.target.perform import perform
from runner.target.system import System
from tests.target.fake_system import FakeSystem

NOTHING = {"delta": None, "end": None, "start": None, "stderr": ""}
ECHO = {"echo hi": (0, "hi\n\r\n", "")}


def fake(commands: Any = ECHO, **task: Any) -> FakeSystem:
    return FakeSystem(files={"/etc/passwd": ""}, commands=commands, **task)


def test_gives_output_status_and_times() -> None:
    result = fake().perform(command, cmd="echo hi")
    assert {key: result[key] for key in ("changed", "cmd", "rc", "stdout", "stderr", "msg")} == {
        "changed": True,
        "cmd": ["echo", "hi"],
        "rc": 0,
        "stdout": "hi",
        "stderr": "",
        "msg": "",
    }
    assert result["delta"] == "0:00:00"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", result["start"])


def test_keeps_empty_ends_when_told() -> None:
    assert fake().perform(command, cmd="echo hi", strip_empty_ends=False)["stdout"] == "hi\n\r\n"


@pytest.mark.parametrize(
    ("args", "check", "expected"),
    [
        (
            {"creates": "/etc/pass*"},
            False,
            ("Did not run command since '/etc/pass*' exists", "skipped, since /etc/pass* exists", False),
        ),
        ({"removes": "/x"}, False, ("Did not run command since '/x' does not exist", "skipped, since /x does not exist", False)),
        (
            {"creates": "/etc/passwd"},
            True,
            ("Would not run command since '/etc/passwd' exists", "skipped, since /etc/passwd exists", False),
        ),
        ({"creates": "/x"}, True, ("Command would have run if not in check mode", "", True)),
    ],
)
def test_says_why_it_did_not_run(args: dict[str, str], check: bool, expected: tuple[str, str, bool]) -> None:
    result = fake(check=check).perform(command, cmd="echo hi", **args)
    msg, stdout, changed = expected
    assert result == {**NOTHING, "cmd": ["echo", "hi"], "rc": 0, "msg": msg, "stdout": stdout, "changed": changed}


def test_check_mode_skips_what_it_cannot_foresee() -> None:
    result = fake(check=True).perform(shell, cmd="echo hi | wc")
    assert (result["skipped"], result["changed"], result["cmd"]) == (True, False, "echo hi | wc")


@pytest.mark.parametrize(
    ("module", "args", "expected"),
    [
        (command, {}, {"msg": "no command given", "rc": 256, "changed": False, "cmd": None}),
        (command, {"cmd": "a", "argv": ["b"]}, {"msg": "only command or argv can be given, not both"}),
        (command, {"cmd": 'echo "hi'}, {"msg": "cannot split the command into words: No closing quotation"}),
        (command, {"cmd": "echox hi"}, {"msg": "[Errno 2] No such file or directory: b'echox'", "rc": 2, "cmd": "echox hi"}),
        (shell, {"cmd": "exit 3"}, {"msg": "non-zero return code", "rc": 3, "changed": True, "cmd": "exit 3", "stderr": "b"}),
        (
            command,
            {"cmd": "x", "chdir": "/no"},
            {"msg": "Unable to change directory before execution: No such file or directory: '/no'"},
        ),
    ],
)
def test_failures(module: Any, args: dict[str, Any], expected: dict[str, Any]) -> None:
    result = fake({"/bin/sh -c 'exit 3'": (3, "a\n", "b\n")}).perform(module, **args)
    assert result["failed"] is True
    assert {key: result[key] for key in expected} == expected


def test_stdin_expansion_and_directory_on_the_real_system(tmp_path: Any) -> None:
    everything = {"cmd": "cat", "stdin": "one", "chdir": str(tmp_path)}
    assert perform(command, everything, System())["stdout"] == "one"
    assert perform(command, {**everything, "stdin_add_newline": False, "strip_empty_ends": False}, System())["stdout"] == "one"
    assert perform(command, {"cmd": "pwd", "chdir": str(tmp_path)}, System())["stdout"] == str(tmp_path)
    system = System()
    system.environ["MUSTER_TEST_WORD"] = "two words"
    try:
        assert perform(command, {"argv": ["echo", "$MUSTER_TEST_WORD", "$NOPE_", "*"]}, system)["stdout"] == "two words $NOPE_ *"
        plain = perform(command, {"argv": ["echo", "$MUSTER_TEST_WORD"], "expand_argument_vars": False}, System())
        assert plain["stdout"] == "$MUSTER_TEST_WORD"
    finally:
        del system.environ["MUSTER_TEST_WORD"]


def test_output_that_is_no_text_survives() -> None:
    assert perform(shell, {"cmd": "printf '\\377x'"}, System())["stdout"] == "\udcffx"


def test_a_daemon_that_keeps_the_pipes_does_not_hold_the_task() -> None:
    result = perform(shell, {"cmd": "sleep 5 & echo started"}, System())
    assert result["stdout"] == "started"
    assert result["delta"] < "0:00:02"
