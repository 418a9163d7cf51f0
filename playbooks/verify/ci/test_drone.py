"""Drone: settings are for root only and on no command line, units hold, the server answers through the proxy where it has its image."""

import json

import pytest

testinfra_hosts = ["drone:drone_runners"]


@pytest.fixture
def parts(host):
    found = host.check_output("ls /etc/drone").split()
    assert found
    return [name.removesuffix(".env") for name in found]


@pytest.fixture
def running(host, parts):
    """The parts that have their image here."""
    image = "docker image inspect $(systemctl cat drone-%s.service | sed -n 's/^ExecStart=.* //p')"
    return [name for name in parts if host.run(image, name).rc == 0]


def settings(host, name):
    lines = host.check_output("grep -v '^#' /etc/drone/%s.env", name).splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_settings_are_for_root_only(host, parts):
    for name in parts:
        file = host.file(f"/etc/drone/{name}.env")
        assert (file.user, file.mode & 0o077) == ("root", 0), name


def test_secrets_are_on_no_command_line(host, parts):
    for name in parts:
        secret = settings(host, name)["DRONE_RPC_SECRET"]
        assert len(secret) >= 32
        assert secret not in host.check_output("systemctl cat drone-%s.service", name)
        assert secret not in host.check_output("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")


def test_units_are_sound(host, parts):
    for name in parts:
        checked = host.run("systemd-analyze verify --man=no /etc/systemd/system/drone-%s.service 2>&1 | grep drone-", name)
        assert checked.stdout == "", name


def test_server_and_runners_know_the_same_secret(inventory_hosts):
    members = inventory_hosts.matching("drone", "drone_runners")
    if not members:
        pytest.skip("the inventory has no drone")
    secrets = set()
    for each in members.values():
        secrets |= set(each.check_output("cat /etc/drone/*.env | grep ^DRONE_RPC_SECRET=").splitlines())
    assert len(secrets) == 1


def test_what_has_its_image_runs_and_comes_back(host, running):
    if not running:
        pytest.skip("no image of Drone is here: configured, not started")
    for name in running:
        assert host.service(f"drone-{name}").is_running
        assert host.service(f"drone-{name}").is_enabled


def test_the_server_answers_through_the_proxy_with_its_settings(host, running, inventory_hosts, host_vars):
    proxies = inventory_hosts.matching("ci_proxy")
    if "server" not in running or not proxies:
        pytest.skip("no image of the server is here, or the inventory has no ci_proxy")
    proxy = next(iter(proxies))
    address = inventory_hosts.variables(proxy)["ansible_host"]
    ask = f"for each in $(seq 60); do curl -sf -m 5 http://{address}/healthz && exit 0; sleep 0.5; done; exit 1"
    host.run_expect([0], ask)
    image = json.loads(host.check_output("docker inspect drone-server"))[0]
    assert f"DRONE_SERVER_HOST={host_vars['drone_host']}" in image["Config"]["Env"]
    assert host.file(f"{host_vars.get('drone_data', '/var/lib/drone')}").mode & 0o077 == 0
