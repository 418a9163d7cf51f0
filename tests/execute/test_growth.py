"""Work counted, not seconds: what a play costs in round trips, bytes, requests, compilations, agents and code, and how that grows."""

import io
import random
from typing import Any

import pytest

from runner.connect.fake import FakeConnection, FakeHost
from runner.execute import reach
from runner.model.event import ItemFinished
from runner.target.system import Blob, System
from runner.template import templar
from runner.variables import precedence

# What a request of `file` may take on the wire, and the code of the module with all it imports, in bytes.
REQUEST = 500
CODE = 48_000


class Work:
    """Runs plays on fake hosts and counts."""

    def __init__(self, project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.hosts: dict[str, FakeHost] = {}
        # with real files instead of answers
        self.real = False
        self.compiled = 0
        self.views = 0
        monkeypatch.setattr(reach, "connection_for", self._connection)
        compile_text, compile_expression, stack = templar.piece_of_text, templar.piece_of_expression, precedence.stack

        def counted(work: Any, word: str) -> Any:
            def call(*args: Any, **options: Any) -> Any:
                setattr(self, word, getattr(self, word) + 1)
                return work(*args, **options)

            return call

        monkeypatch.setattr(templar, "piece_of_text", counted(compile_text, "compiled"))
        monkeypatch.setattr(templar, "piece_of_expression", counted(compile_expression, "compiled"))
        monkeypatch.setattr("runner.execute.session.stack", counted(stack, "views"))

    def _connection(self, address: Any) -> FakeConnection:
        answers = {name: {"rc": 0, "stdout": "1"} for name in ("command", "file", "stat")}
        host = FakeHost(system=_system) if self.real else FakeHost(answers=answers, turns=100)
        return FakeConnection(address, self.hosts.setdefault(address.name, host))

    def play(self, tasks: str, hosts: int = 1) -> Any:
        """Run tasks on so many hosts."""
        self.hosts.clear()
        self.compiled = self.views = 0
        inventory = "\n".join(f"h{at} ansible_connection=fake root=/srv/h{at}" for at in range(hosts))
        book = "- hosts: all\n  gather_facts: false\n  vars: {wanted: true, place: '{{ root }}/x'}\n  tasks:\n" + tasks
        outcome = self.project({"hosts": inventory, "p.yml": book}).play("-i", "hosts", "p.yml")
        assert outcome.code == 0
        return outcome

    def total(self, word: str) -> int:
        """The sum of a count over the hosts."""
        return sum(getattr(host, word) for host in self.hosts.values())


def _system(*, blob: bytes | None, **options: Any) -> System:
    return System(blob=None if blob is None else Blob(io.BytesIO(blob), len(blob)), **options)


@pytest.fixture
def work(project: Any, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Counts for one test."""
    return Work(project, monkeypatch)


def files(count: int) -> str:
    """Tasks of which none needs another."""
    one = '    - file: {path: "{{ place }}/NUMBER", state: directory, mode: "0750"}\n      when: wanted\n'
    return "".join(one.replace("NUMBER", str(at)) for at in range(count))


@pytest.mark.parametrize("hosts", [1, 3])
@pytest.mark.parametrize("count", [20, 40, 80])
def test_tasks_that_need_no_result(work, count, hosts):
    work.play(files(count), hosts)
    for host in work.hosts.values():
        assert len(host.requests) == count
        # one for the request that goes with the agent, which is answered before the rest of its batch comes
        assert host.round_trips <= count // 32 + 2
        assert host.agents == 1
        assert host.opened == 1
        assert len(host.code) == len(set(host.code)) < 10
        assert host.received <= count * REQUEST + CODE
    # one for each path, one for `place`, one for the condition: not one a host
    assert work.compiled <= count + 2
    # a view for a task on a host when it is sent and one when its answer is taken
    assert work.views <= count * 2 * hosts + count // 8 + 12


def test_bytes_and_views_grow_with_tasks_in_a_straight_line(work):
    points = []
    for count in (20, 40, 60):
        work.play(files(count))
        points.append((work.total("received"), work.views, work.compiled))
    for first, second, third in zip(*points):
        assert abs((third - second) - (second - first)) <= 0.05 * (second - first)


def test_tasks_that_need_the_result_before_take_one_round_trip_each(work):
    tasks = "    - command: echo 1\n      register: said\n"
    tasks += '    - command: "echo {{ said.stdout }}"\n      register: said\n' * 19
    work.play(tasks)
    (host,) = work.hosts.values()
    assert len(host.requests) == 20
    assert host.round_trips <= 20
    assert host.agents == 1
    assert work.compiled == 1
    # no task that has to wait is prepared again and again
    assert work.views <= 20 * 3


def test_a_long_loop_takes_few_round_trips(work):
    outcome = work.play('    - file: {path: "{{ place }}/{{ item }}", state: directory}\n      loop: "{{ range(300) }}"\n')
    (host,) = work.hosts.values()
    assert len(host.requests) == 300
    assert sum(isinstance(each, ItemFinished) for each in outcome.events) == 300
    assert host.round_trips <= 2
    assert host.agents == 1
    assert host.most_waiting <= 64
    assert work.compiled <= 3
    # the loop's items share the task's layers
    assert work.views <= 6


def test_a_host_costs_one_connection_and_one_agent(work):
    work.play(files(4), hosts=20)
    assert work.total("opened") == work.total("agents") == 20
    # the first request does not wait for the agent's hello
    assert work.total("early") == 20
    assert work.total("round_trips") <= 2 * 20


def test_of_a_large_file_only_what_changed_is_sent(work, tmp_path):
    work.real = True
    content = bytearray(random.Random(3).randbytes(4 << 20))
    source, copied = tmp_path / "large.bin", tmp_path / "srv" / "large.bin"
    copied.parent.mkdir()
    task = f"    - copy: {{src: {source}, dest: {copied}, mode: '0640'}}\n"
    sent = []
    for step in range(4):
        # new, edited in place, shifted by something put in front, settled
        if step == 1:
            content[1 << 20 : (1 << 20) + 100] = bytes(100)
        elif step == 2:
            content[:0] = b"put in front"
        source.write_bytes(content)
        work.play(task)
        assert copied.read_bytes() == content
        sent.append(work.total("received"))
        assert [request["module"] for host in work.hosts.values() for request in host.requests] == ["copy"] * (1 if step == 3 else 2)
    blocks = 2 * (1 << 14)
    assert sent[0] > len(content)
    assert sent[3] <= CODE + REQUEST
    assert sent[1] <= sent[3] + blocks + 3 * REQUEST
    assert sent[2] <= sent[3] + blocks + 3 * REQUEST


def test_handlers_cost_a_round_trip_a_host_however_many_tasks_notified_them(work):
    tasks = files(30).replace("      when: wanted\n", "      notify: again\n      changed_when: true\n")
    work.play(tasks + "  handlers:\n    - {name: again, command: echo 1}\n", hosts=3)
    for host in work.hosts.values():
        assert len(host.requests) == 31
        assert host.round_trips <= 3
        assert (host.opened, host.agents) == (1, 1)
