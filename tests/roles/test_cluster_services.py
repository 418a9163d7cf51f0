"""Monitoring, discovery and CI on three hosts: a dry run, the run, a second that changes nothing, the checks, refusals, tear-down.

ZooKeeper needs a minute or two for its hundred packages of Java on each host: it is in where MUSTER_TEST_ZOOKEEPER is set.
"""

import json
import os
import re
from collections.abc import Iterator

import pytest

from runner.lab import apt_sources
from tests.own_lab import OwnLab, own_lab
from tests.roles import playing
from tests.roles.playing import ROOT, changed, on, what_changed

pytestmark = [pytest.mark.lab, pytest.mark.slow]
PLAYBOOKS = ["playbooks/monitoring.yml", "playbooks/discovery.yml", "playbooks/ci.yml"]
NET = "172.30.73"
MIRROR = {"uri": apt_sources.mirror("bookworm", apt_sources.read()), "suite": "bullseye"}
VARIABLES = {
    "prometheus_interval": "1s",
    "prometheus_timeout": "1s",
    "prometheus_down_after": "2s",
    "alertmanager_receivers": [{"name": "v", "webhook_configs": [{"url": "http://127.0.0.1:9199/", "send_resolved": True}]}],
    "alertmanager_route": {"group_by": ["alertname"], "group_wait": "1s", "group_interval": "2s", "repeat_interval": "1h"},
    "cadvisor_stack_source": MIRROR,
    "cadvisor_stack_cadvisor_options": {"housekeeping_interval": "2s", "docker_only": "true"},
    **{f"cadvisor_stack_influxdb_{user}_password": f"it's \"{user}\"" for user in ("admin", "writer", "reader")},
    "consul_source": MIRROR,
    "drone_image": "muster-standin/drone:1",
    "drone_images_required": False,
    "drone_host": f"{NET}.12",
    "drone_protocol": "http",
    "drone_rpc_secret": "0123456789abcdef0123456789abcdef",
    "drone_source": {"DRONE_GITEA_SERVER": "https://git", "DRONE_GITEA_CLIENT_ID": "id", "DRONE_GITEA_CLIENT_SECRET": "hush-hush"},
}
DISCOVERY = ["consul", "zookeeper"] if os.environ.get("MUSTER_TEST_ZOOKEEPER") else ["consul"]
GROUPS = {
    **dict.fromkeys(DISCOVERY, ("one", "two", "three")),
    "node_exporter": ("one", "two", "three"),
    "grafana": ("three",),
    **dict.fromkeys(("prometheus", "cadvisor", "drone", "drone_runners"), ("one",)),
    **dict.fromkeys(("alertmanager", "pushgateway", "influxdb", "ci_proxy"), ("two",)),
}
DESCRIPTION = json.dumps(
    {
        "name": "musterservices",
        "network": {"subnet": f"{NET}.0/24"},
        "variables": VARIABLES,
        "groups": {name: {"hosts": [*hosts]} for name, hosts in GROUPS.items()},
        "hosts": {
            "one": {"address": f"{NET}.11", "docker_inside": True},
            "two": {"address": f"{NET}.12"},
            "three": {"address": f"{NET}.13"},
        },
    }
)
# Drone's image cannot be had everywhere. The stand-in answers on the port that the real server has, and writes where that has its database.
STAND_IN = r"""
set -e
code='import http.server
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
open("/data/database.sqlite", "a").close()
http.server.ThreadingHTTPServer(("", 80), Answer).serve_forever()'
entry=$(python3 -c 'import json, sys; print(json.dumps(["/usr/bin/python3", "-c", sys.argv[1]]))' "$code")
libraries=$(ldd /usr/bin/python3 | grep -o '/[^ ]*' | sort -u)
tar -chf - --exclude=test --exclude=*.pyc /usr/bin/python3 /usr/lib/python3* $libraries 2>/dev/null |
    docker import --change "ENTRYPOINT $entry" - muster-standin/drone:1
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnLab]:
    with own_lab(DESCRIPTION, tmp_path_factory.mktemp("services")) as made:
        for host in made.lab.hosts:
            # What a crash would lose is of no worth here, and packages are installed in less time.
            on(made, host.name, "echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/lab")
        yield made


def muster(lab: OwnLab, verb: str, *words: str, code: int = 0) -> str:
    """Run `muster VERB` against the lab and return what it says, which has no secret in it."""
    said = playing.muster(lab, verb, *words, code=code)
    assert "hush-hush" not in said
    return said


@pytest.fixture(scope="module")
def configured(lab: OwnLab) -> OwnLab:
    """The lab after a dry run, a run, and one that changes nothing."""
    muster(lab, "play", *PLAYBOOKS, "--check")
    on(lab, "one", "apt-get install --yes --quiet --no-install-recommends docker.io")
    on(lab, "one", STAND_IN)
    assert changed(muster(lab, "play", *PLAYBOOKS)) > 50
    for words in ((), ("--check",)):
        again = muster(lab, "play", *PLAYBOOKS, *words)
        assert changed(again) == 0, what_changed(again)
    return lab


def test_everything_does_what_it_should(configured: OwnLab) -> None:
    discovery = [f"playbooks/verify/discovery/test_{name}.py" for name in DISCOVERY]
    said = muster(configured, "verify", "playbooks/verify/monitoring", *discovery, "playbooks/verify/ci")
    assert re.search(r"^[4-9]\d passed in", said, re.MULTILINE), said


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"prometheus_rules": {"bad": [{"name": "bad", "rules": [{"record": "a", "expr": "sum("}]}]}}, "unclosed left parenthesis"),
        ({"prometheus_rule_tests": {"bad": {"tests": [{"promql_expr_test": [{"expr": "1", "exp_samples": [{"value": 2}]}]}]}}}, "FAILED"),
        ({"prometheus_arguments": {"web.nonsense": "1"}}, "unknown long flag '--web.nonsense'"),
    ],
)
def test_what_promtool_refuses_changes_nothing(configured: OwnLab, variables: dict[str, object], complaint: str) -> None:
    """The old configuration stays, and what ran still runs."""
    look = "systemctl show -p MainPID prometheus; find /etc/prometheus/muster -type f | sort | xargs md5sum"
    before = on(configured, "one", look)
    words = ("-l", "one", "-e", json.dumps(variables))
    assert complaint in muster(configured, "play", "playbooks/monitoring.yml", *words, code=2)
    assert on(configured, "one", look) == before


def test_a_route_to_nobody_is_refused(configured: OwnLab) -> None:
    before = on(configured, "two", "md5sum /etc/prometheus/muster-alertmanager/alertmanager.yml")
    words = ("-l", "two", "-e", json.dumps({"alertmanager_route": {"receiver": "nobody-at-all"}}))
    assert "undefined receiver" in muster(configured, "play", "playbooks/monitoring.yml", *words, code=2)
    assert on(configured, "two", "md5sum /etc/prometheus/muster-alertmanager/alertmanager.yml") == before


def test_tear_down_leaves_nothing_running(configured: OwnLab) -> None:
    """The last test: it takes everything away."""
    roles = ["drone", "prometheus", "cadvisor_stack", "alertmanager", "pushgateway", "node_exporter", *DISCOVERY]
    tasks = [{"include_role": {"name": name, "tasks_from": "reset"}} for name in roles]
    play = {"hosts": "all", "gather_facts": False, "tasks": [{"setup": {"gather_subset": ["min"]}}, *tasks]}
    path = ROOT / "playbooks" / f".reset-{os.getpid()}.yml"
    path.write_text(json.dumps([play]))
    try:
        assert changed(muster(configured, "play", str(path))) > 20
        assert changed(muster(configured, "play", str(path))) == 0
    finally:
        path.unlink()
    ports = (2181, 2281, 3888, 8080, 8086, 8090, 8300, 8500, 9090, 9091, 9093, 9100)
    files = "find /etc/consul.d /etc/muster-[!a]* /etc/drone /etc/prometheus -name '*muster*' -o -name '*.env' || :"
    for host in ("one", "two", "three"):
        listening = {int(line.split()[3].rpartition(":")[2]) for line in on(configured, host, "ss -Hltn").splitlines()}
        assert listening & set(ports) == set(), host
        assert on(configured, host, f"({files}) 2>/dev/null").split() == [], host
