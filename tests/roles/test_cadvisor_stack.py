"""The stack for containers without a host: how InfluxDB is set up, the dashboard, the manifests of metrics-server."""

import importlib.util
import itertools
import json
import re
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

ROLE = Path(__file__).parents[2] / "roles" / "cadvisor_stack"
DASHBOARD = json.loads((ROLE / "files" / "containers.json").read_text())


def script() -> Any:
    """Return the script that sets InfluxDB up, as a module."""
    given = importlib.util.spec_from_file_location("influxdb_setup", ROLE / "files" / "influxdb.py")
    assert given is not None
    assert given.loader is not None
    module = importlib.util.module_from_spec(given)
    given.loader.exec_module(module)
    return module


WANTED = {
    "url": "https://here",
    "admin": {"name": "admin", "password": "a'b\\c"},
    "database": "metrics",
    "hours": 24,
    "users": [{"name": "reader", "password": "r", "privilege": "READ"}],
}


class Server:
    """What an InfluxDB holds; carries out the statements of the script. passwords: by user; empty is a server that nobody has set up."""

    def __init__(self, **state: Any) -> None:
        self.passwords: dict[str, str] = {}
        self.databases: dict[str, str] = {}
        self.grants: dict[str, list[list[str]]] = {}
        vars(self).update(state)
        self.carried_out: list[str] = []

    def ask(self, user: dict[str, str], statement: str) -> tuple[int, list[Any]]:
        begins = statement.startswith
        if not self.passwords and not begins("CREATE USER"):
            return 403, [["create admin user first"]]
        if self.passwords and self.passwords.get(user["name"]) != user["password"]:
            return 401, [["authorization failed"]]
        if begins("SHOW"):
            return 200, self.show(statement)
        self.carried_out.append(statement)
        if found := re.fullmatch(r"""CREATE USER "(\w+)" WITH PASSWORD '(.*?)'( WITH ALL PRIVILEGES)?""", statement):
            self.passwords[found[1]] = re.sub(r"\\(.)", r"\1", found[2])
        elif found := re.fullmatch(r"""SET PASSWORD FOR "(\w+)" = '(.*)'""", statement):
            self.passwords[found[1]] = found[2]
        elif found := re.fullmatch(
            r'(?:CREATE DATABASE|ALTER RETENTION POLICY autogen ON) "(\w+)" (?:WITH )?DURATION (\d+h) (?:NAME autogen|DEFAULT)', statement
        ):
            self.databases[found[1]] = found[2] + "0m0s"
        elif found := re.fullmatch(r'GRANT (\w+) ON "(\w+)" TO "(\w+)"', statement):
            self.grants.setdefault(found[3], []).append([found[2], found[1]])
        else:
            return 500, [[f"error parsing query: {statement}"]]
        return 200, []

    def show(self, statement: str) -> list[Any]:
        last = statement.split()[-1].strip('"')
        tables = {
            "SHOW USERS": [[name, name == "admin"] for name in self.passwords],
            "SHOW DATABASES": [[name] for name in self.databases],
            "SHOW RETENTION": [["autogen", self.databases.get(last), "168h0m0s", 1, True]],
            "SHOW GRANTS": self.grants.get(last, []),
        }
        return next(rows for begin, rows in tables.items() if statement.startswith(begin))


def bring(server: Server, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any] = WANTED) -> list[str]:
    """Carry out what the script finds missing, as it does; return what it says it did."""
    module = script()
    monkeypatch.setattr(module.Influx, "ask", lambda self, statement: server.ask(self.user, statement))
    said = []
    for what, statement in module.changes(wanted):
        module.Influx(wanted, wanted["admin"]).need(statement)
        said.append(what)
    return said


def test_a_new_server_gets_everything_once(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    assert bring(server, monkeypatch) == ["user admin", "database metrics", "user reader", "privilege of reader"]
    assert server.passwords == {"admin": "a'b\\c", "reader": "r"}
    assert server.databases == {"metrics": "24h0m0s"}
    assert server.grants == {"reader": [["metrics", "READ"]]}
    assert bring(server, monkeypatch) == []


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({"databases": {"metrics": "720h0m0s"}}, ["retention"]),
        ({"passwords": {"admin": "a'b\\c", "reader": "old"}}, ["password of reader"]),
        ({"grants": {}}, ["privilege of reader"]),
        ({"grants": {"reader": [["metrics", "WRITE"]]}}, ["privilege of reader"]),
    ],
)
def test_only_what_differs_is_changed(monkeypatch: pytest.MonkeyPatch, different: dict[str, Any], said: list[str]) -> None:
    state = {
        "passwords": {"admin": "a'b\\c", "reader": "r"},
        "databases": {"metrics": "24h0m0s"},
        "grants": {"reader": [["metrics", "READ"]]},
    }
    server = Server(**{**state, **different})
    assert bring(server, monkeypatch) == said
    assert bring(server, monkeypatch) == []


def test_a_wrong_password_of_the_administrator_is_said_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="does not take the password of admin") as ended:
        bring(Server(passwords={"admin": "another"}), monkeypatch)
    assert "a'b" not in str(ended.value)


def test_panels_have_numbers_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    positions = [panel["gridPos"] for panel in panels]
    places = [set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))) for at in positions]
    assert not any(one & other for one, other in itertools.combinations(places, 2))
    assert all(x < 24 for place in places for x, _y in place)


def test_panels_ask_the_source_that_is_provisioned() -> None:
    uid = re.search(r"uid: (\w+)", (ROLE / "templates" / "datasource.yml.j2").read_text())
    assert uid is not None
    for part in [*DASHBOARD["panels"], *DASHBOARD["templating"]["list"]]:
        assert part["datasource"] == {"type": "influxdb", "uid": uid[1]}
    for panel in DASHBOARD["panels"]:
        query = panel["targets"][0]["query"]
        assert "$timeFilter" in query
        assert "GROUP BY time($__interval)" in query


@pytest.mark.parametrize("insecure", [False, True])
def test_the_manifests_of_metrics_server_fit_together(insecure: bool) -> None:
    text = (ROLE / "templates" / "metrics-server.yml.j2").read_text()
    given = {"cadvisor_stack_metrics_server_image": "registry/metrics-server:1", "cadvisor_stack_metrics_server_insecure": insecure}
    documents = list(yaml.safe_load_all(jinja2.Environment(trim_blocks=True).from_string(text).render(given)))
    by = {(each["kind"], each["metadata"]["name"]): each for each in documents}
    assert len(by) == len(documents)
    pod = by["Deployment", "metrics-server"]["spec"]["template"]
    service = by["Service", "metrics-server"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert by["Deployment", "metrics-server"]["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
    assert by["APIService", "v1beta1.metrics.k8s.io"]["spec"]["service"] == {"name": "metrics-server", "namespace": "kube-system"}
    assert ("ServiceAccount", pod["spec"]["serviceAccountName"]) in by
    container = pod["spec"]["containers"][0]
    assert ("--kubelet-insecure-tls" in container["args"]) is insecure
    assert container["ports"][0]["name"] == service["spec"]["ports"][0]["targetPort"]
    for each in documents:
        if each["kind"].endswith("Binding"):
            assert ("ServiceAccount", each["subjects"][0]["name"]) in by
            own = not each["roleRef"]["name"].endswith(("auth-delegator", "authentication-reader"))
            assert ((each["roleRef"]["kind"], each["roleRef"]["name"]) in by) is own
