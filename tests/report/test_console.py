"""The console against runs of ansible-core 2.18 that were recorded with its own output (`plain`), and what we add."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.model import event as events
from runner.position import Position
from tests.report.replay import recorded, shown

RUNS = ["retries_loops_includes", "diffs_and_failures", "results_cleaned", "free_strategy"]
LABEL = events.TaskLabel("t1", "copy it", "copy", Position("/nowhere/site.yml", 3, 5))
Compare = Callable[[str, str], None]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(("variant", "verbosity"), [("plain", 0), ("v", 1), ("vv", 2), ("vvv", 3), ("color", 0)])
def test_stored_run(run: str, variant: str, verbosity: int, compare: Compare) -> None:
    out, _ = shown(recorded(run), verbosity=verbosity, color=variant == "color", explain=False, show_custom_stats=True)
    compare(f"{run}.{variant}.txt", out)


def test_warnings_go_to_the_error_stream_once_and_wrapped(compare: Compare) -> None:
    _, err = shown(recorded("results_cleaned"))
    compare("results_cleaned.err.txt", err)


@pytest.mark.parametrize(("variant", "pretty"), [("pretty", None), ("exact", False)])
def test_results_as_yaml(variant: str, pretty: bool | None, compare: Compare) -> None:
    out, _ = shown(recorded("yaml_results"), verbosity=1, explain=False, result_format="yaml", pretty=pretty)
    compare(f"yaml_results.{variant}.txt", out)


@pytest.mark.parametrize("hidden", ["ok", "skipped"])
def test_hidden_results_take_their_headline_with_them(hidden: str, compare: Compare) -> None:
    out, _ = shown(recorded("results_cleaned"), explain=False, show_ok=hidden != "ok", show_skipped=hidden != "skipped")
    compare(f"results_cleaned.hidden_{hidden}.txt", out)


def test_failures_can_go_to_the_error_stream() -> None:
    out, err = shown(recorded("diffs_and_failures"), failed_to_stderr=True, explain=False)
    assert "FAILED!" not in out
    assert err.count("fatal: [h1]: FAILED!") == 7
    assert out.count("...ignoring") == 6


def failure(result: dict[str, object], **changes: object) -> events.HostFinished:
    return events.HostFinished(**{"host": "web1", "task": LABEL, "status": "failed", "result": result, **changes})  # type: ignore[arg-type]


def test_explains_a_failure_below_the_classic_line(tmp_path: Path) -> None:
    playbook = tmp_path / "site.yml"
    playbook.write_text("- hosts: all\n  tasks:\n    - copy:\n        dst: /etc/x\n        content: a\n")
    notes = {
        "position": f"{playbook}:4:9",
        "expected": "a parameter of copy",
        "found": "dst",
        "nearest": ["dest", "src"],
        "remedy": ["write dest:", "or remove it"],
    }
    out, _ = shown([failure({"failed": True, "msg": "unsupported parameter dst", "_muster": notes})])
    assert out == (
        "\nTASK [copy it] " + "*" * 65 + "\n"
        'fatal: [web1]: FAILED! => {"msg": "unsupported parameter dst"}\n'
        f"  --> {playbook}:4:9\n"
        "  2 |   tasks:\n"
        "  3 |     - copy:\n"
        "  4 |         dst: /etc/x\n"
        "    |         ^ here\n"
        "  expected: a parameter of copy\n"
        "  found: dst\n"
        "  did you mean: dest or src?\n"
        "  remedy: write dest:\n"
        "          or remove it\n"
    )


def test_notes_without_a_place_stand_below_that_of_the_task() -> None:
    out, _ = shown([failure({"msg": "no", "_muster": {"position": None, "nearest": [], "remedy": "mend it"}})])
    assert out.endswith("  --> /nowhere/site.yml:3:5\n  remedy: mend it\n")


def test_shows_the_last_words_of_a_command() -> None:
    stderr = "\n".join(f"line {number}" for number in range(12))
    out, _ = shown([failure({"rc": 1, "msg": "non-zero return code", "stderr": stderr, "stdout": "not this"})])
    assert "  stderr: ... 2 lines before\n          line 2\n" in out
    assert out.endswith("          line 11\n")
    assert "not this\n" not in out


def test_shows_the_last_words_of_the_item_that_failed() -> None:
    results = [{"rc": 0, "stderr": "fine"}, {"rc": 1, "failed": True, "stderr": "disk full\n"}]
    out, _ = shown([failure({"results": results, "msg": "One or more items failed"}, items=True)])
    assert out.endswith("  stderr: disk full\n")
    assert "fatal:" not in out


def test_an_ignored_failure_is_not_explained() -> None:
    out, _ = shown([failure({"msg": "no"}, ignored=True)])
    assert out.endswith('{"msg": "no"}\n...ignoring\n')


def test_a_secret_task_shows_no_notes() -> None:
    task = events.TaskLabel("t1", "copy it", "copy", None, no_log=True, diff=True)
    hidden = {"censored": "hidden", "diff": {"before": "", "after": "PASSWORD\n"}, "_muster": {"found": "PASSWORD"}}
    out, err = shown([failure(hidden, task=task), failure(hidden, task=task, status="changed")], verbosity=1)
    assert "PASSWORD" not in out + err


def test_check_markers_and_dry_run() -> None:
    task = events.TaskLabel("t", "ping", "ping", check=True)
    play = events.PlayStarted("p", ("h",), check=True)
    stream: list[events.Event] = [events.PlaybookStarted("a.yml"), play, events.TaskStarted(task)]
    out, _ = shown(stream, check=True, check_markers=True)
    titles = [line.rstrip("*") for line in out.splitlines() if line]
    assert titles == ["DRY RUN ", "PLAY [p] [CHECK MODE] ", "TASK [ping] [CHECK MODE] "]
    assert "CHECK MODE" not in shown(stream, check=True)[0]
    last, _ = shown([events.RunFinished({}, 0)], check=True, check_markers=True)
    assert last.endswith("\n\nDRY RUN " + "*" * 72 + "\n")


def test_headlines() -> None:
    handler = events.TaskLabel("h", "restart", "service", kind="handler")
    stream: list[events.Event] = [events.PlayStarted("", ()), events.NoHosts("", "matched"), events.NoHosts("", "remaining")]
    out, _ = shown([*stream, events.TaskStarted(handler)], color=True)
    assert [line.rstrip("*") for line in out.splitlines() if line] == [
        "PLAY ",
        "\033[0;36mskipping: no hosts matched\033[0m",
        "NO MORE HOSTS LEFT ",
        "RUNNING HANDLER [restart] ",
    ]
    wide = events.TaskLabel("w", "東京", "ping")
    assert shown([events.TaskStarted(wide)])[0] == "\nTASK [東京] " + "*" * 68 + "\n"


def test_tells_pending_handlers_and_warnings_once() -> None:
    warning = events.Warned("odd", Position("a.yml", 2, 1))
    out, err = shown([warning, warning, events.Warned("old", kind="deprecation"), events.HandlersPending("h", ("a", "b"))])
    assert out == ""
    assert err.count("[WARNING]: odd (a.yml:2:1)\n") == 1
    assert err.startswith("[WARNING]: odd (a.yml:2:1)\n[DEPRECATION WARNING]: old Deprecation")
    assert err.endswith("[WARNING]: [h]: notified handlers did not run: a, b\n")


def test_delegated_host_shows_another_address() -> None:
    result = {"changed": True, "_ansible_delegated_vars": {"ansible_host": "10.0.0.2"}}
    out, _ = shown([failure(result, status="changed", delegated_to="db")])
    assert out.endswith("changed: [web1 -> db(10.0.0.2)]\n")
