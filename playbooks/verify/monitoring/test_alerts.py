"""Alerts: a stopped exporter is an alert that reaches a receiver of this test's own, and is over when it runs again."""

import json
import time
import urllib.parse

import pytest

testinfra_hosts = ["alertmanager"]

PATIENCE = 420.0
UNIT = "muster-verify-receiver"
# Keeps what is posted, one document a line. It has no more of Python than every host with an agent has.
RECEIVER = """
import http.server, sys
class Keep(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[2], "ab") as file:
            file.write(body.strip() + b"\\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Keep).serve_forever()
"""


def wait_until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.5)
    return found


@pytest.fixture
def receiver(host, host_vars):
    """A web server where the first webhook on this host points; return a function: (status, exporter) of what was received."""
    hooks = [hook["url"] for each in host_vars.get("alertmanager_receivers", []) for hook in each.get("webhook_configs", [])]
    local = [urllib.parse.urlsplit(url) for url in hooks if urllib.parse.urlsplit(url).hostname == "127.0.0.1"]
    if not local:
        pytest.skip("alertmanager_receivers has no webhook at 127.0.0.1 that a receiver of this test could listen at")
    file = f"/run/{UNIT}.json"
    host.run("systemctl stop %s; rm -f %s", UNIT, file)
    host.run_expect([0], "systemd-run --unit=%s python3 -c %s %s %s", UNIT, RECEIVER, str(local[0].port), file)

    def received():
        documents = [json.loads(line) for line in host.run("cat %s", file).stdout.splitlines()]
        alerts = [alert for document in documents for alert in document["alerts"]]
        down = [alert for alert in alerts if (alert["labels"]["alertname"], alert["labels"].get("job")) == ("TargetDown", "node")]
        return [(alert["status"], alert["labels"]["instance"]) for alert in down]

    yield received
    host.run("systemctl stop %s; rm -f %s", UNIT, file)


def test_it_runs_and_starts_with_the_host(host):
    assert host.service("prometheus-alertmanager").is_running
    assert host.service("prometheus-alertmanager").is_enabled


def test_the_configuration_holds_tokens_and_is_not_for_all(host):
    file = host.file("/etc/prometheus/muster-alertmanager/alertmanager.yml")
    assert (file.user, file.group, file.mode & 0o037) == ("root", "prometheus", 0)
    host.run_expect([0], "amtool check-config %s", file.path)


def test_prometheus_knows_where_alerts_go(inventory_hosts, host_vars, verified_name):
    address = f"{host_vars['ansible_host']}:{host_vars.get('alertmanager_port', 9093)}"
    for name, each in inventory_hosts.matching("prometheus").items():
        port = inventory_hosts.variables(name).get("prometheus_port", 9090)
        found = json.loads(each.check_output(f"curl -sf http://127.0.0.1:{port}/api/v1/alertmanagers"))["data"]["activeAlertmanagers"]
        assert f"http://{address}/api/v2/alerts" in [one["url"] for one in found]


def test_a_stopped_exporter_becomes_an_alert_that_is_received(inventory_hosts, receiver):
    exporters = inventory_hosts.matching("node_exporter")
    if not exporters or not inventory_hosts.matching("prometheus"):
        pytest.skip("the inventory has no exporter, or no Prometheus")
    name, exporter = list(exporters.items())[-1]
    exporter.run_expect([0], "systemctl stop prometheus-node-exporter")
    try:
        assert wait_until(lambda: ("firing", name) in receiver()), f"received: {receiver()}"
    finally:
        exporter.run_expect([0], "systemctl start prometheus-node-exporter")
    assert wait_until(lambda: ("resolved", name) in receiver()), f"received: {receiver()}"
    assert {instance for _status, instance in receiver()} == {name}, "others did not fall silent"
