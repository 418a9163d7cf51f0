"""The pure parts of the docker modules: ports, sizes, mounts, comparisons, ignore files, compose's output and words."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from runner.plan.arguments import prepare
from runner.target.decision import ModuleFailed
from runner.target.docker import amounts, build, compose_events, container_mounts, container_table, images, network_compare, published
from runner.target.docker.container_wanted import healthcheck
from runner.target.docker.demux import outputs
from runner.target.modules import docker_compose_v2, docker_image_build
from tests.target.engine import frames
from tests.target.fake_system import FakeSystem


def test_ports_as_the_command_line_writes_them() -> None:
    any_ip = "0.0.0.0"
    assert published.published(["80"], any_ip) == {"80/tcp": [{"HostIp": any_ip, "HostPort": ""}]}
    assert published.published(["8080:80/udp"], "") == {"80/udp": [{"HostIp": "", "HostPort": "8080"}]}
    assert published.published(["127.0.0.1::80", "[::1]:81:80"], any_ip) == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}, {"HostIp": "::1", "HostPort": "81"}]
    }
    assert sorted(published.published(["9000-9001:90-91"], any_ip)) == ["90/tcp", "91/tcp"]
    assert published.published(["9000-9010:90"], any_ip)["90/tcp"][0]["HostPort"] == "9000-9010"
    assert published.exposed(["7000-7001", "53/udp"], {"80/tcp": []}) == ["53/udp", "7000/tcp", "7001/tcp", "80/tcp"]
    for wrong in ("host.example:80:80", "80-70", "x", "1:2:3:4"):
        with pytest.raises(ModuleFailed):
            published.published([wrong], any_ip)


def test_sizes_and_durations() -> None:
    assert [amounts.size(text, "memory") for text in ("512", "1k", "64M", "1.5G", "2GiB")] == [512, 1024, 64 << 20, 3 << 29, 2 << 30]
    assert [amounts.duration(text, "interval") for text in ("1m30s", "500ms", "1.5h", "7")] == [90 * 10**9, 5 * 10**8, 5400 * 10**9, 7]
    for wrong in (lambda: amounts.size("much", "memory"), lambda: amounts.duration("soon", "interval")):
        with pytest.raises(ModuleFailed):
            wrong()


def test_volumes_and_mounts() -> None:
    bound, anonymous = container_mounts.volumes(["~/x:/x", "/a/:/a:ro,Z", "data:/d", "/anon", "/anon2:rw"], lambda text: "/root" + text[1:])
    assert bound == ["/root/x:/x:rw", "/a:/a:ro,Z", "data:/d:rw"]
    assert anonymous == ["/anon", "/anon2"]
    with pytest.raises(ModuleFailed, match="invalid volumes mode"):
        container_mounts.volumes(["/a:/b:nope"], str)
    entry = dict.fromkeys(("consistency", "source", "read_only", *container_mounts._BIND, "no_copy", "labels", "volume_driver",
                           "volume_options", "subpath", "tmpfs_size", "tmpfs_mode", "tmpfs_options"))  # fmt: skip
    made = container_mounts.mounts([dict(entry, type="tmpfs", target="/t", tmpfs_size="1M", tmpfs_mode="1777")])
    assert made == [{"Target": "/t", "Type": "tmpfs", "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 0o1777}}]
    with pytest.raises(ModuleFailed, match="can only be used for mounts of type tmpfs"):
        container_mounts.mounts([dict(entry, type="bind", source="/a", target="/t", tmpfs_size="1M")])
    with pytest.raises(ModuleFailed, match="appears twice"):
        container_mounts.mounts([dict(entry, type="volume", target="/t")] * 2)


def test_comparisons_of_each_kind() -> None:
    equal = container_table.equal
    assert equal("devices", "set(dict)", "allow_more_present", [{"a": 1}], [{"a": 1, "b": 2}, {"c": 3}])
    assert not equal("devices", "set(dict)", "strict", [{"a": 1}], [{"a": 1}, {"c": 3}])
    assert equal("labels", "dict", "allow_more_present", {"a": "1"}, {"a": "1", "b": "2"})
    assert not equal("labels", "dict", "strict", {"a": "1"}, {"a": "1", "b": "2"})
    assert equal("command", "list", "allow_more_present", ["a", "c"], ["a", "b", "c"])
    assert not equal("command", "list", "strict", ["a"], ["a", "b"])
    assert equal("pids_limit", "value", "strict", -1, None)
    assert equal("init", "value", "strict", False, None)
    assert not equal("init", "value", "strict", True, None)


def test_healthchecks() -> None:
    none = {"test": None, "test_cli_compatible": False, "interval": None, "timeout": None, "start_period": None, "start_interval": None,
            "retries": None}  # fmt: skip
    assert healthcheck(none) == {"Test": ["NONE"]}
    assert healthcheck({**none, "test_cli_compatible": True, "interval": "5s"}) == {"Interval": 5 * 10**9}
    assert healthcheck({**none, "test": "curl x", "retries": 2}) == {"Test": ["CMD-SHELL", "curl x"], "Retries": 2}
    with pytest.raises(ModuleFailed, match="NONE, CMD or CMD-SHELL"):
        healthcheck({**none, "test": ["curl"]})


def test_image_names_and_platforms() -> None:
    assert images.split_name("reg:5000/a/b") == ("reg:5000/a/b", "latest")
    assert images.split_name("reg:5000/a:2", "9") == ("reg:5000/a", "2")
    assert images.split_name("a:1@sha256:00") == ("a", "sha256:00")
    assert [images.registry_of(name) for name in ("app", "me/app", "reg:5000/app", "docker.io/app")] == [
        images.HUB, images.HUB, "reg:5000", images.HUB]  # fmt: skip
    image = {"Os": "linux", "Architecture": "arm64", "Variant": "v8"}
    assert images.platform_of(image) == images.normal_platform("linux/aarch64", image) == "linux/arm64"


def test_networks_are_compared_by_what_addresses_mean() -> None:
    assert network_compare.normal("2001:0db8::0001") == "2001:db8::1"
    assert network_compare.normal({"a": "10.0.0.1"}) == {"a": "10.0.0.1"}


def test_the_build_context_leaves_out_what_is_ignored(tmp_path: Path) -> None:
    for name in ("Dockerfile", "a.log", "sub/keep.log", "sub/deep/x.tmp", "secret/key"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".dockerignore").write_text("# comment\n*.log\n**/*.tmp\nsecret\nDockerfile\n!secret/none\n")
    packed = io.BytesIO()
    build.pack(str(tmp_path), "Dockerfile", packed)
    packed.seek(0)
    with tarfile.open(fileobj=packed) as archive:
        names = [each.name for each in archive if each.isfile()]
    assert sorted(names) == [".dockerignore", "Dockerfile", "sub/keep.log"]


def test_outputs_are_told_apart() -> None:
    assert outputs(frames(b"o", b"e") + frames(b"2", b"")) == (b"o2", b"e")


COMPOSE = """\
 Network shop_default  Creating
 Network shop_default  Created
 Container shop-web-1  Creating
 Container shop-web-1  Created
 Container shop-db-1  Running
 web Pulling
 web Pulled
 Container shop-web-1  Starting
 Container shop-web-1  Started
