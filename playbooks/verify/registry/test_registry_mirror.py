"""The pull-through cache: Docker pulls through it, and a second host gets the image while the upstream is stopped."""

import pytest

testinfra_hosts = ["docker_hosts"]

IMAGE = "muster-verify-mirror:1"
MAKE_IMAGE = (
    "set -e; files='/bin/sh /bin/hostname'; "
    "tar -chf - $files $(for each in $files; do ldd $each; done | grep -o '/[^ ]*' | sort -u) 2>/dev/null | docker import - %s"
)
CONFIG = "/root/.muster-verify-docker"


@pytest.fixture(scope="module")
def mirror(inventory_hosts):
    names = list(inventory_hosts.matching("registry_mirror"))
    if not names:
        pytest.skip("the inventory has no registry_mirror")
    variables = inventory_hosts.variables(names[0])
    scheme = "https" if variables.get("registry_mirror_tls", True) else "http"
    endpoint = f"{variables['ansible_host']}:{variables.get('registry_mirror_port', 5001)}"
    return {"host": inventory_hosts[names[0]], "endpoint": endpoint, "url": f"{scheme}://{endpoint}", "variables": variables}


@pytest.fixture
def upstream(inventory_hosts, mirror):
    """The registry of the inventory, where it is what the cache stands in front of and has a user."""
    for name in inventory_hosts.matching("registry"):
        variables = inventory_hosts.variables(name)
        endpoint = f"{variables['ansible_host']}:{variables.get('registry_port', 5000)}"
        if mirror["variables"].get("registry_mirror_upstream") == f"https://{endpoint}" and variables.get("registry_users"):
            return {"host": inventory_hosts[name], "endpoint": endpoint, "user": variables["registry_users"][0]}
    return pytest.skip("the upstream is no registry of the inventory: nothing is pushed to it, and it is not stopped")


def test_the_cache_answers_with_a_sound_certificate(host, mirror):
    words = f"--cacert /etc/docker/certs.d/{mirror['endpoint']}/ca.crt" if mirror["url"].startswith("https") else ""
    host.run_expect([0], f"curl -sf -o /dev/null {words} {mirror['url']}/v2/")


def test_docker_knows_the_cache(host, mirror):
    assert f"{mirror['url']}/" in host.check_output("docker info --format '{{json .RegistryConfig.Mirrors}}'")


def test_containerd_knows_the_cache(host, host_vars, mirror):
    if not host_vars.get("registry_mirror_containerd", True):
        pytest.skip("not asked for")
    name = host_vars.get("registry_mirror_of", "docker.io")
    assert f'[host."{mirror["url"]}"]' in host.file(f"/etc/containerd/certs.d/{name}/hosts.toml").content_string


def test_the_second_pull_needs_no_upstream(inventory_hosts, mirror, upstream):
    docker_hosts = list(inventory_hosts.matching("docker_hosts").values())
    first, second = docker_hosts[0], docker_hosts[-1]
    pushed = f"{upstream['endpoint']}/library/{IMAGE}"
    user = upstream["user"]
    login = "umask 077; mkdir -p %s; echo %s | docker --config %s login -u %s --password-stdin %s"
    first.run_expect([0], MAKE_IMAGE, pushed)
    first.run_expect([0], login, CONFIG, user["password"], CONFIG, user["name"], upstream["endpoint"])
    first.run_expect([0], "docker --config %s push %s && docker rmi %s", CONFIG, pushed, pushed)
    unit = (
        upstream["host"]
        .check_output("systemctl list-units --plain --no-legend docker-registry.service docker-distribution.service")
        .split()[0]
    )
    try:
        since = mirror["host"].check_output("date +%s")
        first.run_expect([0], "docker pull %s", IMAGE)
        upstream["host"].run_expect([0], "systemctl stop %s", unit)
        if second is first:
            first.run_expect([0], "docker rmi %s", IMAGE)
        second.run_expect([0], "docker pull %s", IMAGE)
        assert second.check_output("docker run --rm --hostname cached %s /bin/hostname", IMAGE) == "cached"
        log = mirror["host"].check_output(f"journalctl -u registry-mirror --since @{since} -o cat --no-pager")
        assert "/v2/library/muster-verify-mirror/manifests/" in log
    finally:
        upstream["host"].run_expect([0], "systemctl start %s", unit)
        for each in {id(each): each for each in (first, second)}.values():
            each.run("docker rmi -f %s; rm -rf %s", IMAGE, CONFIG)
