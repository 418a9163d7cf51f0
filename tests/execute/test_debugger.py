"""The task debugger: what the user sees, changes and runs again; the answers are those that a terminal would give."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from runner.cli import run_options
from runner.errors import ParseError
from runner.model.event import Noted

HOSTS = "a ansible_connection=local\n"
BOOK = """
- hosts: all
  gather_facts: false
  debugger: on_failed
  vars: {v: 1}
  tasks:
    - name: bad
      command: "{{ cmd | default('false') }}"
      no_log: "{{ hidden | default(false) }}"
    - debug: {msg: next}
"""


@pytest.fixture
def play(project: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that plays BOOK with answers at the prompt."""

    def run(*answers: str, book: str = BOOK, options: tuple[str, ...] = ()) -> Any:
        left = list(answers)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(run_options, "ask", lambda text, hidden: left.pop(0))
        outcome = project({"hosts": HOSTS, "p.yml": book}).play("-i", "hosts", "p.yml", *options)
        outcome.said = [each.text for each in outcome.events if isinstance(each, Noted) and each.verbosity == 0]
        assert not left
        return outcome

    return run


def test_a_changed_argument_runs_the_task_again(play: Callable[..., Any]) -> None:
    outcome = play("p task.args", "task.args['_raw_params'] = 'true'", "redo")
    assert outcome.said == ["{'_raw_params': 'false'}"]
    assert [each[1:] for each in outcome.results()] == [("bad", "failed"), ("bad", "changed"), ("debug", "ok")]
    assert outcome.code == 0
    assert outcome.finished.tallies["a"].failed == 0


def test_a_changed_variable_counts_once_more(play: Callable[..., Any]) -> None:
    outcome = play("task_vars['cmd'] = 'echo {{ v }}'", "p task.args", "u", "p task.args", "r")
    assert outcome.said == ["{'_raw_params': 'false'}", "{'_raw_params': 'echo 1'}"]
    assert outcome.events[-1].exit_code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("p task", "TASK: bad"),
        ("p task.action", "'command'"),
        ("p host", "a"),
        ("p task_vars['v']", "1"),
        ("p 'v' in task_vars, 'w' in task_vars", "(True, False)"),
        ("p result._result['rc']", "1"),
        ("p nowhere", "***NameError:NameError(\"name 'nowhere' is not defined\")"),
        ("del task_vars['v']", "***KeyError:KeyError('v')"),
    ],
)
def test_what_is_printed(play: Callable[..., Any], line: str, said: str) -> None:
    outcome = play(line, "continue")
    assert outcome.said == [said]
    assert outcome.code == 2


def test_help_and_an_empty_line(play: Callable[..., Any]) -> None:
    (said,) = play("", "help", "c").said
    assert "redo" in said


def test_quit_ends_the_run(play: Callable[..., Any]) -> None:
    outcome = play("q")
    assert outcome.finished.interrupted
    assert "debug" not in outcome.tasks()


def test_of_a_task_with_no_log_nothing_is_shown(play: Callable[..., Any]) -> None:
    outcome = play("p result._result", "p task.args", "c", options=("-e", "hidden=true"))
    assert set(outcome.said) == {"no_log is set for this task: nothing of it is shown"}


@pytest.mark.parametrize(
    ("word", "asked"), [("always", True), ("never", False), ("on_skipped", False), ("on_unreachable", False), ("on_failed", True)]
)
def test_when_it_starts(play: Callable[..., Any], word: str, asked: bool) -> None:
    book = f"""
- hosts: all
  gather_facts: false
  strategy: debug
  tasks:
    - {{fail: , debugger: {word}}}
"""
    play(*(["c"] if asked else []), book=book)


def test_the_strategy_and_the_setting_start_it(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    play("c", book="- {hosts: all, gather_facts: false, strategy: debug, tasks: [fail: ]}")
    monkeypatch.setenv("ANSIBLE_ENABLE_TASK_DEBUGGER", "1")
    play("c", book="- {hosts: all, gather_facts: false, tasks: [fail: ]}")
    play(book="- {hosts: all, gather_facts: false, tasks: [{fail: , ignore_errors: true}]}")


def test_without_a_terminal_it_is_told_and_left(project: Any) -> None:
    outcome = project({"hosts": HOSTS, "p.yml": BOOK}).play("-i", "hosts", "p.yml")
    assert outcome.code == 2
    assert any("the debugger is not started" in text for text in outcome.warnings())


def test_an_unknown_word_is_an_error_with_its_place(project: Any) -> None:
    book = "- hosts: all\n  gather_facts: false\n  tasks:\n    - debug:\n      debugger: on_fail\n"
    with pytest.raises(ParseError, match="'on_fail' is not a value of debugger") as caught:
        project({"hosts": HOSTS, "p.yml": book}).play("-i", "hosts", "p.yml")
    assert (caught.value.position.line, caught.value.position.column) == (5, 17)
    assert caught.value.nearest[0] == "on_failed"
