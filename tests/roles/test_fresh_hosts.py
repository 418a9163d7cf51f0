"""Every playbook that ships, as a dry run on hosts that have nothing yet: none fails, and none changes anything."""

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.own_lab import OwnLab, own_lab
from tests.roles.playing import ROOT, muster, on

pytestmark = pytest.mark.lab
NET = "172.30.242"
SITE = "site.yml"
IMPORTED = {play["import_playbook"] for play in yaml.safe_load((ROOT / "playbooks" / SITE).read_text("utf-8"))}
# A promotion is of a service that runs.
PLAYBOOKS = sorted({path.name for path in (ROOT / "playbooks").glob("*.yml")} - IMPORTED - {"promote.yml"})
ONE = (
    "balancers nfs_servers registry registry_mirror prometheus influxdb grafana drone lvs_directors kubernetes_control_plane"
    " web operations docker_hosts cadvisor etcd consul zookeeper node_exporter"
)
TWO = (
    "nginx_balancers nfs_clients alertmanager pushgateway drone_runners ci_proxy replicas lvs_real kubernetes_workers"
    " web operations docker_hosts cadvisor etcd consul zookeeper node_exporter"
)
GROUPS: dict[str, dict[str, object]] = {
    name: {"hosts": [host for host, groups in (("one", ONE), ("two", TWO)) if name in groups.split()]} for name in f"{ONE} {TWO}".split()
}
GROUPS["kubernetes"] = {"children": ["kubernetes_control_plane", "kubernetes_workers"]}
GROUPS["balancers"]["variables"] = {"vip": f"{NET}.100"}
VARIABLES = {
    "lvs_services": [{"name": "shop", "address": f"{NET}.101", "port": 80, "group": "lvs_real", "method": "dr"}],
    **{f"cadvisor_stack_influxdb_{user}_password": user * 3 for user in ("admin", "writer", "reader")},
    "alertmanager_receivers": [{"name": "v", "webhook_configs": [{"url": "http://127.0.0.1:9199/"}]}],
    "drone_host": "ci.example",
    "drone_rpc_secret": "0123456789abcdef0123456789abcdef",
    "drone_source": {"DRONE_GITEA_SERVER": "https://git", "DRONE_GITEA_CLIENT_ID": "id", "DRONE_GITEA_CLIENT_SECRET": "hush"},
    "rsync_replica_sets": [{"name": "etcd", "source": "one", "path": "/etc/ssh", "destination": "/srv/copies/etcd"}],
    "nfs_active": "one",
    "nfs_exports": [{"path": "/srv/export/shared"}],
    "nfs_mounts": [{"path": "/srv/shared", "export": "/srv/export/shared"}],
    "docker_live_restore": False,
    "docker_networks": [{"name": "span", "driver": "overlay"}, {"name": "front"}],
    "docker_networks_containers": [{"name": "a", "image": "b:1", "networks": [{"name": "span"}]}],
}
DESCRIPTION = json.dumps(
    {
        "name": "freshhosts",
        "network": {"subnet": f"{NET}.0/24"},
        "variables": VARIABLES,
        "groups": GROUPS,
        "hosts": {"one": {"address": f"{NET}.11"}, "two": {"address": f"{NET}.12"}},
    }
)
LOOK = "find /etc /usr/local /srv /var/lib/muster -newer /run/before ! -name '*-' 2>/dev/null; systemctl --failed --no-legend"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnLab]:
    with own_lab(DESCRIPTION, tmp_path_factory.mktemp("fresh")) as made:
        for name in ("one", "two"):
            on(made, name, "touch /run/before")
        yield made


# Those that site.yml imports run in it.
@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_dry_run_on_fresh_hosts_fails_nowhere_and_changes_nothing(lab: OwnLab, name: str) -> None:
    muster(lab, "play", f"playbooks/{name}", "--check", "--diff")
    for host in ("one", "two"):
        assert on(lab, host, LOOK) == "", host
