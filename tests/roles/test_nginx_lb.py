"""The role nginx_lb in front of two back ends: HTTP, TLS, TCP and UDP; reloads under load lose nothing; what is wrong changes nothing."""

import http.client
import json
import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from tests.own_lab import OwnLab, own_lab
from tests.roles.playing import changed, muster, on, plays_again

pytestmark = pytest.mark.lab
NET = "172.30.238"
FRONT, VIP = f"{NET}.11", f"{NET}.100"
PLAYBOOKS = ("playbooks/web.yml", "playbooks/ha.yml")
SERVICES = [
    {"name": "web", "listen": ["80"], "group": "web", "port": 80},
    {"name": "safe", "listen": ["443"], "group": "web", "port": 80, "certificate": "/etc/front.crt", "key": "/etc/front.key"},
    {"name": "raw", "mode": "tcp", "listen": ["81"], "group": "web", "port": 80},
    {"name": "echo", "mode": "udp", "listen": ["5300"], "group": "web", "port": 5300, "responses": 1},
]
DESCRIPTION = json.dumps(
    {
        "name": "nginxlbtest",
        "network": {"subnet": f"{NET}.0/24"},
        "groups": {
            "nginx_balancers": {"hosts": ["front"], "variables": {"nginx_lb_services": SERVICES, "vip": VIP}},
            "web": {"hosts": ["one", "two"]},
        },
        "hosts": {"front": {"address": FRONT}, "one": {"address": f"{NET}.12"}, "two": {"address": f"{NET}.13"}},
    }
)
ECHO = """import socket
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("", 5300))
while True:
    data, peer = s.recvfrom(99)
    s.sendto(socket.gethostname().encode() + b" " + data, peer)
"""
CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=front -days 2 -keyout /etc/front.key -out /etc/front.crt"
TAKE = "systemd-run --quiet --unit taken python3 -m http.server 8999; until ss -Hltn | grep -q :8999; do sleep 0.2; done"
LOOK = "md5sum /etc/nginx/conf.d/*.conf /etc/nginx/modules-enabled/*; systemctl show -p MainPID nginx; pgrep -x nginx"
THREADS = 4
# Of each thread, at most: a load without a bound would be a test of the machine.
REQUESTS = 4000


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnLab]:
    with own_lab(DESCRIPTION, tmp_path_factory.mktemp("nginxlb")) as made:
        yield made


@pytest.fixture(scope="module")
def balanced(lab: OwnLab) -> OwnLab:
    """The lab after a dry run on fresh hosts, a run, and one that changes nothing."""
    on(lab, "front", CERTIFICATE)
    for name in ("one", "two"):
        on(lab, name, f"systemd-run --quiet --unit echo python3 -c '{ECHO}'")
    muster(lab, "play", *PLAYBOOKS, "--check")
    assert changed(muster(lab, "play", *PLAYBOOKS)) > 10
    plays_again(lab, *PLAYBOOKS)
    return lab


def balance(lab: OwnLab, services: object = SERVICES, code: int = 0, **variables: object) -> str:
    words = json.dumps({"nginx_lb_services": services, **variables})
    return muster(lab, "play", "playbooks/ha.yml", "-e", words, code=code)


def asked(connection: http.client.HTTPConnection, path: str = "/", **headers: str) -> str:
    """Ask and return who served it."""
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, f"{answer.status}: {text}"
    return re.findall(r"served by (\w+)", text)[0]


def once(port: int, front: str = FRONT) -> str:
    with closing(http.client.HTTPConnection(front, port, timeout=10)) as connection:
        return asked(connection, Connection="close")


def test_it_does_what_it_should(balanced: OwnLab) -> None:
    said = muster(balanced, "verify", "playbooks/verify/balancing")
    assert re.search(r"^8 passed in", said, re.MULTILINE), said


def test_each_kind_of_service_reaches_both_back_ends(balanced: OwnLab) -> None:
    assert {once(80) for _ in range(16)} == {once(80, VIP) for _ in range(16)} == {once(81) for _ in range(16)} == {"one", "two"}
    trust = ssl.create_default_context(cadata=on(balanced, "front", "cat /etc/front.crt"))
    trust.check_hostname = False
    with closing(http.client.HTTPSConnection(FRONT, 443, timeout=10, context=trust)) as connection:
        assert {asked(connection) for _ in range(16)} == {"one", "two"}
    heard = set()
    for _ in range(16):
        with closing(socket.socket(type=socket.SOCK_DGRAM)) as speaker:
            speaker.settimeout(10)
            speaker.sendto(b"hello", (FRONT, 5300))
            heard.add(speaker.recv(99))
    assert heard == {b"one hello", b"two hello"}


