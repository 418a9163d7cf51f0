"""containerd as nodes use it: its settings are in effect, containers run, and pulls need no upstream."""

import base64
import json
import re
import struct

import pytest

testinfra_hosts = ["kubernetes"]

IMAGE = "muster-verify-containerd"
DIRECTORY = "/etc/containerd/certs.d"
SOCKET = "/run/containerd/containerd.sock"
# No registry needed: an archive of the host's own sh, sleep and hostname with the libraries that they need.
MAKE_IMAGE = """
set -eu
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT
files='/bin/sh /bin/sleep /bin/hostname'
tar -chf layer.tar $files $(for each in $files; do ldd $each; done | grep -o '/[^ ]*' | sort -u) 2>/dev/null
sum=$(sha256sum layer.tar | cut -d' ' -f1)
arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
layers='{"type":"layers","diff_ids":["sha256:'$sum'"]}'
echo '{"architecture":"'$arch'","os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":'"$layers"'}' >config.json
echo '[{"Config":"config.json","RepoTags":["'"$0"'"],"Layers":["layer.tar"]}]' >manifest.json
tar -cf image.tar manifest.json config.json layer.tar
ctr -n k8s.io images import image.tar
"""
FORGET = "ctr -n k8s.io images ls -q | grep -e %s | xargs -r ctr -n k8s.io images rm --sync"


def field(number, data):
    """Return one length-delimited field of a protocol buffer."""
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def call(host, service, method, message=b""):
    """Call the CRI as kubelet does (gRPC is HTTP/2 with five bytes before the message). Returns (status, what it said, answer's bytes)."""
    body = base64.b64encode(b"\0" + struct.pack(">I", len(message)) + message).decode()
    text = host.check_output(
        "echo %s | base64 -d | curl -s --http2-prior-knowledge --unix-socket %s -H 'content-type: application/grpc' -H 'te: trailers' "
        "-D - --data-binary @- http://localhost/runtime.v1.%s/%s | base64 -w0",
        body,
        SOCKET,
        service,
        method,
    )
    answer = base64.b64decode(text)
    status, said = (re.search(rb"grpc-%s: ([^\r\n]*)" % name, answer) for name in (b"status", b"message"))
    assert status, answer
    return int(status[1]), said[1].decode() if said else "", answer


def pull(host, image):
    return call(host, "ImageService", "PullImage", field(1, field(1, image.encode())))


@pytest.fixture(scope="module")
def settings(host):
    """The configuration that the daemon has in effect, as text."""
    return host.check_output("containerd config dump")


@pytest.fixture(scope="module")
def registry(inventory_hosts):
    """The registry of the inventory, where it is what the cache stands in front of."""
    mirrors = list(inventory_hosts.matching("registry_mirror"))
    if not mirrors:
        pytest.skip("the inventory has no registry_mirror")
    mirror = inventory_hosts.variables(mirrors[0])
    for name in inventory_hosts.matching("registry"):
        variables = inventory_hosts.variables(name)
        endpoint = f"{variables['ansible_host']}:{variables.get('registry_port', 5000)}"
        if mirror.get("registry_mirror_upstream") == f"https://{endpoint}" and variables.get("registry_users"):
            user = variables["registry_users"][0]
            return {"host": inventory_hosts[name], "endpoint": endpoint, "user": user, "mirror": inventory_hosts[mirrors[0]]}
    return pytest.skip("the upstream is no registry of the inventory: nothing is pushed to it, and it is not stopped")


def test_runs_and_starts_with_the_host(host):
    assert host.service("containerd").is_running
    assert host.service("containerd").is_enabled


def test_has_its_settings(host, host_vars, settings):
    driver = host_vars.get("containerd_cgroup_driver", "systemd")
    assert f"SystemdCgroup = {json.dumps(driver == 'systemd')}" in settings
    assert host_vars.get("containerd_sandbox_image", "registry.k8s.io/pause:3.10") in settings
    assert f'config_path = "{DIRECTORY}"' in settings.replace("'", '"')


def test_the_running_daemon_has_read_its_file(host):
    """It was started after the file was written."""
    started = host.check_output("date -d \"$(systemctl show containerd --property=ActiveEnterTimestamp --value)\" +%s")
    assert int(started) + 1 >= host.file("/etc/containerd/config.toml").mtime.timestamp()


def test_kubernetes_can_talk_to_it(host):
    status, said, answer = call(host, "RuntimeService", "Version")
    assert (status, said) == (0, "")
    assert b"containerd" in answer


def test_cni_plugins_are_there(host, host_vars):
    if not host_vars.get("containerd_cni_plugins", True):
        pytest.skip("not asked for")
    directory = host_vars.get("containerd_cni_directory", "/opt/cni/bin")
    said = host.check_output("echo '{}' | CNI_COMMAND=VERSION %s/bridge", directory)
    assert "1.0.0" in json.loads(said)["supportedVersions"]


def test_a_container_runs(host, verified_name):
    name = f"docker.io/library/{IMAGE}-run:{verified_name}"
    try:
        host.run_expect([0], "sh -c %s %s", MAKE_IMAGE, name)
        assert host.check_output("ctr -n k8s.io run --rm %s %s /bin/sh -c %s", name, f"{IMAGE}-run", "echo from inside") == "from inside"
    finally:
        host.run(FORGET, f"{IMAGE}-run")


def test_an_image_that_is_nowhere_is_told(host):
    status, said, _answer = pull(host, "localhost:1/none:1")
    assert status != 0
    assert "connection refused" in said


def test_the_second_pull_needs_no_upstream(inventory_hosts, registry):
    nodes = list(inventory_hosts.matching("kubernetes").values())
    first, second = nodes[0], nodes[-1]
    pushed, pulled = f"{registry['endpoint']}/library/{IMAGE}:1", f"docker.io/library/{IMAGE}:1"
    user = registry["user"]
    unit = registry["host"].check_output(
        "systemctl list-units --plain --no-legend docker-registry.service docker-distribution.service"
    ).split()[0]
    try:
        first.run_expect([0], "sh -c %s %s", MAKE_IMAGE, pushed)
        first.run_expect(
            [0], "ctr -n k8s.io images push --hosts-dir %s --user %s %s", DIRECTORY, f"{user['name']}:{user['password']}", pushed
        )
        first.run_expect([0], FORGET, IMAGE)
        since = registry["mirror"].check_output("date +%s")
        assert pull(first, pulled)[:2] == (0, "")
        registry["host"].run_expect([0], "systemctl stop %s", unit)
        first.run_expect([0], FORGET, IMAGE)
        assert pull(second, pulled)[:2] == (0, "")
        assert second.check_output("ctr -n k8s.io run --rm %s %s /bin/sh -c %s", pulled, IMAGE, "echo cached") == "cached"
        log = registry["mirror"].check_output(f"journalctl -u registry-mirror --since @{since} -o cat --no-pager")
        assert f"/v2/library/{IMAGE}/manifests/" in log
    finally:
        registry["host"].run_expect([0], "systemctl start %s", unit)
        for each in {id(each): each for each in (first, second)}.values():
            each.run(FORGET, IMAGE)
