"""hostname: with and without systemd; the refusal is recorded from a container."""

from runner.target.modules import hostname
from tests.target.fake_system import FakeSystem


def host(files=None, **options):
    commands = {"hostname -f": "fake.example.org\n", "hostnamectl set-hostname web1": 0, "hostname web1": 0}
    return FakeSystem({"/etc/hostname": "fake\n"} | (files or {}), commands | options.pop("commands", {}), **options)


def test_systemd():
    system = host({"/run/systemd/system/": ""}, diff=True)
    result = system.perform(hostname, name="web1")
    assert result["changed"]
    assert result["diff"] == {"before": "hostname = fake\n", "after": "hostname = web1\n"}
    assert ["/usr/bin/hostnamectl", "set-hostname", "web1"] in system.ran
    assert result["ansible_facts"]["ansible_hostname"] == "web1"


def test_no_change_returns_the_facts():
    result = host().perform(hostname, name="fake")
    assert not result["changed"]
    assert result["ansible_facts"] == {
        "ansible_hostname": "fake",
        "ansible_nodename": "fake",
        "ansible_fqdn": "fake.example.org",
        "ansible_domain": "example.org",
    }


def test_check_mode():
    system = host({"/run/systemd/system/": ""}, check=True)
    assert system.perform(hostname, name="web1")["changed"]
    assert system.text("/etc/hostname") == "fake\n"
    assert system.ran == [["hostname", "-f"]]


def test_where_hostnamectl_cannot_the_file_is_written():
    refusal = (1, "", "Could not set static hostname: Failed to set static hostname: Device or resource busy\n")
    system = host({"/run/systemd/system/": ""}, commands={"hostnamectl set-hostname web1": refusal})
    assert system.perform(hostname, name="web1")["changed"]
    assert system.text("/etc/hostname") == "web1\n"
    assert ["/usr/bin/hostname", "web1"] in system.ran
    asked = host({"/run/systemd/system/": ""}, commands={"hostnamectl set-hostname web1": refusal})
    assert "Device or resource busy" in asked.perform(hostname, name="web1", use="systemd")["msg"]


def test_other_files():
    system = host({"/etc/sysconfig/network": "NETWORKING=yes\nHOSTNAME=old\n"})
    assert system.perform(hostname, name="web1", use="redhat")["changed"]
    assert system.text("/etc/sysconfig/network") == "NETWORKING=yes\nHOSTNAME=web1\n"
    assert hostname.written_name("openrc", '# x\nhostname="alpine"\n') == "alpine"


def test_what_cannot_be_a_name():
    assert "cannot be a host name" in host().perform(hostname, name="a b")["msg"]
    assert "cannot be a host name" in host().perform(hostname, name="x" * 65)["msg"]
