"""The role docker_networks on two hosts: every kind of network, containers that reach each other over them, names, isolation, tear-down."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.own_lab import OwnLab, own_lab
from tests.roles.playing import changed, muster, on, plays_again

pytestmark = pytest.mark.lab
NET = "172.30.244"
IMAGE = "muster-test:1"
# No registry needed: a shell of the host's own, with what it needs.
MAKE_IMAGE = f"""
files='/bin/sh /bin/sleep /bin/cat /bin/hostname /usr/bin/getent'
tar -chf - $files $(for each in $files; do ldd $each; done | grep -o '/[^ ]*' | sort -u) 2>/dev/null | docker import - {IMAGE}
"""
SLEEP = {"image": IMAGE, "command": ["/bin/sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]}
NETWORKS = [
    {"name": "front", "subnet": "10.81.0.0/24"},
    {"name": "back", "subnet": "10.84.0.0/24", "internal": True},
    {"name": "lan", "driver": "macvlan", "parent": "eth0", "subnet": f"{NET}.0/24", "range": f"{NET}.192/28"},
    {"name": "span", "driver": "overlay", "subnet": "10.82.0.0/24"},
    {
        "name": "own",
        "driver": "vxlan",
        "vni": 83,
        "subnet": "10.83.0.0/16",
        "hosts": {"one": {"range": "10.83.1.0/24", "gateway": "10.83.1.1"}, "two": {"range": "10.83.2.0/24", "gateway": "10.83.2.1"}},
    },
]
FAR = [{"name": "span"}, {"name": "own"}]
ONE = [
    {"name": "alone", "network": "none"},
    {"name": "open", "network": "host"},
    {"name": "plain", "network": "bridge", "dns": ["10.9.9.9"], "dns_search": ["inside.lab"]},
    {
        "name": "shop",
        "networks": [{"name": "front", "address": "10.81.0.10", "aliases": ["www"]}],
        "hostname": "shop",
        "domainname": "inside.lab",
        "hosts": {"db": "10.81.0.99"},
        "dns": ["10.9.9.9"],
        "dns_search": ["inside.lab"],
        "dns_options": ["ndots:2"],
        "ports": ["8080:80"],
    },
    {"name": "helper", "network": "container:shop"},
    {"name": "friend", "networks": [{"name": "front"}]},
    {"name": "vault", "networks": [{"name": "back"}]},
    {"name": "machine1", "networks": [{"name": "lan", "address": f"{NET}.193"}]},
    {"name": "far1", "networks": FAR},
]
TWO = [{"name": "machine2", "networks": [{"name": "lan", "address": f"{NET}.194"}]}, {"name": "far2", "networks": FAR}]


def host(last: int, containers: list[dict[str, object]]) -> dict[str, object]:
    variables = {"docker_networks_containers": [{**SLEEP, **each} for each in containers]}
    return {"address": f"{NET}.{last}", "docker_inside": True, "variables": variables}


DESCRIPTION = json.dumps(
    {
        "name": "dockernets",
        "network": {"subnet": f"{NET}.0/24"},
        "groups": {"docker_hosts": {"hosts": ["one", "two"], "variables": {"docker_live_restore": False, "docker_networks": NETWORKS}}},
        "hosts": {"one": host(11, ONE), "two": host(12, TWO)},
    }
)
PLAYBOOKS = ("playbooks/docker.yml", "playbooks/containers.yml")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnLab]:
    with own_lab(DESCRIPTION, tmp_path_factory.mktemp("dockernets")) as made:
        for name in ("one", "two"):
            on(made, name, "echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/lab")
        yield made


@pytest.fixture(scope="module")
def connected(lab: OwnLab) -> OwnLab:
    """The lab after a dry run on fresh hosts, a run, and one that changes nothing."""
    muster(lab, "play", *PLAYBOOKS, "--check")
    muster(lab, "play", PLAYBOOKS[0])
    for name in ("one", "two"):
        on(lab, name, MAKE_IMAGE)
    muster(lab, "play", PLAYBOOKS[1], "--check")
    said = muster(lab, "play", PLAYBOOKS[1], "-v")
    assert changed(said) > 12
    assert "SWMTKN" not in said
    plays_again(lab, *PLAYBOOKS)
    return lab


def test_networks_and_containers_are_what_they_should_be(connected: OwnLab) -> None:
    said = muster(connected, "verify", "playbooks/verify/docker/test_docker_networks.py")
    assert re.search(r"^\d+ passed", said, re.MULTILINE), said
    assert "skipped" not in said.splitlines()[-1] or re.search(r"\b[1-5] skipped", said), said


def test_a_container_knows_its_names(connected: OwnLab) -> None:
    inside = "docker exec shop /bin/"
    assert on(connected, "one", f"{inside}hostname").strip() == "shop"
    assert "10.81.0.99" in on(connected, "one", "docker exec shop /usr/bin/getent hosts db")
    assert on(connected, "one", "docker exec friend /usr/bin/getent hosts www").split()[0] == "10.81.0.10"
    assert "shop.inside.lab" in on(connected, "one", f"{inside}cat /etc/hosts")


def test_a_vxlan_follows_its_list_while_it_is_in_use(connected: OwnLab) -> None:
    """A peer that leaves the list and comes back is an entry less and one more in the table of a link that stays the same."""
    look = "cat /sys/class/net/vx-own/ifindex; bridge fdb show dev vx-own | sed -n 's/^00:00:00:00:00:00 .*dst \\([^ ]*\\).*/\\1/p'"
    before = on(connected, "one", look).split()
    assert before[1:] == [f"{NET}.12"]
    alone = {**NETWORKS[-1], "hosts": {"one": {"range": "10.83.1.0/24", "gateway": "10.83.1.1"}}}
    assert changed(play(connected, "-l", "one", docker_networks=[*NETWORKS[:-1], alone])) == 2
    assert on(connected, "one", look).split() == before[:1]
    assert changed(play(connected, "-l", "one")) == 2
    assert on(connected, "one", look).split() == before


def play(lab: OwnLab, *words: str, code: int = 0, **variables: object) -> str:
    return muster(lab, "play", "playbooks/containers.yml", *words, "-e", json.dumps(variables), code=code)


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"docker_networks": [{"name": "host"}]}, "The network host needs a name of its own"),
        ({"docker_networks": [{"name": "lan", "driver": "macvlan"}]}, "a subnet if it is a macvlan"),
        ({"docker_networks": [{**NETWORKS[-1], "name": "much-too-long-a-name"}]}, "twelve letters, digits or dashes"),
        ({"docker_networks_containers": [{"name": "a", "image": "b", "network": "none", "ports": ["80:80"]}]}, "of its own has no ports"),
        ({"docker_networks_managers": ["three"]}, "docker_networks_managers names at least one host"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(connected: OwnLab, variables: dict[str, object], complaint: str) -> None:
    said = play(connected, code=2, **variables)
    assert complaint in said
    assert changed(said) == 0


def test_live_restore_is_told_before_a_swarm_begins(connected: OwnLab) -> None:
    on(connected, "two", "docker rm -f far2; docker swarm leave")
    muster(connected, "play", PLAYBOOKS[0], "-l", "two", "-e", "docker_live_restore=true")
    try:
        assert "set docker_live_restore to false" in play(connected, code=2)
    finally:
        muster(connected, "play", PLAYBOOKS[0], "-l", "two")
    play(connected, "-l", "two")
    assert "10.82.0." in on(connected, "two", "docker exec far2 /usr/bin/getent hosts far1")


def test_tear_down(connected: OwnLab) -> None:
    """The last test: it takes everything away."""
    assert changed(muster(connected, "play", "playbooks/reset.yml")) > 15
    look = "ls /etc/muster-vxlan /usr/local/sbin/muster-vxlan 2>/dev/null; ip -br link show | grep -E '^(vx|br)-' || :"
    for name in ("one", "two"):
        assert on(connected, name, look) == ""
        assert on(connected, name, "systemctl is-active docker || :").strip() == "inactive"
    assert changed(muster(connected, "play", "playbooks/reset.yml")) == 0
