"""gather_facts, wait_for_connection and uri in front of the modules, with a task context that records its calls."""

import asyncio
import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.errors import ArgumentError, TaskError, Unreachable
from runner.execute.action import gather_facts, uri, wait_for_connection


class FakeTask:
    """Answers calls from a list; an answer that is an exception is raised, a number is slept first."""

    def __init__(self, *answers: Any, folder: Path | None = None, check: bool = False) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any], Any]] = []
        self.resets = 0
        self.check = check
        self.folder = folder
        self.link = SimpleNamespace(reset=self.reset)
        self.effects: dict[str, Any] = {}
        self.target = SimpleNamespace(host=SimpleNamespace(name="web1"))

    async def reset(self) -> None:
        self.resets += 1

    async def call(self, module: str, args: dict[str, Any], *, blob: Any = None, check: bool | None = None) -> dict[str, Any]:
        self.calls.append((module, args, blob))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, (int, float)):
            await asyncio.sleep(answer)
            return {"ping": "pong"}
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def find_file(self, kind: str, name: str) -> Path:
        assert kind == "files"
        assert self.folder is not None
        return self.folder / name

    def read_source(self, path: Path) -> bytes:
        return path.read_bytes()


def run(action: Any, task: FakeTask, **args: Any) -> dict[str, Any]:
    complete = {name: rule.get("default") for name, rule in action.ARGUMENTS["properties"].items()}
    result: dict[str, Any] = asyncio.run(action.run({**complete, **args}, task))
    return result


def test_gather_facts_is_setup_that_verbose_output_leaves_out() -> None:
    task = FakeTask({"changed": False, "ansible_facts": {"ansible_system": "Linux"}})
    result = run(gather_facts, task, gather_subset=["min"], parallel=True)
    assert task.calls[0][0] == "setup"
    assert task.calls[0][1]["gather_subset"] == ["min"]
    assert "parallel" not in task.calls[0][1]
    assert result["ansible_facts"] == {"ansible_system": "Linux"}
    assert result["_ansible_verbose_override"] is True


def test_waits_until_the_host_answers_over_fresh_connections() -> None:
    task = FakeTask(Unreachable("refused"), Unreachable("refused"), {"ping": "pong"})
    assert run(wait_for_connection, task, sleep=0) == {"changed": False, "elapsed": 0}
    assert task.resets == 3


def test_a_try_that_hangs_is_given_up_and_repeated() -> None:
    task = FakeTask(5, {"ping": "pong"})
    assert run(wait_for_connection, task, sleep=0, connect_timeout=0.05)["elapsed"] == 0
    assert task.resets == 2


def test_gives_up_with_the_last_reason() -> None:
    task = FakeTask(Unreachable("web1: Connection refused"))
    with pytest.raises(TaskError, match="timed out waiting for ping module test: web1: Connection refused") as caught:
        run(wait_for_connection, task, sleep=0.01, timeout=0.05)
    assert "web1" in caught.value.expected
    assert caught.value.remedy


def test_unknown_options_are_named() -> None:
    with pytest.raises(ArgumentError, match=r"^Invalid options for wait_for_connection: timout$") as caught:
        run(wait_for_connection, FakeTask({}), timout=3)
    assert caught.value.nearest[0] == "timeout"


def test_check_mode_does_not_wait() -> None:
    assert run(wait_for_connection, FakeTask({}, check=True))["skipped"] is True


def test_uri_sends_files_of_the_control_machine(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"\x00\x01")
    task = FakeTask({"status": 200}, folder=tmp_path)
    run(uri, task, url="http://x", src="body")
    module, args, blob = task.calls[0]
    assert (module, blob) == ("uri", tmp_path / "body")
    assert "src" not in args
    parts = {"f": {"filename": "body"}, "g": {"content": "x", "filename": "y"}, "t": "text"}
    run(uri, task, url="http://x", body=parts, body_format="form-multipart")
    sent = task.calls[1][1]["body"]
    assert sent["f"]["content_base64"] == base64.b64encode(b"\x00\x01").decode()
    assert (sent["g"], sent["t"]) == (parts["g"], "text")
    run(uri, task, url="http://x", src="/remote", remote_src=True)
    assert (task.calls[2][1]["src"], task.calls[2][2]) == ("/remote", None)
