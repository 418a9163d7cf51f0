"""Reports for machines and for single modules."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runner.errors import UnknownName, UsageError
from runner.model import event as events
from runner.position import Position
from runner.report.adhoc import Minimal, Oneline
from runner.report.choose import NAMES, report_for
from runner.report.json_lines import JsonLines
from runner.report.json_report import JsonReport
from runner.report.junit import Junit
from runner.report.settings import ConsoleSettings, console_settings
from tests.report.replay import recorded

RAN = {"changed": True, "rc": 0, "stdout": "out\nout2", "stderr": "err", "msg": ""}
LOOPED = {"changed": True, "msg": "All items completed", "results": [{"item": 1, "rc": 0, "stdout": "out"}]}
BROKE = {**RAN, "rc": 2, "failed": True, "msg": "non-zero return code"}


def adhoc(kind: type[Minimal], action: str, status: str, result: dict[str, object]) -> str:
    out = io.StringIO()
    report = kind(ConsoleSettings(), out, io.StringIO())
    report.handle(events.HostFinished("h1", events.TaskLabel("t", action, action), status, result))
    report.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("action", "status", "result", "minimal", "oneline"),
    [
        ("ping", "ok", {"changed": False, "ping": "pong"}, 'h1 | SUCCESS => {\n    "changed": false,\n    "ping": "pong"\n}\n',
         'h1 | SUCCESS => {"changed": false,"ping": "pong"}\n'),
        ("shell", "changed", RAN, "h1 | CHANGED | rc=0 >>\nout\nout2err\n",
         "h1 | CHANGED | rc=0 | (stdout) out\\nout2 (stderr) err\n"),
        ("command", "failed", {"rc": 2, "msg": "no such file", "failed": True}, "h1 | FAILED | rc=2 >>\nno such file\n",
         'h1 | FAILED! => {"msg": "no such file","rc": 2}\n'),
        ("shell", "failed", BROKE, "h1 | FAILED | rc=2 >>\nout\nout2errnon-zero return code\n", None),
        ("fail", "failed", {"failed": True, "msg": "no"}, 'h1 | FAILED! => {\n    "msg": "no"\n}\n',
         'h1 | FAILED! => {"msg": "no"}\n'),
        ("debug", "ok", {"changed": False, "msg": "hi"}, 'h1 | SUCCESS => {\n    "msg": "hi"\n}\n',
         'h1 | SUCCESS => {    "changed": false,    "msg": "hi"}\n'),
        ("command", "skipped", {"skipped": True}, "h1 | SKIPPED\n", "h1 | SKIPPED\n"),
        ("command", "changed", {"changed": True, "rc": 0, "stdout": "", "stderr": "", "msg": ""},
         "h1 | CHANGED | rc=0 >>\n\n", "h1 | CHANGED | rc=0 | (stdout) \n"),
        # a loop over commands is shown as a command whose code nobody knows, as by Ansible
        ("shell", "changed", LOOPED, "h1 | CHANGED | rc=-1 >>\nAll items completed\n", "h1 | CHANGED | rc=-1 | (stdout) \n"),
        ("command", "failed", {**LOOPED, "failed": True, "msg": "One or more items failed"},
         "h1 | FAILED | rc=-1 >>\nOne or more items failed\n", None),
        ("ping", "ok", {"changed": False, "msg": "All items completed", "results": [{"item": 1, "failed": False}]},
         'h1 | SUCCESS => {\n    "changed": false,\n    "msg": "All items completed",\n    "results": [\n        {\n'
         '            "failed": false,\n            "item": 1\n        }\n    ]\n}\n',
         'h1 | SUCCESS => {"changed": false,"msg": "All items completed","results": [{"failed": false,"item": 1}]}\n'),
        ("command", "failed", {"failed": True, "module_stderr": "no python", "rc": 127},
         'h1 | FAILED! => {\n    "module_stderr": "no python",\n    "rc": 127\n}\n', None),
        ("ping", "unreachable", {"msg": "a\nb", "unreachable": True},
         'h1 | UNREACHABLE! => {\n    "msg": "a\\nb",\n    "unreachable": true\n}\n', "h1 | UNREACHABLE!: a\\nb\n"),
    ],
)  # fmt: skip
def test_adhoc(action: str, status: str, result: dict[str, object], minimal: str, oneline: str | None) -> None:
    assert adhoc(Minimal, action, status, result) == minimal
    if oneline is not None:
        assert adhoc(Oneline, action, status, result) == oneline


def test_adhoc_says_what_was_expected_beside_the_result() -> None:
    err = io.StringIO()
    notes = {"position": "command line:1", "expected": "a module", "nearest": ["ping"], "remedy": "correct it"}
    report = Minimal(ConsoleSettings(), io.StringIO(), err)
    for no_log in (False, True):
        label = events.TaskLabel("t", "pign", "pign", no_log=no_log)
        report.handle(events.HostFinished("h1", label, "failed", {"failed": True, "msg": "no", "_muster": notes}))
    assert err.getvalue() == "  expected: a module\n  did you mean: ping?\n  remedy: correct it\n"


def test_oneline_has_no_room_for_what_changed() -> None:
    result = {"changed": True, "diff": {"before": "a\n", "after": "b\n"}}
    for kind, lines in ((Minimal, 9), (Oneline, 1)):
        out = io.StringIO()
        label = events.TaskLabel("t", "copy", "copy", diff=True)
        kind(ConsoleSettings(), out, io.StringIO()).handle(events.HostFinished("h1", label, "changed", dict(result)))
        assert len(out.getvalue().splitlines()) == lines, out.getvalue()


def test_the_short_displays_tell_of_the_configuration_too() -> None:
    for verbosity, told in ((0, ""), (1, "No config file found; using defaults\n")):
        out = io.StringIO()
        Minimal(ConsoleSettings(verbosity=verbosity), out, io.StringIO()).handle(events.Noted("No config file found; using defaults", 1))
        assert out.getvalue() == told


def test_json_lines_is_one_object_an_event() -> None:
    out = io.StringIO()
    report = JsonLines(out)
    label = events.TaskLabel("t", "n", "ping", Position("a.yml", 2, 3), tags=("x",))
    result = {"changed": False, "_ansible_no_log": False, "_muster": {"remedy": "r"}}
    report.handle(events.HostFinished("h", label, "ok", result))
    report.handle(events.RunFinished({"h": events.Tally(ok=1)}, 0))
    report.close()
    first, last = (json.loads(line) for line in out.getvalue().splitlines())
    assert first["event"] == "HostFinished"
    assert first["task"]["position"] == "a.yml:2:3"
    assert first["result"] == {"changed": False, "_muster": {"remedy": "r"}}
    assert last["tallies"]["h"]["ok"] == 1


def test_json_report_has_plays_tasks_hosts_and_stats() -> None:
    out = io.StringIO()
    report = JsonReport(out, lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    for each in recorded("retries_loops_includes"):
        report.handle(each)
    document = json.loads(out.getvalue())
    assert [play["play"]["name"] for play in document["plays"]] == ["One"]
    task = document["plays"][0]["tasks"][0]
    assert task["task"]["name"] == "retry"
    assert task["task"]["duration"] == {"start": "2026-01-02T03:04:05.000000Z", "end": "2026-01-02T03:04:05.000000Z"}
    assert task["hosts"]["h1"]["failed"] is True
    assert task["hosts"]["h1"]["action"] == "command"
    assert document["stats"]["h1"] == {
        "ok": 20, "changed": 7, "unreachable": 0, "failures": 1, "skipped": 0, "rescued": 0, "ignored": 4
    }  # fmt: skip
    assert document["global_custom_stats"] == {"k": {"a": 1}, "z": "ss"}


@pytest.mark.parametrize(("lockstep", "entries"), [(True, [["h1"], ["h1"]]), (False, [["h1"]])])
def test_json_report_names_a_task_each_time_it_runs(lockstep: bool, entries: list[list[str]]) -> None:
    out = io.StringIO()
    report = JsonReport(out)
    label = events.TaskLabel("t", "included", "debug", Position("a.yml", 2, 3))
    report.handle(events.PlayStarted("p", ("h1",), Position("a.yml", 1), lockstep=lockstep))
    for _ in range(2):
        report.handle(events.TaskStarted(label))
        report.handle(events.HostFinished("h1", label, "ok", {"changed": False}))
    report.handle(events.RunFinished({}, 0))
    play = json.loads(out.getvalue())["plays"][0]
    assert play["play"]["path"] == f"{Path.cwd()}/a.yml:1"
    assert play["tasks"][0]["task"]["path"] == f"{Path.cwd()}/a.yml:2"
    assert [list(each["hosts"]) for each in play["tasks"]] == entries


@pytest.mark.parametrize(
    ("status", "result", "wanted"),
    [
        ("ok", {"failed": False, "skipped": False}, {}),
        ("changed", {"failed": False, "results": [{"failed": False}]}, {"results": [{"failed": False}]}),
        ("ok", {"failed": False, "failed_when_result": False}, {"failed_when_result": False}),
        ("failed", {"failed": True, "skipped": True}, {"failed": True}),
        ("failed", {"failed": True, "skipped": False}, {"failed": True}),
        ("skipped", {"failed": False}, {"skipped": True}),
        ("unreachable", {"failed": False}, {"unreachable": True}),
    ],
)
def test_json_report_leaves_out_what_is_not_so(status: str, result: dict[str, object], wanted: dict[str, object]) -> None:
    out = io.StringIO()
    report = JsonReport(out)
    label = events.TaskLabel("t", "n", "ping")
    report.handle(events.TaskStarted(label))
    report.handle(events.HostFinished("h1", label, status, {**result, "changed": status == "changed"}))
    report.handle(events.RunFinished({}, 0))
    found = json.loads(out.getvalue())["plays"][0]["tasks"][0]["hosts"]["h1"]
    assert found == {**wanted, "action": "ping", "changed": status == "changed"}


def test_junit_counts_and_escapes() -> None:
    out = io.StringIO()
    report = Junit(out)
    for each in recorded("diffs_and_failures")[:-1]:
        report.handle(each)
    label = events.TaskLabel("t", "bad \x00 <name>", "ping", Position("a.yml", 2, 3))
    report.handle(events.HostFinished("h", label, "failed", {"msg": "<no>\x1b[31m"}, seconds=1.5))
    report.handle(events.RunFinished({}, 2))
    suite = ElementTree.fromstring(out.getvalue().split("\n", 1)[1]).findall("testsuite")[-1]
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert suite.get("failures") == "3"
    assert suite.get("skipped") == "1"
    case = suite.findall("testcase")[-1]
    assert case.get("name", "").endswith("bad ? <name>")
    assert case.get("classname") == "a.yml:2"
    assert case.find("failure").get("message") == "<no>?[31m"  # type: ignore[union-attr]
    assert case.get("time") == "1.500"


def test_reports_by_name() -> None:
    for name in NAMES:
        report_for(name, ConsoleSettings(), io.StringIO(), io.StringIO()).close()
    assert isinstance(report_for("ansible.posix.json", ConsoleSettings(), io.StringIO(), io.StringIO()), JsonReport)
    with pytest.raises(UnknownName) as caught:
        report_for("jnit", ConsoleSettings(), io.StringIO(), io.StringIO())
    assert caught.value.nearest[0] == "junit"


def test_settings_from_the_environment() -> None:
    out = io.StringIO()
    assert console_settings({}, out).columns == 79
    assert console_settings({}, out, terminal_columns=200).columns == 199
    assert console_settings({"ANSIBLE_FORCE_COLOR": "1"}, out).color
    assert not console_settings({}, out).color
    assert not console_settings({"ANSIBLE_DISPLAY_OK_HOSTS": "no"}, out).show_ok
    with pytest.raises(UsageError, match="ANSIBLE_DISPLAY_OK_HOSTS"):
        console_settings({"ANSIBLE_DISPLAY_OK_HOSTS": "maybe"}, out)


def test_result_format_from_the_environment() -> None:
    settings = console_settings({"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}, io.StringIO())
    assert (settings.style.format, settings.style.pretty) == ("yaml", True)
    with pytest.raises(UsageError) as caught:
        console_settings({"ANSIBLE_CALLBACK_RESULT_FORMAT": "yml"}, io.StringIO())
    assert caught.value.nearest == ("yaml",)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_only_for_terminals_without_no_color() -> None:
    assert console_settings({}, Terminal()).color
    assert not console_settings({"NO_COLOR": "1"}, Terminal()).color
