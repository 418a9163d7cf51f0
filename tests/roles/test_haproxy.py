"""The role haproxy on a host: a configuration that is not valid, and one that is and cannot be loaded, leave the old one at work."""

import json
from collections.abc import Iterator

import pytest

from tests.own_lab import OwnLab, own_lab
from tests.roles.playing import ROOT, changed, muster, on, plays_again

pytestmark = pytest.mark.lab
LAB = """\
name: haproxytest
network: {subnet: 172.30.237.0/24}
hosts:
  one: {address: 172.30.237.11}
"""
SERVICE = {"name": "web", "bind": ["*:8080"], "servers": [{"name": "here", "address": "127.0.0.1:80"}], "health_path": ""}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The play, with the roles beside it."""
    folder = tmp_path_factory.mktemp("haproxy")
    (folder / "play.json").write_text(json.dumps([{"hosts": "all", "roles": ["haproxy"], "vars": {"haproxy_services": [SERVICE]}}]))
    (folder / "roles").symlink_to(ROOT / "roles")
    return str(folder / "play.json")


@pytest.fixture(scope="module")
def balancer(tmp_path_factory: pytest.TempPathFactory, place: str) -> Iterator[OwnLab]:
    with own_lab(LAB, tmp_path_factory.mktemp("lab")) as made:
        on(made, "one", "systemctl start nginx")
        assert changed(muster(made, "play", place)) > 0
        yield made


def test_servers_that_are_not_in_the_inventory_are_balanced(balancer: OwnLab) -> None:
    assert "nginx" in on(balancer, "one", "curl -sf http://127.0.0.1:8080/").lower()


@pytest.mark.parametrize(
    ("service", "complaint"),
    [
        ({"balance": "roundrobbin"}, "only supports"),
        # Valid, and no host's address here: haproxy finds out when it loads it, and its unit calls that reload a success.
        ({"bind": ["10.1.2.3:8080"]}, "could not load its new configuration and goes on with the one before, which was put back"),
    ],
)
def test_the_old_configuration_stays_at_work(balancer: OwnLab, place: str, service: dict[str, object], complaint: str) -> None:
    look = "md5sum /etc/haproxy/haproxy.cfg; ls /etc/haproxy; systemctl show -p MainPID haproxy; pgrep -n -x haproxy; curl -sf http://127.0.0.1:8080/"
    before = on(balancer, "one", look)
    words = ("-e", json.dumps({"haproxy_services": [{**SERVICE, **service}]}))
    assert complaint in muster(balancer, "play", place, *words, code=2)
    assert on(balancer, "one", look) == before


def test_a_change_is_taken_and_leaves_no_copy(balancer: OwnLab, place: str) -> None:
    words = ("-e", json.dumps({"haproxy_services": [{**SERVICE, "bind": ["*:8081"]}]}))
    assert changed(muster(balancer, "play", place, *words)) > 0
    assert "nginx" in on(balancer, "one", "curl -sf http://127.0.0.1:8081/").lower()
    assert on(balancer, "one", "ls /etc/haproxy | grep -c 'haproxy.cfg'").strip() == "1"
    plays_again(balancer, place, *words)
