"""The displays that show results in other forms, the lines as their plugins write them (community.general 10, ansible.posix 1.6)."""

import io

import pytest

from runner.model import event as events
from runner.report.choose import report_for
from runner.report.settings import ConsoleSettings, console_settings

LABEL = events.TaskLabel("t1", "bad", "fail")
COMMAND = events.TaskLabel("t2", "say", "command")


def lines(name: str, stream: list[events.Event], settings: ConsoleSettings | None = None) -> list[str]:
    """Return what a display writes below headlines."""
    out = io.StringIO()
    report = report_for(name, settings or ConsoleSettings(explain=False), out, io.StringIO())
    for each in stream:
        report.handle(each)
    report.close()
    return [line for line in out.getvalue().splitlines() if not line.startswith("TASK [")][1:]


FAILED = events.HostFinished("h1", LABEL, "failed", {"changed": False, "failed": True, "msg": "line1\nline2"})
SAID = events.HostFinished("h1", COMMAND, "changed", {"changed": True, "rc": 0, "stdout": "a\nb", "stdout_lines": ["a", "b"]})


@pytest.mark.parametrize("name", ["yaml", "community.general.yaml"])
def test_yaml(name: str) -> None:
    assert lines(name, [FAILED]) == ["fatal: [h1]: FAILED! => changed=false ", "  msg: |-", "    line1", "    line2"]
    assert lines(name, [SAID], ConsoleSettings(verbosity=1)) == [
        "changed: [h1] => changed=true ",
        "  rc: 0",
        "  stdout: |-",
        "    a",
        "    b",
        "  stdout_lines: <omitted>",
    ]


def test_debug() -> None:
    assert lines("debug", [FAILED]) == ["fatal: [h1]: FAILED! => {", '    "changed": false', "}", "", "MSG:", "", "line1", "line2"]
    said = lines("debug", [SAID], ConsoleSettings(verbosity=1))
    assert said == ["changed: [h1] => {", '    "changed": true,', '    "rc": 0', "}", "", "STDOUT:", "", "a", "b"]


@pytest.mark.parametrize("name", ["minimal", "oneline"])
def test_a_loop_is_shown_as_a_whole(name: str) -> None:
    item = {"msg": "x", "item": 1, "changed": False}
    stream: list[events.Event] = [
        events.ItemFinished("h1", LABEL, "ok", item, "1"),
        events.HostFinished("h1", LABEL, "ok", {"results": [item], "msg": "All items completed"}, items=True),
    ]
    out = io.StringIO()
    report = report_for(name, ConsoleSettings(), out, io.StringIO())
    for each in stream:
        report.handle(each)
    assert out.getvalue().count("h1 | SUCCESS") == 1
    assert "All items completed" in out.getvalue()


def test_a_line_for_each_host_that_begins() -> None:
    settings = console_settings({"ANSIBLE_SHOW_PER_HOST_START": "1", "MUSTER_EXPLAIN": "0"}, io.StringIO())
    stream: list[events.Event] = [events.TaskStarted(LABEL), events.HostStarted("h1", LABEL)]
    assert lines("default", stream, settings) == [" [started TASK: bad on h1]"]
    assert lines("default", stream) == []
