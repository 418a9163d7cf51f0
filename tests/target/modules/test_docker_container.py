"""docker_container against an engine in memory behind a real socket: change, no change, recreation, check mode, errors."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.plan.arguments import prepare
from runner.target.modules import docker_container
from tests.target.engine import Engine, running
from tests.target.fake_system import FakeSystem

Host = tuple[Engine, Any]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with running(tmp_path) as (engine, address):

        def perform(check: bool = False, diff: bool = True, environ: Any = None, files: Any = None, **given: Any) -> dict[str, Any]:
            given = {"docker_host": address, **given}
            args = prepare("docker_container", docker_container.ARGUMENTS, {key: each for key, each in given.items() if each is not None})
            system = FakeSystem(files, environ=environ, check=check, diff=diff)
            return system.perform(docker_container, **args)

        yield engine, perform


def changes(engine: Engine) -> list[str]:
    """Return what was asked for since the last call, as `POST /containers/c1/start`."""
    found = [f"{method} {path}" for method, path, _, _ in engine.asked]
    engine.asked.clear()
    return found


def test_makes_and_starts_then_leaves_alone(host: Host) -> None:
    engine, perform = host
    want = {"name": "web", "image": "app:1", "command": "/bin/serve -p 80", "env": {"A": "b c"}, "published_ports": ["8080:80"],
            "restart_policy": "always", "memory": "64M", "volumes": ["data:/data:ro"], "labels": {"x": "1"}}  # fmt: skip
    dry = perform(check=True, **want)
    assert dry["changed"]
    assert "container" not in dry
    assert dry["actions"][0]["create_parameters"]["Env"] == ["A"]
    assert changes(engine) == []
    result = perform(**want)
    assert result["changed"]
    assert result["diff"]["after"] == {"exists": True, "running": True}
    assert "actions" not in result
    assert changes(engine) == ["POST /containers/create", "POST /containers/c1/start"]
    made = engine.containers["web"]
    assert made["Config"]["Cmd"] == ["/bin/serve", "-p", "80"]
    assert made["HostConfig"]["PortBindings"] == {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}
    assert (made["HostConfig"]["Memory"], made["HostConfig"]["Binds"]) == (64 << 20, ["data:/data:ro"])
    again = perform(**want)
    assert (again["changed"], changes(engine)) == (False, [])
    assert again["container"]["Id"] == "c1"


def test_recreates_for_another_command_and_updates_limits_in_place(host: Host) -> None:
    engine, perform = host
    perform(name="web", image="app:1", command="one")
    changes(engine)
    updated = perform(name="web", image="app:1", command="one", memory="1G", restart_policy="on-failure", restart_retries=3)
    assert updated["changed"]
    assert changes(engine) == ["POST /containers/c1/update"]
    assert engine.containers["web"]["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
    result = perform(name="web", image="app:1", command="two")
    assert changes(engine) == ["POST /containers/c1/stop", "DELETE /containers/c1", "POST /containers/create", "POST /containers/c2/start"]
    assert result["diff"]["differences"] == [{"command": {"parameter": ["two"], "container": ["one"]}}]


def test_comparisons_decide(host: Host) -> None:
    engine, perform = host
    perform(name="web", image="app:1", env={"A": "1", "B": "2"}, labels={"x": "1"})
    assert not perform(name="web", image="app:1", env={"A": "1"})["changed"]
    assert not perform(name="web", image="app:1", env={"C": "1"}, comparisons={"*": "ignore"})["changed"]
    assert not perform(name="web", image="app:1", labels={"x": "1"}, comparisons={"labels": "strict"})["changed"]
    changes(engine)
    result = perform(name="web", image="app:1", env={"A": "1"}, comparisons={"env": "strict"})
    assert result["changed"]
    assert result["diff"]["before"]["env"] == ["A", "B", "PATH"], "values of the environment are not shown"
    failed = perform(name="web", image="app:1", comparisons={"nope": "strict"})
    assert failed["msg"] == "Unknown module option 'nope' in comparisons dict!"
    failed = perform(name="web", image="app:1", comparisons={"image": "allow_more_present"})
    assert "is a value and not a set/list/dict" in failed["msg"]
    failed = perform(name="web", image="app:1", labels={"x": "1"}, comparisons={"*": "strict"}, image_label_mismatch="fail")
    assert failed["msg"].endswith('Labels: "base"')


def test_states_restart_and_pause(host: Host) -> None:
    engine, perform = host
    assert perform(name="web", image="app:1", state="present")["changed"]
    assert changes(engine) == ["POST /containers/create"]
    perform(name="web", state="started")
    assert changes(engine) == ["POST /containers/c1/start"]
    perform(name="web", restart=True, stop_timeout=3)
    # another stop timeout is another container
    assert changes(engine)[0] == "POST /containers/c1/stop"
    assert perform(name="web", restart=True)["changed"]
    assert changes(engine) == ["POST /containers/c2/restart"]
    perform(name="web", paused=True)
    assert changes(engine) == ["POST /containers/c2/pause"]
    perform(name="web", state="stopped")
    assert changes(engine) == ["POST /containers/c2/unpause", "POST /containers/c2/stop"]
    assert not perform(name="web", state="stopped")["changed"]
    engine.containers["web"]["State"].update(Running=True)
    gone = perform(name="web", state="absent", force_kill=True, keep_volumes=False)
    assert engine.asked[-1][2] == {"v": "true"}
    assert changes(engine) == ["POST /containers/c2/kill", "DELETE /containers/c2"]
    assert "container" not in gone
    assert not perform(name="web", state="absent")["changed"]


def test_networks_are_connected_and_purged_only_when_strict(host: Host) -> None:
    engine, perform = host
    for name in ("front", "back"):
        engine.networks[name] = dict(engine.networks["bridge"], Name=name, Id="n-" + name, Containers={})
    perform(name="web", image="app:1", networks=[{"name": "front", "aliases": ["w"]}, {"name": "back"}])
    assert changes(engine) == ["POST /containers/create", "POST /networks/back/connect", "POST /containers/c1/start"]
    assert engine.containers["web"]["HostConfig"]["NetworkMode"] == "front"
    assert not perform(name="web", image="app:1", networks=[{"name": "front"}])["changed"]
    result = perform(name="web", image="app:1", network_mode="front", networks=[{"name": "front", "aliases": ["other"]}],
                     comparisons={"networks": "strict"})  # fmt: skip
    assert result["changed"]
    assert changes(engine) == ["POST /networks/back/disconnect", "POST /networks/front/disconnect", "POST /networks/front/connect"]
    failed = perform(name="web", image="app:1", networks=[{"name": "nowhere"}])
    assert failed["msg"] == "Parameter error: network named nowhere could not be found. Does it exist?"


def test_detach_false_returns_the_output_and_fails_with_the_status(host: Host) -> None:
    engine, perform = host
    result = perform(name="job", image="app:1", detach=False, cleanup=True, log_driver="json-file")
    assert (result["status"], result["container"]) == (0, {"Output": "out\nerr\n"})
    assert changes(engine)[-1] == "DELETE /containers/c1"
    engine.exit_code = 3
    failed = perform(name="job", image="app:1", detach=False, log_driver="json-file")
    assert (failed["failed"], failed["status"], failed["msg"]) == (True, 3, "out\nerr\n")


def test_images_are_pulled_when_missing_with_the_kept_login(host: Host) -> None:
    engine, perform = host
    engine.pullable["reg.example:5000/app:2"] = dict(engine.images["app:1"], Id="sha256:" + "b" * 64)
    assert perform(check=True, name="web", image="reg.example:5000/app:2")["changed"]
    assert changes(engine) == []
    login = {"/root/.docker/config.json": '{"auths": {"reg.example:5000": {"auth": "dTpw"}}}'}
    assert perform(name="web", image="reg.example:5000/app:2", files=login)["changed"]
    assert changes(engine)[0] == "POST /images/create"
    assert any(each.get("X-Registry-Auth") for each in engine.headers)
    assert "manifest unknown" in perform(name="web", image="reg.example:5000/app:3")["msg"]
    assert perform(name="web", image="nope:1", pull="never")["msg"] == "Cannot find image with name nope:1, and pull=never"
    assert perform(name="other")["msg"] == "Cannot create container when image is not specified!"


def test_health_is_waited_for_with_a_limit(host: Host) -> None:
    engine, perform = host
    perform(name="web", image="app:1")
    engine.containers["web"]["State"]["Health"] = {"Status": "healthy"}
    assert perform(name="web", state="healthy")["container"]["State"]["Health"]["Status"] == "healthy"
    engine.containers["web"]["State"]["Health"] = {"Status": "starting", "Log": [{"Output": "refused"}]}
    failed = perform(name="web", state="healthy", healthy_wait_timeout=2)
    assert failed["msg"].startswith('Timeout of 2.0 seconds exceeded while waiting for container "web" to become healthy; it says: refused')


def test_other_versions_and_no_engine(host: Host, tmp_path: Path) -> None:
    engine, perform = host
    engine.api = ("1.52", "1.44")
    perform(name="web", image="app:1")
    assert changes(engine)[0] == "POST /containers/create"
    assert perform(name="web", api_version="1.30")["msg"] == "the engine speaks API versions from 1.44 on; 1.30 was asked for"
    failed = perform(docker_host=None, name="web", environ={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    assert failed["msg"].endswith("Is it installed and running (systemctl status docker)?")
    assert "unix:///path or tcp://host:port here, not ssh://x" in perform(docker_host="ssh://x", name="web")["msg"]
