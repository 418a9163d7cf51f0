"""Background jobs: they outlive the agent, end at their limit, and their status file tells."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.target.modules import async_status
from tests.target.agent_process import OLDEST, AgentProcess
from tests.target.fake_system import FakeSystem


def eventually(check: Callable[[], Any], seconds: float = 8) -> Any:
    limit = time.monotonic() + seconds
    while True:
        value = check()
        if value or time.monotonic() > limit:
            return value
        time.sleep(0.05)


@pytest.mark.parametrize("python", ["/usr/bin/python3", OLDEST])
def test_a_job_outlives_the_agent(tmp_path: Path, python: str) -> None:
    if not Path(python).exists():
        pytest.skip(f"{python} is not here")
    environment = {"ANSIBLE_ASYNC_DIR": str(tmp_path / "jobs")}
    agent = AgentProcess(python)
    job = {"module": "shell", "args": {"cmd": "sleep 0.4; echo done"}, "limit": 20}
    started = agent.ask("async_start", args=job, environment=environment)
    jid = started["ansible_job_id"]
    assert (started["started"], started["finished"], started["changed"]) == (1, 0, True)
    status = agent.ask("async_status", args={"jid": jid}, environment=environment)
    assert (status["finished"], status["started"], status["changed"]) == (0, 1, False)
    agent.close()

    agent = AgentProcess(python)
    try:
        ended = eventually(lambda: (told := agent.ask("async_status", args={"jid": jid}, environment=environment))["finished"] and told)
        assert (ended["stdout"], ended["rc"], ended["changed"], ended["ansible_job_id"]) == ("done", 0, True, jid)
        erased = agent.ask("async_status", args={"jid": jid, "mode": "cleanup"}, environment=environment)
        assert erased["erased"] == str(tmp_path / "jobs" / jid)
        assert agent.ask("async_status", args={"jid": jid}, environment=environment)["msg"] == "could not find job"
    finally:
        agent.close()


def test_a_job_ends_at_its_limit(tmp_path: Path) -> None:
    agent = AgentProcess()
    environment = {"ANSIBLE_ASYNC_DIR": str(tmp_path)}
    try:
        job = {"module": "shell", "args": {"cmd": f"sleep 3; touch {tmp_path}/late"}, "limit": 1}
        jid = agent.ask("async_start", args=job, environment=environment)["ansible_job_id"]
        ended = eventually(lambda: (told := agent.ask("async_status", args={"jid": jid}, environment=environment))["finished"] and told)
        assert (ended["failed"], ended["msg"]) == (True, "async task did not complete within the requested time - 1s")
        time.sleep(2.2)
        assert not (tmp_path / "late").exists()
    finally:
        agent.close()


def test_a_job_that_broke_down_shows_its_errors(tmp_path: Path) -> None:
    agent = AgentProcess()
    environment = {"ANSIBLE_ASYNC_DIR": str(tmp_path)}
    try:
        job = {"module": "ping", "args": {"data": "crash"}, "limit": 20}
        jid = agent.ask("async_start", args=job, environment=environment)["ansible_job_id"]
        ended = eventually(lambda: (told := agent.ask("async_status", args={"jid": jid}, environment=environment))["finished"] and told)
        assert ended["failed"]
        assert "Exception: boom" in ended["stderr"]
    finally:
        agent.close()


@pytest.mark.parametrize(
    ("text", "msg"),
    [
        ('{"started": 1, "finished": 0}', "the job's process is gone: the host went down or it was killed"),
        ("{", "Could not parse job output: "),
        ('{"started": 1, "finished": 1, "failed": true, "msg": "no", "rc": 3}', "no"),
    ],
)
def test_says_what_became_of_a_job(text: str, msg: str) -> None:
    class Gone(FakeSystem):
        def kill(self, pid: int, number: int) -> None:
            raise ProcessLookupError

    result = Gone({"/root/.ansible_async/j1.2": text}).perform(async_status, jid="j1.2")
    assert result["failed"] is True
    assert result["msg"].startswith(msg)
    assert result["finished"] == 1
