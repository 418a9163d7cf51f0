"""The other docker modules against an engine in memory behind a real socket."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner import find
from runner.plan.arguments import prepare
from tests.target.engine import Engine, running
from tests.target.fake_system import FakeSystem

Host = tuple[Engine, Any]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with running(tmp_path) as (engine, address):

        def perform(name: str, system: FakeSystem | None = None, /, check: bool = False, **given: Any) -> dict[str, Any]:
            module = find.load_module(name)
            args = prepare(name, module.ARGUMENTS, {"docker_host": address, **given})
            return (system or FakeSystem(check=check, diff=True)).perform(module, **args)

        yield engine, perform


def changes(engine: Engine) -> list[str]:
    found = [f"{method} {path}" for method, path, _, _ in engine.asked]
    engine.asked.clear()
    return found


def add(engine: Engine, name: str) -> str:
    engine.create(name, {"Image": "app:1", "HostConfig": {}})
    engine.containers[name]["State"]["Running"] = True
    return str(engine.containers[name]["Id"])


def test_network_is_made_joined_and_made_anew(host: Host) -> None:
    engine, perform = host
    add(engine, "a"), add(engine, "b")
    want = {"name": "net", "ipam_config": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.1"}], "connected": ["a"]}
    dry = perform("docker_network", check=True, **want)
    assert (dry["changed"], dry["actions"]) == (True, ["Created network net with driver bridge", "Connected container a"])
    assert dry["network"] is None
    assert changes(engine) == []
    first = perform("docker_network", **want)
    assert (first["changed"], first["network"]["Id"], "actions" in first) == (True, "n-net", False)
    assert changes(engine) == ["POST /networks/create", "POST /networks/n-net/connect"]
    assert not perform("docker_network", **want)["changed"]
    assert not perform("docker_network", name="net")["changed"], "containers stay connected where none is named"
    assert not perform("docker_network", name="net", connected=[])["changed"]
    assert perform("docker_network", name="net", connected=["b"], appends=True)["changed"]
    assert changes(engine) == ["POST /networks/n-net/connect"]
    other = perform("docker_network", name="net", connected=["b"], internal=True)
    assert other["diff"]["differences"][0] == "internal"
    assert changes(engine) == ["POST /networks/n-net/disconnect"] * 2 + ["DELETE /networks/n-net", "POST /networks/create",
                                                                         "POST /networks/n-net/connect"]  # fmt: skip
    warned = perform("docker_network", name="net", connected=["b", "ghost"])
    assert not warned["changed"]
    assert "ghost is not there" in warned["warnings"][0]
    gone = perform("docker_network", name="net", state="absent")
    assert (gone["changed"], gone["actions"][-1]) == (True, "Removed network net")
    assert gone["diff"] == {"before": {"exists": True}, "after": {"exists": False}}
    again = perform("docker_network", name="net", state="absent")
    assert (again["changed"], again["actions"]) == (False, [])
    assert "needs API version 1.47" in perform("docker_network", name="x", enable_ipv4=True)["msg"]


def test_volume_is_kept_unless_told_otherwise(host: Host) -> None:
    engine, perform = host
    dry = perform("docker_volume", check=True, name="v")
    assert (dry["changed"], dry["actions"], dry["volume"]) == (True, ["Created volume v with driver local"], None)
    assert perform("docker_volume", name="v", labels={"a": 1}, driver_options={"type": "tmpfs"})["changed"]
    assert not perform("docker_volume", name="v", labels={"a": 1}, driver_options={"type": "tmpfs"})["changed"]
    changes(engine)
    assert not perform("docker_volume", name="v", labels={"a": 2})["changed"]
    assert perform("docker_volume", name="v", labels={"a": 2}, recreate="options-changed")["changed"]
    assert changes(engine) == ["DELETE /volumes/v", "POST /volumes/create"]
    assert perform("docker_volume_info", name="v")["volume"]["Labels"] == {"a": "2"}
    assert perform("docker_volume", name="v", state="absent")["changed"]
    assert perform("docker_volume_info", name="v") == {"changed": False, "exists": False, "volume": None}


def test_info_of_containers_networks_images_and_the_engine(host: Host) -> None:
    engine, perform = host
    add(engine, "a")
    assert perform("docker_container_info", name="a")["container"]["Name"] == "/a"
    assert not perform("docker_container_info", name="b")["exists"]
    assert perform("docker_network_info", name="bridge")["network"]["Id"] == "n-bridge"
    assert [each["Id"] for each in perform("docker_image_info", name=["app:1", "nope"])["images"]] == ["sha256:" + "a" * 64]
    info = perform("docker_host_info", containers=True, networks=True)
    assert info["host_info"]["Name"] == "host"
    assert info["containers"] == [{"Id": "c1", "Names": ["/a"]}]


def test_exec_feeds_and_reads_the_process(host: Host) -> None:
    engine, perform = host
    add(engine, "a")
    result = perform("docker_container_exec", container="a", argv=["cat"], stdin="x" * 300_000)
    assert (result["stdout"], result["stderr"], result["rc"]) == ("got " + "x" * 300_000, "err", 0)
    engine.exit_code = 3
    assert perform("docker_container_exec", container="a", command="sh -c 'exit 3'")["rc"] == 3
    assert engine.asked[-1][3]["Cmd"] == ["sh", "-c", "exit 3"]
    assert perform("docker_container_exec", container="a", argv=["x"], detach=True)["exec_id"] == "e1"
    assert perform("docker_container_exec", container="b", argv=["x"])["msg"] == 'Could not find container "b"'
    engine.containers["a"]["State"]["Running"] = False
    assert "has been paused or does not run" in perform("docker_container_exec", container="a", argv=["x"])["msg"]
    assert perform("docker_container_exec", check=True, container="a", argv=["x"])["skipped"]


def test_images_are_tagged_removed_pulled_and_pushed(host: Host) -> None:
    engine, perform = host
    tagged = perform("docker_image_tag", name="app:1", repository=["app:2", "other"])
    assert tagged["tagged_images"] == ["app:2", "other:latest"]
    assert not perform("docker_image_tag", name="app:1", repository=["app:2"])["changed"]
    assert perform("docker_image_remove", check=True, name="app:2")["changed"]
    assert "app:2" in engine.images
    assert perform("docker_image_remove", name="app:2")["untagged"] == ["app:2"]
    assert not perform("docker_image_remove", name="app:2")["changed"]
    engine.pullable["new:1"] = dict(engine.images["app:1"], Id="sha256:" + "c" * 64)
    assert perform("docker_image_pull", name="new:1")["changed"]
    assert not perform("docker_image_pull", name="new:1")["changed"]
    changes(engine)
    assert not perform("docker_image_pull", name="new:1", pull="not_present")["changed"]
    assert changes(engine) == []
    assert perform("docker_image_push", name="new:1")["changed"]
    assert perform("docker_image", name="new:1", source="local", repository="again:5")["actions"] == ["Tagged image new:1 to again:5"]
    assert perform("docker_image", name="nope:1", source="local")["msg"] == "Cannot find the image nope:1 locally."
    assert perform("docker_image", name="new:1", state="absent")["image"] == {"state": "Deleted"}
    assert not perform("docker_image", name="new:1", state="absent")["changed"]


def test_login_is_tried_kept_and_forgotten(host: Host) -> None:
    _, perform = host
    system = FakeSystem()
    login = {"registry_url": "reg.example", "username": "me", "password": "right"}
    first = perform("docker_login", system, **login)
    assert (first["changed"], first["login_result"]["Status"]) == (True, "Login Succeeded")
    kept = system.files["/root/.docker/config.json"]
    assert kept.mode == 0o600
    assert base64.b64decode(json.loads(kept.data)["auths"]["reg.example"]["auth"]) == b"me:right"
    assert not perform("docker_login", system.again(), **login)["changed"]
    assert perform("docker_login", system.again(), **login, reauthorize=True)["changed"]
    failed = perform("docker_login", system.again(), **dict(login, password="wrong"))
    assert failed["msg"] == "Logging into reg.example for user me failed - unauthorized: incorrect username or password"
    assert perform("docker_login", system.again(check=True), registry_url="reg.example", state="absent")["changed"]
    assert perform("docker_login", system.again(), registry_url="reg.example", state="absent")["changed"]
    assert json.loads(system.files["/root/.docker/config.json"].data) == {"auths": {}}
    assert not perform("docker_login", system.again(), registry_url="reg.example", state="absent")["changed"]


def test_login_goes_to_the_credential_helper(host: Host) -> None:
    _, perform = host
    helper = {"docker-credential-pass get": (1, "", "not found"), "docker-credential-pass store": 0}
    system = FakeSystem({"/root/.docker/config.json": '{"credsStore": "pass"}'}, helper)
    assert perform("docker_login", system, registry_url="reg.example", username="me", password="right")["changed"]
    assert json.loads(system.inputs[-1] or b"") == {"ServerURL": "reg.example", "Username": "me", "Secret": "right"}
    assert not any("right" in word for words in system.ran for word in words)


def test_prune_removes_what_does_not_run(host: Host) -> None:
    engine, perform = host
    add(engine, "a")
    engine.containers["a"]["State"]["Running"] = False
    result = perform("docker_prune", containers=True, images=True, images_filters={"dangling": False})
    assert (result["containers"], result["containers_space_reclaimed"], result["images"]) == (["c1"], 5, [])
    assert json.loads(engine.asked[-1][2]["filters"]) == {"dangling": ["false"]}
    assert not perform("docker_prune", containers=False)["changed"]
    assert perform("docker_prune", check=True)["skipped"]