@contextmanager
def load(*askers: Callable[[], str]) -> Iterator[Counter[str]]:
    """Keep asking, in a thread for each, until the end of the block. Yields how many got what answer, or which error."""
    found: Counter[str] = Counter()
    guard, over = threading.Lock(), threading.Event()

    def ask(asker: Callable[[], str]) -> None:
        for _ in range(REQUESTS):
            if over.wait(0.005):
                return
            try:
                what = asker()
            except (OSError, http.client.HTTPException, AssertionError, IndexError) as error:
                what = f"lost: {error!r}"
            with guard:
                found[what] += 1

    threads = [threading.Thread(target=ask, args=[each]) for each in askers]
    for each in threads:
        each.start()
    try:
        yield found
    finally:
        over.set()
        for each in threads:
            each.join()


def assert_nothing_lost(found: Counter[str]) -> None:
    assert set(found) == {"one", "two"}, found
    assert min(found.values()) > 50, found


def test_a_reload_under_load_loses_no_request(balanced: OwnLab) -> None:
    """Neither over HTTP nor over TCP; and one that was under way ends with the worker that had it."""
    with closing(socket.create_connection((FRONT, 80), timeout=30)) as slow, load(*[lambda: once(80), lambda: once(81)] * 2) as found:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: front\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhalf ")
        seen = {on(balanced, "front", LOOK)}
        for weight in (2, 3, 1):
            before = sum(found.values())
            services = [{**each, "weights": {"one": weight}} for each in SERVICES]
            assert "RUNNING HANDLER [nginx_lb : Reload nginx]" in balance(balanced, services)
            seen.add(on(balanced, "front", LOOK))
            assert sum(found.values()) > before
        slow.sendall(b"later")
        answer = b"".join(iter(lambda: slow.recv(4096), b""))
    assert_nothing_lost(found)
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert len(seen) == 4
    assert len(set(re.findall(r"MainPID=\d+", "".join(seen)))) == 1
    assert changed(balance(balanced)) == 0


def test_a_back_end_that_is_down_is_left_out_and_returns(balanced: OwnLab) -> None:
    on(balanced, "two", "systemctl stop nginx")
    try:
        assert {once(port) for port in (80, 81) for _ in range(10)} == {"one"}
    finally:
        on(balanced, "two", "systemctl start nginx")
    drained = balance(balanced, [{**each, "drained": ["one"]} for each in SERVICES])
    assert changed(drained) == 3
    assert {once(port) for port in (80, 81) for _ in range(10)} == {"two"}
    balance(balanced)
    assert {once(80) for _ in range(16)} == {"one", "two"}


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"nginx_lb_extra": "nonsense on;"}, 'unknown directive "nonsense"'),
        ({"services": [{**SERVICES[2], "server_lines": ["nonsense on;"]}]}, 'unknown directive "nonsense"'),
        ({"services": [{**SERVICES[1], "certificate": "/etc/none.crt"}]}, "/etc/none.crt"),
        ({"services": [{**SERVICES[0], "group": "nobody"}]}, "The service web needs a name of its own"),
        ({"services": [{**SERVICES[0], "drained": ["one", "two"]}]}, "at least one of them not drained"),
        ({"services": [{**SERVICES[0], "mode": "sctp"}]}, "sctp"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(balanced: OwnLab, variables: dict[str, object], complaint: str) -> None:
    before = on(balanced, "front", LOOK)
    assert complaint in balance(balanced, code=2, **{"services": SERVICES, **variables}).replace('\\"', '"')
    assert on(balanced, "front", LOOK) == before
    assert once(80) in {"one", "two"}


def test_a_reload_that_nginx_does_not_take_is_told(balanced: OwnLab) -> None:
    """`nginx -t` does not see that another has the port, and `systemctl reload` ends well."""
    on(balanced, "front", TAKE)
    taken = [*SERVICES, {"name": "taken", "listen": ["8999"], "group": "web", "port": 80}]
    try:
        said = balance(balanced, taken, code=2, nginx_lb_reload_seconds=2)
        assert "goes on with what it had" in said
        assert "8999 failed (98: Address already in use)" in said
        assert once(80) in {"one", "two"}
    finally:
        on(balanced, "front", "systemctl stop taken")
        balance(balanced)


def test_tear_down(balanced: OwnLab) -> None:
    """The last test: it takes the balancer away."""
    words = ("playbooks/reset.yml", "-l", "nginx_balancers")
    assert changed(muster(balanced, "play", *words)) >= 4
    assert changed(muster(balanced, "play", *words)) == 0
    assert VIP not in on(balanced, "front", "ip -o address show")
    assert not re.search(r":(80|81|443|5300|8405) ", on(balanced, "front", "ss -Hlntu"))
    left = "cd /etc/nginx && ls conf.d sites-enabled && ls modules-enabled | grep nginx_lb || :"
    assert on(balanced, "front", left).split() == ["conf.d:", "sites-enabled:", "default"]
