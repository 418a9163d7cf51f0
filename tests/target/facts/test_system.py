"""The other families of facts."""

import os
import time

import pytest

from runner.target.facts import cmdline, date_time, dns, initiators, local, security, selinux, service_mgr, ssh_keys, virtual
from tests.target.fake_system import FakeSystem


def test_cmdline():
    facts = cmdline.collect(FakeSystem({"/proc/cmdline": "root=UUID=1-2 console=tty0 console=ttyS0 quiet\n"}))
    assert facts["cmdline"] == {"root": "UUID=1-2", "console": "ttyS0", "quiet": True}
    assert facts["proc_cmdline"] == {"root": "UUID=1-2", "console": ["tty0", "ttyS0"], "quiet": True}


def test_dns():
    content = (
        "# x\n; y\nnameserver 10.0.0.1\nnameserver fd00::1\n"
        "search a.example b.example\ndomain c.example\noptions ndots:2 rotate\n"
    )
    assert dns.parsed(content) == {
        "nameservers": ["10.0.0.1", "fd00::1"],
        "search": ["a.example", "b.example"],
        "domain": "c.example",
        "options": {"ndots": "2", "rotate": True},
    }


def test_date_time(monkeypatch):
    monkeypatch.setitem(os.environ, "TZ", "Europe/Berlin")
    time.tzset()
    try:
        facts = date_time.described(1_700_000_000.25)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert facts["iso8601_micro"] == "2023-11-14T22:13:20.250000Z"
    assert (facts["date"], facts["time"], facts["tz"], facts["tz_offset"]) == ("2023-11-14", "23:13:20", "CET", "+0100")
    assert (facts["weekday"], facts["weekday_number"], facts["weeknumber"]) == ("Tuesday", "2", "46")
    assert facts["epoch"] == facts["epoch_int"] == "1700000000"


def test_capabilities():
    few = security.parsed_caps("Name:\tx\nCapEff:\t0000000000000401\n", 40)
    assert few == {"system_capabilities_enforced": "True", "system_capabilities": ["cap_chown", "cap_net_bind_service"]}
    all_of_them = security.parsed_caps("CapEff:\t000001ffffffffff\n", 40)
    assert all_of_them == {"system_capabilities_enforced": "False", "system_capabilities": []}
    assert security.parsed_caps("", 40)["system_capabilities_enforced"] == "NA"
    assert len(security.CAPABILITIES) == 41


def test_selinux():
    files = {selinux.FOLDER + "enforce": "1", selinux.FOLDER + "policyvers": "33"}
    files["/etc/selinux/config"] = "# SELINUX=disabled\nSELINUX=permissive\nSELINUXTYPE=targeted\n"
    assert selinux.collect(FakeSystem(files))["selinux"] == {
        "status": "enabled",
        "mode": "enforcing",
        "policyvers": 33,
        "config_mode": "permissive",
        "type": "targeted",
    }
    assert selinux.collect(FakeSystem())["selinux"] == {"status": "disabled"}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"/proc/1/comm": "systemd\n"}, "systemd"),
        ({"/proc/1/comm": "runit-init\n"}, "runit"),
        ({"/proc/1/comm": "init\n", "/sbin/openrc": ""}, "openrc"),
        ({"/proc/1/comm": "bash\n", "/run/systemd/system/": ""}, "systemd"),
        ({"/proc/1/comm": "sh\n", "/sbin/init": "-> /lib/systemd/systemd"}, "systemd"),
        ({"/proc/1/comm": "init\n", "/etc/init.d/": ""}, "sysvinit"),
        ({}, "service"),
    ],
)
def test_service_manager(files, found):
    assert service_mgr.collect(FakeSystem(files)) == {"service_mgr": found}


def test_systemd_version():
    output = "systemd 252 (252.39-1~deb12u1)\n+PAM +AUDIT -GNUTLS default-hierarchy=unified\n"
    assert service_mgr.parsed(output) == {"version": 252, "features": "+PAM +AUDIT -GNUTLS default-hierarchy=unified"}
    assert service_mgr.systemd(FakeSystem()) == {}