"""


def compose(commands: dict[str, Any], check: bool = False, **given: Any) -> tuple[dict[str, Any], FakeSystem]:
    """A stand-in for the docker command: its compose plugin answers as recorded."""
    base = "docker compose --ansi never --progress plain --project-directory /srv "
    answers: dict[str, Any] = {"docker compose version --short": "2.29.1\n"}
    row = '{"ID": "1", "State": "running", "Labels": "a=b,c=d", "Names": "x,y"}\n'
    answers |= {base + "ps --format json --all": row, base + "images --format json": "[]"}
    answers |= {base + key: value for key, value in commands.items()}
    system = FakeSystem({"/srv/compose.yaml": "services: {}\n"}, answers, check=check)
    args = prepare("docker_compose_v2", docker_compose_v2.ARGUMENTS, {"project_src": "/srv", **given})
    return system.perform(docker_compose_v2, **args), system


def test_compose_up_tells_each_change_once() -> None:
    up = "up --detach --no-color --quiet-pull --"
    result, _ = compose({up: (0, "", COMPOSE)})
    assert result["actions"] == [
        {"what": "network", "id": "shop_default", "status": "Creating"},
        {"what": "container", "id": "shop-web-1", "status": "Creating"},
        {"what": "image", "id": "web", "status": "Pulling"},
        {"what": "container", "id": "shop-web-1", "status": "Starting"},
    ]
    assert result["containers"][0]["Labels"] == {"a": "b", "c": "d"}
    again, _ = compose({up: (0, "", " Container shop-web-1  Running\n")})
    assert (again["changed"], again["actions"]) == (False, [])
    dry, _ = compose({"--dry-run " + up: (0, "", " DRY-RUN MODE -  Container shop-web-1  Recreate\n")}, check=True)
    assert dry["actions"] == [{"what": "container", "id": "shop-web-1", "status": "Recreating"}]


def test_compose_errors_and_other_states() -> None:
    failed, _ = compose({"down --volumes --rmi local --": (1, "", " Container web  Error while Stopping\n")}, state="absent",
                        remove_volumes=True, remove_images="local")  # fmt: skip
    assert failed["msg"] == "Error when processing container web: Error while Stopping"
    up = "up --detach --no-color --quiet-pull --no-start --"
    stopped, _ = compose({up: "", "stop --": (0, "", " Container web  Stopping\n Container web  Stopped\n")}, state="stopped")
    assert stopped["changed"]
    ended = {"ps --format json --all": '[{"ID": "1", "State": "exited"}]'}
    assert not compose({up: "", **ended}, state="stopped")[0]["changed"], "nothing runs: nothing to stop"
    missing, _ = compose({}, project_src="/none")
    assert missing["msg"] == '"/none" is not a directory'
    assert compose_events.rows('[{"a": 1}]') == [{"a": 1}]


def test_image_build_keeps_secrets_out_of_the_command() -> None:
    given = {"name": "app", "path": "/src", "secrets": [{"id": "token", "type": "value", "value": "hidden"}], "args": {"V": 1}}
    line = ("docker buildx build --progress plain --tag app:latest --build-arg V=1 "
            "--secret id=token,type=env,env=MUSTER_BUILD_SECRET_0 -- /src")  # fmt: skip
    answers = {"docker image inspect app:latest": (1, "[]", "Error: No such image: app:latest"), "docker buildx version": "v1", line: ""}
    system = FakeSystem({"/src/Dockerfile": ""}, answers)
    args = prepare("docker_image_build", docker_image_build.ARGUMENTS, given)
    result = system.perform(docker_image_build, **args)
    assert (result["changed"], result["command"][-1]) == (True, "/src")
    assert not any("hidden" in word for words in system.ran for word in words)
    there = FakeSystem({"/src/Dockerfile": ""}, {"docker image inspect app:latest": '[{"Id": "1"}]'})
    assert there.perform(docker_image_build, **dict(args, secrets=None)) == {"changed": False, "actions": [], "image": {"Id": "1"}}
