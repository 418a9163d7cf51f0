"""docker_swarm against an engine in memory behind a real socket."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner import find
from runner.plan.arguments import prepare
from tests.target.engine import Engine, running
from tests.target.fake_system import FakeSystem


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Engine, Callable[..., dict[str, Any]]]]:
    module = find.load_module("docker_swarm")
    with running(tmp_path) as (engine, address):

        def swarm(check: bool = False, **given: Any) -> dict[str, Any]:
            args = prepare("docker_swarm", module.ARGUMENTS, {"docker_host": address, **given})
            return FakeSystem(check=check, diff=True).perform(module, **args)

        yield engine, swarm


JOIN = {"state": "join", "remote_addrs": ["10.0.0.11:2377"], "join_token": "w1"}


def test_a_swarm_begins_once(host):
    engine, swarm = host
    want = {"advertise_addr": "10.0.0.11", "default_addr_pool": ["10.9.0.0/16"], "subnet_size": 24, "task_history_retention_limit": 2}
    dry = swarm(check=True, **want)
    assert (dry["changed"], dry["actions"], engine.asked) == (True, ["New Swarm cluster created: None"], [])
    assert dry["swarm_facts"] == {"JoinTokens": None, "UnlockKey": None}
    made = swarm(**want)
    assert made["changed"]
    assert (made["actions"], made["result"]) == (["New Swarm cluster created: swarm1"], "")
    assert made["swarm_facts"]["JoinTokens"] == {"Worker": "w1", "Manager": "m1"}
    assert made["swarm_facts"]["Spec"] == {"Orchestration": {"TaskHistoryRetentionLimit": 2}}
    assert made["swarm_facts"]["UnlockKey"] is None
    assert engine.asked[0][3] == {
        "ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": "10.0.0.11", "DefaultAddrPool": ["10.9.0.0/16"], "SubnetSize": 24,
        "ForceNewCluster": False, "Spec": {"Orchestration": {"TaskHistoryRetentionLimit": 2}},
    }  # fmt: skip
    again = swarm(**want)
    assert (again["changed"], again["actions"]) == (False, ["No modification"])
    assert again["swarm_facts"]["JoinTokens"]["Worker"] == "w1"
    assert swarm(force=True)["changed"]


def test_settings_of_a_swarm_change(host):
    engine, swarm = host
    swarm(labels={"a": 1})
    assert not swarm(labels={"a": 1})["changed"]
    changed = swarm(labels={"a": 2}, election_tick=5)
    assert changed["diff"]["before"] == {"labels": {"a": "1"}, "election_tick": None}
    assert engine.swarm["Spec"] == {"Labels": {"a": "2"}, "Raft": {"ElectionTick": 5}}
    assert engine.asked[-1][2]["version"] == "7"
    locked = swarm(autolock_managers=True)
    assert (locked["actions"], locked["swarm_facts"]["UnlockKey"]) == (["Swarm cluster updated"], "key1")
    assert swarm()["swarm_facts"]["UnlockKey"] is None, "nobody asked for it"
    assert swarm(rotate_worker_token=True)["swarm_facts"]["JoinTokens"]["Worker"] == "w2"


def test_a_worker_joins_once_and_cannot_change_the_swarm(host):
    engine, swarm = host
    assert swarm(check=True, **JOIN)["changed"]
    joined = swarm(advertise_addr="10.0.0.12", **JOIN)
    assert (joined["changed"], joined["actions"]) == (True, ["New node is added to swarm cluster"])
    assert joined["diff"] == {"before": {"joined": False}, "after": {"joined": True}}
    assert "swarm_facts" not in joined
    assert "w1" not in repr(joined)
    assert engine.asked == [("POST", "/swarm/join", {}, {"ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": "10.0.0.12",
                                                         "RemoteAddrs": ["10.0.0.11:2377"], "JoinToken": "w1"})]  # fmt: skip
    assert not swarm(**JOIN)["changed"]
    assert "settings a manager changes" in swarm()["msg"]
    assert "forgotten by a manager" in swarm(state="remove", node_id="n2")["msg"]


def test_a_container_of_a_worker_may_be_in_a_network_that_only_managers_see(host, tmp_path):
    _, swarm = host
    module = find.load_module("docker_container")
    given = {"docker_host": f"unix://{tmp_path}/engine.sock", "name": "a", "image": "app:1", "networks": [{"name": "span"}]}

    def dry():
        return FakeSystem(check=True).perform(module, **prepare("docker_container", module.ARGUMENTS, given))

    assert "network named span could not be found" in dry()["msg"]
    swarm(**JOIN)
    assert dry()["changed"]


def test_a_manager_leaves_only_by_force(host):
    _, swarm = host
    assert not swarm(state="absent")["changed"]
    swarm()
    assert swarm(check=True, state="absent")["changed"]
    assert "participating as a manager" in swarm(state="absent")["msg"]
    assert swarm(state="absent", force=True)["changed"]
    assert not swarm(state="absent", force=True)["changed"]


def test_only_a_node_that_is_down_is_forgotten(host):
    engine, swarm = host
    swarm()
    assert "only one that is down" in swarm(state="remove", node_id="n1")["msg"]
    assert swarm(state="remove", node_id="n2")["changed"]
    assert engine.asked[-1][:2] == ("DELETE", "/nodes/n2")
    assert not swarm(state="remove", node_id="n3")["changed"]


def test_what_an_old_engine_does_not_know_is_told(host):
    engine, swarm = host
    engine.api = ("1.30", "1.12")
    assert "data_path_port needs API version 1.40" in swarm(data_path_port=4790)["msg"]
