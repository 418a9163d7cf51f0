"""Tasks sent ahead: what the host is asked and in which order, what comes back, and when nothing may be sent ahead."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.connect.fake import FakeConnection, FakeHost
from runner.execute import reach
from runner.model.event import HostFinished, ItemFinished, TaskStarted, Warned

HEAD = "- hosts: all\n  gather_facts: false\n  tasks:\n"


class Bench:
    """Plays on fake hosts; each host notes how many requests it had before its first answer was asked for."""

    def __init__(self, project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.hosts: dict[str, FakeHost] = {}
        self.answers: dict[str, Any] = {name: {} for name in ("command", "file", "shell", "stat", "lineinfile")}
        monkeypatch.setattr(reach, "connection_for", self.connection)

    def connection(self, address: Any) -> FakeConnection:
        """A connection to the fake host of that name."""
        host = self.hosts.setdefault(address.name, FakeHost(answers=self.answers, delay=0.005))
        return FakeConnection(address, host)

    def play(self, tasks: str, *words: str, hosts: str = "h1", head: str = HEAD) -> Any:
        """Run tasks (indented by four) on hosts."""
        inventory = "\n".join(f"{name} ansible_connection=fake" for name in hosts.split())
        return self.project({"hosts": inventory, "p.yml": head + tasks}).play("-i", "hosts", "p.yml", *words)

    def asked(self, host: str = "h1") -> list[Any]:
        """(module, whether it was sent ahead of an answer) in the order they ran."""
        return [(each["module"], "skip_if_failed" in each) for each in self.hosts[host].requests]

    def words(self, host: str = "h1") -> list[str]:
        """What command was told, in order."""
        return [each["args"]["_raw_params"] if "_raw_params" in each["args"] else each["args"]["cmd"] for each in self.hosts[host].requests]


@pytest.fixture
def bench(project: Any, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Fake hosts for one test."""
    return Bench(project, monkeypatch)


