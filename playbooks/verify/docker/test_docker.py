"""Docker hosts: the daemon has its settings, containers run, their logs are bounded, and they outlive a restart of the daemon."""

import json

import pytest

testinfra_hosts = ["docker_hosts"]

IMAGE = "muster-verify:local"
# No registry needed: the host's own sleep and sh with the libraries that they need.
MAKE_IMAGE = (
    "set -e; files='/bin/sh /bin/sleep /bin/hostname'; "
    "tar -chf - $files $(for each in $files; do ldd $each; done | grep -o '/[^ ]*' | sort -u) 2>/dev/null | docker import - %s"
)


@pytest.fixture(scope="module")
def image(host):
    host.run_expect([0], MAKE_IMAGE, IMAGE)
    yield IMAGE
    host.run("docker ps -aq --filter ancestor=%s | xargs -r docker rm -f", IMAGE)
    host.run("docker rmi %s", IMAGE)


@pytest.fixture
def sleeper(host, image):
    name = host.check_output("docker run -d %s /bin/sleep 600", image)
    yield name
    host.run("docker rm -f %s", name)


def info(host):
    return json.loads(host.check_output("docker info --format '{{json .}}'"))


def test_the_daemon_runs_and_starts_with_the_host(host):
    assert host.service("docker").is_running
    assert host.service("docker").is_enabled


def test_the_daemon_runs_as_its_unit_says(host):
    assert host.check_output("systemctl show docker --property=NeedDaemonReload --value") == "no"


def test_the_daemon_has_its_settings(host, host_vars):
    seen = info(host)
    assert seen["LoggingDriver"] == host_vars.get("docker_log_driver", "json-file")
    assert seen["LiveRestoreEnabled"] == host_vars.get("docker_live_restore", True)
    mirrors = [url.rstrip("/") for url in seen["RegistryConfig"]["Mirrors"] or []]
    assert set(host_vars.get("docker_registry_mirrors", [])) <= set(mirrors)
    for registry in host_vars.get("docker_insecure_registries", []):
        known = seen["RegistryConfig"]["IndexConfigs"].get(registry, {"Secure": True})
        assert not known["Secure"] or registry in seen["RegistryConfig"]["InsecureRegistryCIDRs"]
    if host_vars.get("docker_cgroup_driver"):
        assert seen["CgroupDriver"] == host_vars["docker_cgroup_driver"]
    if host_vars.get("docker_data_root"):
        assert seen["DockerRootDir"] == host_vars["docker_data_root"]


def test_a_container_runs(host, image):
    assert host.check_output("docker run --rm --hostname inside %s /bin/hostname", image) == "inside"


def test_a_container_without_network_has_none(host, image):
    assert host.check_output("docker run --rm --network none %s /bin/sh -c %s", image, "cd /sys/class/net; echo *") == "lo"


def test_the_log_of_a_container_is_bounded(host, host_vars, sleeper):
    seen = json.loads(host.check_output("docker inspect --format '{{json .HostConfig.LogConfig}}' %s", sleeper))
    assert seen["Config"] == host_vars.get("docker_log_options", {"max-size": "10m", "max-file": "3"})


def test_a_container_outlives_a_restart_of_the_daemon(host, host_vars, sleeper):
    if not host_vars.get("docker_live_restore", True):
        pytest.skip("live-restore is off")
    pid = host.check_output("docker inspect --format '{{.State.Pid}}' %s", sleeper)
    daemon = host.check_output("systemctl show docker --property=MainPID --value")
    host.run_expect([0], "systemctl restart docker")
    assert host.check_output("systemctl show docker --property=MainPID --value") != daemon
    assert host.check_output("docker inspect --format '{{.State.Running}} {{.State.Pid}}' %s", sleeper) == f"true {pid}"


def test_users_may_talk_to_the_daemon(host, host_vars):
    for name in host_vars.get("docker_users", []):
        assert "docker" in host.user(name).groups
