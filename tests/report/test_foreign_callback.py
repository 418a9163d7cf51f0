"""Events as the calls of a callback plugin of Ansible's kind."""

from typing import Any

from runner.model.event import (
    Event,
    HostFinished,
    ItemFinished,
    PlaybookStarted,
    PlayStarted,
    Retrying,
    RunFinished,
    Tally,
    TaskLabel,
    TaskStarted,
)
from runner.position import Position
from runner.report.foreign_callback import ForeignCallback

TASK = TaskLabel("u1", "web : copy it", "copy", Position("t.yml", 3), role="web", tags=("x",))


class Recorder:
    """A plugin that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.told.append(("start", playbook._file_name.rpartition("/")[2]))

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self.told.append(("play", play.get_name(), play.hosts))

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self.told.append(("task", task.get_name(), task.get_path(), task._role.get_name(), task.tags))

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self.told.append(("item", result._host.get_name(), result._result["_ansible_item_label"]))

    def v2_runner_on_ok(self, result: Any) -> None:
        self.told.append(("ok", str(result._host), result.is_changed(), result._task._uuid))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self.told.append(("failed", result._result["msg"], ignore_errors))
        raise KeyError("mine")

    def v2_runner_retry(self, result: Any) -> None:
        self.told.append(("retry", result._result["attempts"], result._result["retries"]))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self.told.append(("stats", list(stats.processed), stats.failures, stats.dark, stats.summarize("a")["ok"]))


def test_events_become_calls() -> None:
    plugin, warned = Recorder(), list[str]()
    report = ForeignCallback(plugin, "mine", warned.append)
    failed = HostFinished("a", TASK, "failed", {"msg": "no", "failed": True}, ignored=True)
    events: list[Event] = [
        PlaybookStarted("site.yml"),
        PlayStarted("Web", ("a",)),
        TaskStarted(TASK),
        ItemFinished("a", TASK, "ok", {}, "one"),
        Retrying("a", TASK, 1, 2, {}),
        HostFinished("a", TASK, "changed", {"changed": True}),
        failed,
        failed,
        RunFinished({"a": Tally(ok=1, failed=1)}, 2),
    ]
    for event in events:
        report.handle(event)
    assert plugin.told == [
        ("start", "site.yml"),
        ("play", "Web", ["a"]),
        ("task", "web : copy it", "t.yml:3", "web", ["x"]),
        ("item", "a", "one"),
        ("retry", 1, 3),
        ("ok", "a", True, "u1"),
        ("failed", "no", True),
        ("stats", ["a"], {"a": 1}, {}, 1),
    ]
    assert warned == ["Failure using method (v2_runner_on_failed) in callback plugin (mine): KeyError: 'mine'"]
