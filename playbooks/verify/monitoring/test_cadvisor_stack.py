"""Containers: the CPU series of a busy one is read back from InfluxDB, the dashboard's queries are answered, users are kept apart."""

import json
import re
import time

import pytest

testinfra_hosts = ["influxdb"]

IMAGE = "muster-verify-busy:1"
MAKE_IMAGE = "set -e; tar -chf - /bin/sh $(ldd /bin/sh | grep -o '/[^ ]*' | sort -u) 2>/dev/null | docker import - %s"
PATIENCE = 240.0


def wait_until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(1)
    return found


@pytest.fixture
def ask(host, host_vars):
    """Return a function: statement, user -> what InfluxDB says. The password goes through standard input."""
    url = f"https://127.0.0.1:{host_vars.get('cadvisor_stack_influxdb_port', 8086)}/query"
    database = host_vars.get("cadvisor_stack_influxdb_database", "metrics")

    def run(statement, user="reader"):
        words = f"user = {json.dumps(user + ':' + host_vars[f'cadvisor_stack_influxdb_{user}_password'])}"
        command = "echo %s | curl -s -K - --cacert /etc/muster-influxdb/ca.crt --data-urlencode %s --data-urlencode %s %s"
        return json.loads(host.check_output(command, words, f"db={database}", f"q={statement}", url))

    return run


@pytest.fixture
def busy(inventory_hosts):
    """A container that uses a CPU, on a host that cAdvisor looks at; its name and that of the host."""
    found = {name: each for name, each in inventory_hosts.matching("cadvisor").items() if each.run("docker info").rc == 0}
    if not found:
        pytest.skip("no host of the inventory has both cAdvisor and Docker")
    host_name, docker = next(iter(found.items()))
    name = f"muster-verify-busy-{round(time.time())}"
    docker.run_expect([0], MAKE_IMAGE, IMAGE)
    docker.run_expect([0], "docker run -d --rm --network none --cpus 0.2 --name %s %s /bin/sh -c 'while :; do :; done'", name, IMAGE)
    yield name, host_name
    docker.run("docker rm -f %s; docker rmi -f %s", name, IMAGE)


def series(answer):
    return answer["results"][0].get("series", [])


def test_services_run_and_start_with_the_host(host, inventory_hosts):
    for each, unit in [(host, "influxdb"), *((one, "cadvisor") for one in inventory_hosts.matching("cadvisor").values())]:
        assert each.service(unit).is_running
        assert each.service(unit).is_enabled


def test_cpu_of_a_container_is_read_back(ask, busy):
    name, host_name = busy
    where = f"\"name\" = '{name}' AND \"instance\" = '{host_name}'"
    statement = f'SELECT max("value") - min("value"), count("value") FROM "container_cpu_usage_seconds_total" WHERE {where}'

    def used():
        found = series(ask(statement))
        return found and found[0]["values"][0][2] >= 3 and found[0]["values"][0][1] > 0

    assert wait_until(used), ask(statement)


def test_queries_of_the_dashboard_are_answered(inventory_hosts, ask, busy):
    shown = inventory_hosts.matching("grafana")
    if not shown:
        pytest.skip("the inventory has no grafana")
    file = next(iter(shown.values())).file("/var/lib/grafana/muster/containers.json")
    panels = json.loads(file.content_string)["panels"]
    name, host_name = busy
    given = {"$timeFilter": "time > now() - 1h", "$__interval": "5s", "$host": host_name}

    def of(panel):
        statement = panel["targets"][0]["query"]
        for word, value in given.items():
            statement = statement.replace(word, value)
        assert not re.search(r"\$\w", statement), statement
        return ask(statement)

    assert all("error" not in of(panel)["results"][0] for panel in panels), [of(panel) for panel in panels]
    with_series = {panel["title"] for panel in panels if panel["title"] in ("CPU", "Memory in use")}
    assert len(with_series) == 2
    for panel in panels:
        if panel["title"] in with_series:
            assert wait_until(lambda panel=panel: name in [each["tags"]["name"] for each in series(of(panel))]), panel["title"]


def test_users_may_do_what_they_should_and_no_more(host, host_vars, ask):
    database = host_vars.get("cadvisor_stack_influxdb_database", "metrics")
    assert "not authorized" in json.dumps(ask(f"DROP DATABASE {database}"))
    assert "not authorized" in json.dumps(ask('SELECT * FROM "up" LIMIT 1', user="writer"))
    url = f"https://127.0.0.1:{host_vars.get('cadvisor_stack_influxdb_port', 8086)}/query?q=SHOW%20DATABASES"
    assert host.check_output("curl -s -o /dev/null -w '%{http_code}' --cacert /etc/muster-influxdb/ca.crt " + url) == "401"
    assert host.run(f"curl -s {url}").rc == 60
    assert series(ask("SHOW DATABASES", user="admin"))[0]["values"].count([database]) == 1
