"""getent: recorded from glibc 2.36."""

from runner.target.modules import getent
from tests.target.fake_system import FakeSystem

HOSTS = "127.0.0.1       localhost\n127.0.0.1       localhost ip6-localhost\n172.30.57.11    s1\n"
COMMANDS = {
    "getent passwd root": "root:x:0:0:root:/root:/bin/bash\n",
    "getent hosts": HOSTS,
    "getent passwd nope": (2, "", ""),
    "getent nope": (1, "", "Unknown database: nope\n"),
    "getent -s files services ssh": "ssh                   22/tcp\n",
}


def test_entries():
    system = FakeSystem(commands=COMMANDS)
    facts = system.perform(getent, database="passwd", key="root")["ansible_facts"]
    assert facts == {"getent_passwd": {"root": ["x", "0", "0", "root", "/root", "/bin/bash"]}}
    hosts = system.perform(getent, database="hosts")["ansible_facts"]["getent_hosts"]
    assert hosts == {"127.0.0.1": [["localhost"], ["localhost", "ip6-localhost"]], "172.30.57.11": ["s1"]}
    assert system.perform(getent, database="services", key="ssh", service="files")["ansible_facts"]["getent_services"]["ssh"] == ["22/tcp"]


def test_missing():
    system = FakeSystem(commands=COMMANDS)
    assert system.perform(getent, database="passwd", key="nope")["failed"]
    soft = system.perform(getent, database="passwd", key="nope", fail_key=False)
    assert soft["ansible_facts"] == {"getent_passwd": {"nope": None}}
    assert system.perform(getent, database="nope")["msg"] == "Missing arguments, or database unknown."