@pytest.mark.parametrize(
    ("files", "kind", "role", "guests", "hosts"),
    [
        ({"/.dockerenv": ""}, "docker", "guest", ["docker", "container"], []),
        ({"/proc/1/environ": "PATH=/bin\0container=lxc\0"}, "lxc", "guest", ["lxc", "container"], []),
        ({"/run/systemd/container": "podman\n"}, "podman", "guest", ["podman", "container"], []),
        ({"/sys/devices/virtual/dmi/id/sys_vendor": "QEMU\n"}, "kvm", "guest", ["kvm"], []),
        (
            {
                "/sys/devices/virtual/dmi/id/product_name": "Virtual Machine",
                "/sys/devices/virtual/dmi/id/sys_vendor": "Microsoft Corporation",
            },
            "VirtualPC",
            "guest",
            ["VirtualPC"],
            [],
        ),
        ({"/sys/devices/virtual/dmi/id/product_name": "VirtualBox"}, "virtualbox", "guest", ["virtualbox"], []),
        ({"/dev/kvm": "", "/proc/modules": "kvm 1 0 - Live\n"}, "kvm", "host", [], ["kvm"]),
        ({"/proc/xen/": ""}, "xen", "guest", ["xen"], []),
        ({}, "NA", "NA", [], []),
    ],
)
def test_virtualization(files, kind, role, guests, hosts):
    assert virtual.collect(FakeSystem(files)) == {
        "virtualization_type": kind,
        "virtualization_role": role,
        "virtualization_tech_guest": guests,
        "virtualization_tech_host": hosts,
    }


def test_ssh_keys():
    system = FakeSystem({"/etc/ssh/ssh_host_ed25519_key.pub": "ssh-ed25519 AAAA root@x\n"})
    assert ssh_keys.collect(system) == {
        "ssh_host_key_ed25519_public": "AAAA",
        "ssh_host_key_ed25519_public_keytype": "ssh-ed25519",
    }


def test_storage_names():
    system = FakeSystem(
        {
            "/etc/iscsi/initiatorname.iscsi": "## x\nInitiatorName=iqn.1993-08.org.debian:01:a\n",
            "/etc/nvme/hostnqn": "nqn.2014-08.org:uuid:1\n",
            "/sys/class/fc_host/host1/port_name": "0x21000014ff52a9bb\n",
        }
    )
    assert initiators.iscsi(system) == {"iscsi_iqn": "iqn.1993-08.org.debian:01:a"}
    assert initiators.nvme(system) == {"hostnqn": "nqn.2014-08.org:uuid:1"}
    assert initiators.fibre_channel(system) == {"fibre_channel_wwn": ["21000014ff52a9bb"]}


def test_local_facts():
    folder = "/etc/ansible/facts.d"
    system = FakeSystem(
        {
            f"{folder}/j.fact": '{"a": [1]}',
            f"{folder}/i.fact": "[S]\nbase=/srv\nKey=%(base)s/x\n",
            f"{folder}/bad.fact": "{",
            f"{folder}/note.txt": "{}",
        },
        {f"{folder}/run.fact": '{"e": 1}', f"{folder}/broken.fact": (3, "", "oops")},
    )
    system.add(f"{folder}/dead.fact", "-> /nowhere")
    for name in ("run", "broken"):
        system.add(f"{folder}/{name}.fact", "#!/bin/sh\n", mode=0o755)
    facts = local.collect(system, folder, 10)["local"]
    assert facts == {
        "j": {"a": [1]},
        "i": {"S": {"base": "/srv", "key": "/srv/x"}},
        "run": {"e": 1},
        "bad": f"error loading facts as JSON or ini - please check content: {folder}/bad.fact",
        "dead": f"Could not stat fact ({folder}/dead.fact): it is a symlink to nothing",
        "broken": f"Failure executing fact script ({folder}/broken.fact), rc: 3, err: oops",
    }
    assert sorted(system.warnings) == sorted([facts["bad"], facts["broken"], facts["dead"]])


def test_local_fact_that_refers_to_nothing():
    value, problem = local.parsed("[S]\nkey=%(none)s\n", "/x.fact")
    assert value is None
    assert problem.startswith("error loading facts as ini - please check content: /x.fact (Bad value substitution")