def by_word(table: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """Answer a command by its text."""
    return lambda request: table.get(request["args"].get("cmd") or request["args"].get("_raw_params"), {})


def commands(*texts: str) -> str:
    """One command task a text."""
    return "".join(f"    - command: {text}\n" for text in texts)


def test_independent_tasks_of_one_host_go_ahead_in_order(bench):
    outcome = bench.play(commands("a", "b", "c"))
    assert bench.asked() == [("command", False), ("command", True), ("command", True)]
    assert bench.words() == ["a", "b", "c"]
    assert [status for *_, status in outcome.results()] == ["ok"] * 3


def test_events_come_task_by_task(bench):
    outcome = bench.play("".join(f'    - file: {{path: "/{at}", state: directory}}\n' for at in range(3)), hosts="h1 h2")
    kinds = [type(each).__name__ for each in outcome.events if isinstance(each, (TaskStarted, HostFinished))]
    assert kinds == ["TaskStarted", "HostFinished", "HostFinished"] * 3
    assert [ahead for _, ahead in bench.asked("h2")] == [False, True, True]


def test_behind_a_failure_nothing_runs(bench):
    bench.answers["command"] = by_word({"b": {"rc": 1, "msg": "no"}})
    outcome = bench.play(commands("a", "b", "c", "d"))
    assert bench.words() == ["a", "b"]
    assert [status for *_, status in outcome.results()] == ["ok", "failed"]
    assert outcome.code == 2


def test_an_ignored_failure_lets_the_rest_run_after_it(bench):
    bench.answers["command"] = by_word({"b": {"rc": 1, "msg": "no"}})
    outcome = bench.play("    - command: a\n    - command: b\n      ignore_errors: true\n" + commands("c", "d", "e"))
    assert bench.words() == ["a", "b", "c", "d", "e"]
    assert [ahead for _, ahead in bench.asked()][:3] == [False, True, False]
    assert bench.asked()[4] == ("command", True)
    assert outcome.finished.tallies["h1"].ok == 5


def test_rescue_runs_after_the_failure_and_nothing_between(bench):
    bench.answers["command"] = by_word({"b": {"failed": True, "msg": "no"}})
    bench.play(
        "    - block:\n        - command: a\n        - command: b\n        - command: c\n"
        "      rescue:\n        - command: r1\n        - command: r2\n      always:\n        - command: z\n"
    )
    assert bench.words() == ["a", "b", "r1", "r2", "z"]


def test_a_task_that_uses_a_result_waits_for_it(bench):
    bench.answers["command"] = by_word({"a": {"stdout": "from a", "rc": 0}})
    bench.play('    - command: a\n      register: said\n    - command: b\n    - command: "use {{ said.stdout }}"\n    - command: d\n')
    assert bench.words() == ["a", "b", "use from a", "d"]
    assert [ahead for _, ahead in bench.asked()] == [False, True, False, True]


def test_a_result_used_through_another_variable_or_a_condition_counts_too(bench):
    bench.answers["command"] = by_word({"a": {"stdout": "x", "rc": 0}})
    head = HEAD.replace("  tasks:\n", '  vars: {through: "{{ said.stdout }}"}\n  tasks:\n')
    bench.play(
        '    - command: a\n      register: said\n    - command: "use {{ through }}"\n'
        "    - command: c\n      register: said\n    - command: d\n      when: said is changed\n    - command: e\n",
        head=head,
    )
    assert bench.words() == ["a", "use x", "c", "e"]


def test_a_condition_that_needs_no_result_goes_ahead(bench):
    outcome = bench.play('    - command: a\n    - command: b\n      when: inventory_hostname == "other"\n    - command: c\n')
    assert bench.words() == ["a", "c"]
    assert [status for *_, status in outcome.results()] == ["ok", "skipped", "ok"]


@pytest.mark.parametrize(
    "keywords",
    ["failed_when: false", "until: true", "delegate_to: h1", "throttle: 1", "run_once: true", "timeout: 60", "loop: [1]"],
)
def test_what_we_decide_on_other_grounds_stays_between_two_answers(bench, keywords):
    bench.play(f"    - command: a\n    - command: b\n      {keywords}\n    - command: c\n")
    assert bench.words() == ["a", "b", "c"]
    assert [ahead for _, ahead in bench.asked()] == [False] * 3


def test_commands_on_several_hosts_keep_step(bench):
    bench.play(commands("a", "b"), hosts="h1 h2")
    assert [ahead for _, ahead in bench.asked()] == [False, False]


def test_handlers_run_where_they_did(bench):
    bench.answers["command"] = {"changed": True}
    head = HEAD.replace("  tasks:\n", "  handlers: [{name: h, command: handler}]\n  tasks:\n")
    bench.play(
        "    - command: a\n      notify: h\n    - command: b\n    - meta: flush_handlers\n"
        "    - command: c\n      notify: h\n    - command: d\n",
        head=head,
    )
    assert bench.words() == ["a", "b", "handler", "c", "d", "handler"]


def test_check_mode_is_asked_for_in_every_request(bench):
    bench.play(commands("a", "b"), "--check")
    assert [each["check"] for each in bench.hosts["h1"].requests] == [True, True]


def test_another_user_waits_for_the_one_before(bench):
    bench.play("    - command: a\n    - command: b\n      become: true\n    - command: c\n    - command: d\n")
    assert bench.words() == ["a", "b", "c", "d"]
    assert [ahead for _, ahead in bench.asked()] == [False, False, False, True]


def test_another_user_does_not_run_behind_a_failure(bench):
    bench.answers["command"] = by_word({"a": {"failed": True, "msg": "no"}})
    bench.play("    - command: a\n    - command: b\n      become: true\n")
    assert bench.words() == ["a"]


def test_a_lost_host_is_unreachable_once(bench):
    bench.hosts["h1"] = FakeHost(answers=bench.answers, drop_at=2)
    outcome = bench.play(commands("a", "b", "c"))
    assert [status for *_, status in outcome.results()] == ["ok", "unreachable"]
    assert outcome.code == 4


def test_a_mistake_in_arguments_fails_its_task_and_stops_the_rest(bench):
    outcome = bench.play("    - command: a\n    - file: {path: /x, state: nonsense}\n    - command: c\n")
    assert bench.words() == ["a"]
    assert [status for *_, status in outcome.results()] == ["ok", "failed"]


def test_what_a_task_has_to_say_is_told_in_its_turn(bench):
    outcome = bench.play("    - command: a\n    - command: b\n      when: \"{{ inventory_hostname == 'h1' }}\"\n")
    kinds = [type(each).__name__ for each in outcome.events if isinstance(each, (TaskStarted, Warned, HostFinished))]
    assert kinds == ["TaskStarted", "HostFinished", "TaskStarted", "Warned", "HostFinished"]


def test_tags_are_kept(bench):
    bench.play("    - command: a\n      tags: t\n    - command: b\n    - command: c\n      tags: t\n", "--tags", "t")
    assert bench.words() == ["a", "c"]


def test_free_hosts_do_not_call_each_other_off(bench):
    bench.hosts["h2"] = FakeHost(answers=bench.answers, delay=0.02)
    head = HEAD.replace("  tasks:\n", "  strategy: free\n  tasks:\n")
    bench.play(commands("a", "b") + "    - meta: flush_handlers\n" + commands("c", "d"), hosts="h1 h2", head=head)
    for host in ("h1", "h2"):
        assert bench.words(host) == ["a", "b", "c", "d"]
        assert [ahead for _, ahead in bench.asked(host)] == [False, True, False, True]


def test_long_runs_are_cut(bench):
    bench.play(commands(*(f"c{at}" for at in range(70))))
    assert bench.words() == [f"c{at}" for at in range(70)]
    assert sum(not ahead for _, ahead in bench.asked()) == 3


def test_an_interruption_ends_what_was_sent_ahead(bench):
    bench.hosts["h1"] = FakeHost(answers=bench.answers, delay=30)
    made = bench.project({"hosts": "h1 ansible_connection=fake", "p.yml": HEAD + commands("a", "b", "c")})
    outcome = made.play("-i", "hosts", "p.yml", stop_after=0.1)
    assert bench.words() == ["a"]
    assert outcome.finished.interrupted


def test_a_condition_on_the_result_is_decided_when_its_turn_has_come(bench):
    bench.answers["command"] = by_word({"a": {"stdout": "x", "rc": 0}, "b": {"stdout": "y", "rc": 0}})
    outcome = bench.play(
        "    - command: a\n      register: first\n    - command: b\n      register: second\n"
        "      changed_when: through == 'x' and second.stdout == 'y'\n",
        head=HEAD.replace("  tasks:\n", '  vars: {through: "{{ first.stdout }}"}\n  tasks:\n'),
    )
    assert [ahead for _, ahead in bench.asked()] == [False, True]
    assert outcome.results()[1][2] == "changed"


def test_a_task_that_we_find_failed_is_the_last_of_its_batch(bench):
    bench.play("    - command: a\n    - command: b\n      changed_when: no_such_name\n    - command: c\n    - command: d\n")
    assert bench.words() == ["a", "b"]


LOOP = '    - command: "do {{ item }}"\n      loop: [a, b, c, d]\n'


def items(outcome: Any) -> list[tuple[str, str]]:
    """(label, status) of the items in order."""
    return [(each.label, each.status) for each in outcome.events if isinstance(each, ItemFinished)]


def most_at_once(bench: Bench) -> int:
    """How many requests were on their way at once."""
    return bench.hosts["h1"].most_waiting


def test_items_of_a_loop_go_ahead_in_order(bench):
    outcome = bench.play(LOOP)
    assert bench.words() == ["do a", "do b", "do c", "do d"]
    assert items(outcome) == [(each, "ok") for each in "abcd"]
    assert most_at_once(bench) == 4


def test_items_behind_a_failed_one_run_as_well(bench):
    bench.answers["command"] = by_word({"do b": {"failed": True, "msg": "no"}})
    outcome = bench.play(LOOP)
    assert bench.words() == ["do a", "do b", "do c", "do d"]
    assert items(outcome) == [("a", "ok"), ("b", "failed"), ("c", "ok"), ("d", "ok")]
    assert outcome.code == 2


@pytest.mark.parametrize(
    "more",
    [
        "      loop_control: {pause: 0.001}\n",
        "      loop_control: {break_when: false}\n",
        "      until: true\n",
        "      delegate_to: h1\n",
    ],
)
def test_items_that_wait_for_each_other_wait(bench, more):
    bench.play(LOOP + more)
    assert bench.words() == ["do a", "do b", "do c", "do d"]
    assert most_at_once(bench) == 1


def test_items_that_look_something_up_wait_for_each_other(bench):
    bench.play("    - command: \"do {{ item if item in 'ab' else lookup('env', 'NONE') ~ item }}\"\n      loop: [a, b, c, d]\n")
    assert bench.words() == ["do a", "do b", "do c", "do d"]
    assert most_at_once(bench) == 1


def test_a_long_loop_is_sent_by_and_by(bench):
    outcome = bench.play('    - command: "do {{ item }}"\n      loop: "{{ range(200) }}"\n      register: all\n')
    assert bench.words() == [f"do {at}" for at in range(200)]
    assert len(items(outcome)) == 200
    assert most_at_once(bench) == 64


def test_conditions_and_labels_of_items_see_their_item(bench):
    outcome = bench.play(LOOP + "      when: item != 'b'\n      loop_control: {label: \"<{{ item }} {{ lookup('env', 'NONE') }}>\"}\n")
    assert bench.words() == ["do a", "do c", "do d"]
    assert items(outcome) == [("<a >", "ok"), ("<b >", "skipped"), ("<c >", "ok"), ("<d >", "ok")]
