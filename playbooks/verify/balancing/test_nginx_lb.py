"""nginx as a balancer: its workers have the configuration that is on disk, every service answers, each back end takes requests."""

import re

import pytest

testinfra_hosts = ["nginx_balancers"]

STATUS = "127.0.0.1:8405"
WEB = [{"name": "web", "listen": ["80"], "group": "web", "port": 80}]


@pytest.fixture
def services(host_vars):
    return host_vars.get("nginx_lb_services", WEB)


@pytest.fixture
def status(host_vars):
    found = host_vars.get("nginx_lb_status_listen", STATUS)
    if not found:
        pytest.skip("the status page is left out")
    return f"http://{found}"


def address(listen):
    """Return host and port of the first word of nginx's `listen`."""
    name, _, port = listen.split()[0].rpartition(":")
    return (name or "127.0.0.1").replace("[::]", "[::1]").replace("*", "127.0.0.1"), int(port)


def test_nginx_runs_and_starts_with_the_host(host):
    assert host.service("nginx").is_running
    assert host.service("nginx").is_enabled


def test_the_configuration_is_valid(host):
    host.run_expect([0], "nginx -t -q")


def test_the_workers_have_the_configuration_that_is_on_disk(host, status):
    written = re.search(r'nginx-lb-version \{ return 200 "(\w+)', host.file("/etc/nginx/conf.d/nginx_lb.conf").content_string)
    assert host.check_output("curl -sf -m 3 %s", f"{status}/nginx-lb-version") == written[1]


def test_it_says_that_it_lives(host, host_vars, status):
    assert host.check_output("curl -sf -m 3 %s", status + host_vars.get("nginx_lb_alive_path", "/nginx-lb-alive")) == "ok"
    assert "Active connections" in host.check_output("curl -sf -m 3 %s", f"{status}/")


def test_every_service_answers(host, services):
    for service in services:
        for name, port in map(address, service["listen"]):
            if service.get("mode", "http") == "udp":
                assert f":{port} " in host.check_output("ss -Hlun"), service["name"]
            elif service.get("mode") == "tcp":
                host.run_expect([0], "timeout 3 bash -c %s", f"exec 3<>/dev/tcp/{name.strip('[]')}/{port}")
            else:
                scheme = "https" if "certificate" in service else "http"
                asked = host.check_output("curl -sk -m 3 -o /dev/null -w '%%{http_code}' %s", f"{scheme}://{name}:{port}/")
                assert asked not in {"000", "502", "503", "504"}, service["name"]


def test_every_back_end_can_be_reached_from_here(host, services, inventory_hosts):
    for service in services:
        for name in inventory_hosts.matching(service["group"]) if "group" in service else []:
            to = inventory_hosts.variables(name)[service.get("address_from", "ansible_host")]
            if service.get("mode") != "udp":
                host.run_expect([0], "timeout 3 bash -c %s", f"exec 3<>/dev/tcp/{to}/{service['port']}")


def test_requests_reach_more_than_one_back_end(host, services, inventory_hosts):
    """Where the back ends say who they are, as those of the role web_backend."""
    for service in services:
        members = list(inventory_hosts.matching(service["group"])) if "group" in service else []
        takes = [name for name in members if name not in service.get("drained", [])]
        if service.get("mode", "http") != "http" or "certificate" in service or service.get("balance", "round_robin") != "round_robin":
            continue
        name, port = address(service["listen"][0])
        loop = f"for each in $(seq {len(takes) * 8}); do curl -s -m 3 -o /dev/null -D - http://{name}:{port}/; done"
        served = set(re.findall(r"(?im)^x-served-by: (\S+)", host.check_output(loop)))
        assert not served or served == set(takes), service["name"]


def test_the_distributions_site_is_off(host, host_vars):
    if host_vars.get("nginx_lb_replace_default_site", True):
        assert not host.file("/etc/nginx/sites-enabled/default").exists
