"""Checks run once for each host that their module names, and reach only those."""

from xml.etree import ElementTree

from tests.verify.conftest import FakeShells

EACH = """
testinfra_hosts = [{patterns}]
def test_name(host, verified_name, host_vars):
    assert host_vars["inventory_hostname"] == verified_name
    assert host.check_output("hostname") == verified_name
"""
NAMES = {(name, "hostname"): (0, name + "\n") for name in ("lb1", "lb2", "web1")}


def asked(shells):
    return [name for name, _ in shells.ran]


def test_runs_once_a_host_of_the_group(verify):
    shells = FakeShells(NAMES)
    assert verify(EACH.format(patterns="'balancers'"), shells) == 0
    assert asked(shells) == ["lb1", "lb2"]
    assert shells.closed


def test_runs_once_where_patterns_overlap(verify):
    shells = FakeShells(NAMES)
    assert verify(EACH.format(patterns="'lb2', 'balancers', 'ansible://web'"), shells) == 0
    assert asked(shells) == ["lb2", "lb1", "web1"]


def test_names_no_hosts_means_all(verify):
    shells = FakeShells(NAMES)
    assert verify(EACH.split("\n", 2)[2], shells) == 0
    assert asked(shells) == ["lb1", "lb2", "web1"]


def test_keeps_to_the_limit(verify):
    shells = FakeShells(NAMES)
    assert verify(EACH.format(patterns="'all'"), shells, limit=["web1"]) == 0
    assert asked(shells) == ["web1"]


def test_fails_when_one_host_differs(verify, capfd):
    shells = FakeShells({**NAMES, ("lb2", "hostname"): (0, "other\n")})
    assert verify(EACH.format(patterns="'balancers'"), shells) == 1
    assert "test_name[lb2]" in capfd.readouterr().out


def test_skips_where_no_host_matches(verify, capfd):
    assert verify(EACH.format(patterns="'operations'"), FakeShells()) == 0
    assert "no host matches operations" in capfd.readouterr().out


def test_a_malformed_pattern_is_the_users_mistake(verify, capfd):
    assert verify(EACH.format(patterns="'~('"), FakeShells()) == 4
    assert "Invalid host list pattern" in "".join(capfd.readouterr())


def test_checks_across_hosts_run_once(verify):
    checks = """
def test_one_holder(inventory_hosts):
    assert list(inventory_hosts) == ["lb1", "lb2", "web1"]
    assert list(inventory_hosts.matching("balancers")) == ["lb1", "lb2"]
    vip = inventory_hosts.variables("lb1")["vip"]
    holders = [name for name, host in inventory_hosts.items() if vip in host.check_output("ip a")]
    assert holders == ["lb2"]
"""
    shells = FakeShells({"ip a": (0, "127.0.0.1"), ("lb2", "ip a"): (0, "127.0.0.1 192.0.2.100")})
    assert verify(checks, shells) == 0
    assert asked(shells) == ["lb1", "lb2", "web1"]


def test_checks_across_hosts_are_left_out_when_some_are(verify, capfd):
    checks = "def test_all(inventory_hosts):\n    assert False\ndef test_one(host):\n    host.run('true')\n"
    shells = FakeShells({"true": (0, "")})
    assert verify(checks, shells, limit=["lb2"]) == 0
    assert asked(shells) == ["lb2"]
    assert "looks across hosts" in capfd.readouterr().out


def test_an_unreachable_host_fails_with_a_sentence_and_is_tried_once(verify, capfd):
    checks = EACH.format(patterns="'balancers'") + "\ndef test_again(host):\n    host.run('true')\n"
    shells = FakeShells({**NAMES, "true": (0, "")}, down=("lb1",))
    assert verify(checks, shells) == 1
    out = capfd.readouterr().out
    assert "lb1: no route to host; switch it on" in out
    assert "another exception" not in out
    assert "Traceback" not in out
    assert asked(shells).count("lb1") == 1
    assert "2 failed, 2 passed" in out


def test_quotes_arguments(verify):
    checks = "testinfra_hosts = ['web1']\ndef test_it(host):\n    assert host.run('cat %s', 'a b;c').rc == 0\n"
    shells = FakeShells({"cat 'a b;c'": (0, "")})
    assert verify(checks, shells) == 0


def test_output_is_utf8_without_asking_the_host(verify):
    checks = "testinfra_hosts = ['web1']\ndef test_it(host):\n    assert host.check_output('x') == 'größe'\n"
    shells = FakeShells({"x": (0, "größe\n")})
    assert verify(checks, shells) == 0
    assert shells.ran == [("web1", "x")]


def test_writes_a_junit_report(verify, tmp_path):
    assert verify(EACH.format(patterns="'balancers'"), FakeShells(NAMES), junit=tmp_path / "report.xml") == 0
    cases = ElementTree.parse(tmp_path / "report.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases] == ["test_name[lb1]", "test_name[lb2]"]
