"""Prometheus as an operator sees it: every target of the inventory is asked and answers, what is pushed or left as a file is read."""

import json
import time
import urllib.parse

import pytest

testinfra_hosts = ["prometheus"]

# Two scrape intervals of a minute, and more.
PATIENCE = 150.0


def wait_until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.5)
    return found


def ask(host, port, path):
    return json.loads(host.check_output("curl -sf -m 10 %s", f"http://127.0.0.1:{port}{path}"))["data"]


@pytest.fixture
def port(host_vars):
    return host_vars.get("prometheus_port", 9090)


@pytest.fixture
def query(host, port):
    """Return a function: expression -> list of (labels, value)."""

    def run(expression):
        found = ask(host, port, f"/api/v1/query?query={urllib.parse.quote(expression)}")["result"]
        return [(each["metric"], float(each["value"][1])) for each in found]

    return run


@pytest.fixture
def exporters(inventory_hosts):
    found = inventory_hosts.matching("node_exporter")
    if not found:
        pytest.skip("the inventory has no node_exporter")
    return found


def test_it_runs_and_starts_with_the_host(host):
    assert host.service("prometheus").is_running
    assert host.service("prometheus").is_enabled


def targets(host, port):
    """Return (job, instance) -> health of what is asked now. Series of former targets live five minutes longer."""
    found = ask(host, port, "/api/v1/targets")["activeTargets"]
    return {(each["labels"]["job"], each["labels"]["instance"]): each["health"] for each in found}


def test_every_exporter_of_the_inventory_is_asked_and_answers(host, port, exporters):
    assert {instance for job, instance in targets(host, port) if job == "node"} == set(exporters)
    assert wait_until(lambda: {health for (job, _), health in targets(host, port).items() if job == "node"} == {"up"}), targets(host, port)


def test_no_other_target_is_down(host, port):
    assert wait_until(lambda: set(targets(host, port).values()) == {"up"}), targets(host, port)


def test_samples_are_of_the_host_that_they_name(exporters, query):
    names = {labels["instance"]: labels["nodename"] for labels, _value in query("node_uname_info")}
    assert {name: names.get(name) for name in exporters} == {name: each.check_output("uname -n") for name, each in exporters.items()}


def test_recorded_series_have_values(exporters, query):
    def recorded():
        return {labels["instance"]: value for labels, value in query("instance:memory_used:ratio")}

    assert wait_until(lambda: set(recorded()) >= set(exporters))
    assert all(0 < value < 1 for value in recorded().values())


def test_what_is_pushed_is_read(inventory_hosts, query):
    gateways = inventory_hosts.matching("pushgateway")
    if not gateways:
        pytest.skip("the inventory has no pushgateway")
    name, gateway = next(iter(gateways.items()))
    value = round(time.time())
    url = f"http://127.0.0.1:{inventory_hosts.variables(name).get('pushgateway_port', 9091)}/metrics/job/muster-verify/instance/somewhere"
    gateway.run_expect([0], "echo muster_verify_seconds %s | curl -sf --data-binary @- %s", str(value), url)
    try:
        expression = 'muster_verify_seconds{job="muster-verify", instance="somewhere"}'
        assert wait_until(lambda: [found for _labels, found in query(expression)] == [value]), query(expression)
    finally:
        gateway.run_expect([0], "curl -sf -X DELETE %s", url)


def test_files_of_other_programs_are_told(exporters, inventory_hosts, query):
    name, exporter = next(iter(exporters.items()))
    folder = inventory_hosts.variables(name).get("node_exporter_textfiles", "/var/lib/prometheus/node-exporter")
    exporter.run_expect([0], "echo muster_verify_file 42 > %s", f"{folder}/muster-verify.prom")
    try:
        assert wait_until(lambda: [(labels["instance"], value) for labels, value in query("muster_verify_file")] == [(name, 42)])
    finally:
        exporter.run_expect([0], "rm %s", f"{folder}/muster-verify.prom")


def test_a_refused_rule_would_be_seen(host):
    """The check that stands before every rule refuses a wrong one."""
    wrong = "groups: [{name: a, rules: [{record: b, expr: sum(}]}]"
    file = "/run/muster-verify.yml"
    checked = host.run("echo %s > %s; promtool check rules %s; s=$?; rm %s; exit $s", wrong, file, file, file)
    assert checked.rc != 0
    host.run_expect([0], "promtool check config /etc/prometheus/muster/prometheus.yml")
