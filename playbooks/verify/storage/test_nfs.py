"""NFS: one server serves what it should, as it should; clients read and write through their mounts, and standbys are fenced off."""

import time

import pytest

testinfra_hosts = ["nfs_servers", "nfs_clients"]


@pytest.fixture
def active(host_vars, inventory_hosts):
    return host_vars.get("nfs_active") or next(iter(inventory_hosts.matching("nfs_servers")))


@pytest.fixture
def is_server(verified_name, inventory_hosts):
    return verified_name in inventory_hosts.matching("nfs_servers")


def only(condition, what):
    if not condition:
        pytest.skip(f"a matter of {what}")


def test_one_server_serves(host, verified_name, is_server, active):
    only(is_server, "servers")
    threads = host.run("cat /proc/fs/nfsd/threads").stdout.strip() or "0"
    assert (int(threads) > 0) == (verified_name == active)
    assert host.service("nfs-server").is_enabled == (verified_name == active)


def test_only_the_versions_wanted_are_served(host, verified_name, is_server, active, host_vars):
    only(is_server and verified_name == active, "the server that serves")
    wanted = set(host_vars.get("nfs_versions", ["4.1", "4.2"]))
    shown = host.check_output("cat /proc/fs/nfsd/versions").split()
    assert {word[1:] for word in shown if word[0] == "+"} - {"4"} == wanted - {"4.0"}
    if "3" not in wanted:
        assert not host.socket("tcp://0.0.0.0:111").is_listening
        assert host.run("systemctl is-enabled rpcbind.socket").stdout.strip() in ("masked", "masked-runtime", "")


def test_what_is_exported_is_what_is_described(host, verified_name, is_server, active, host_vars):
    only(is_server and verified_name == active, "the server that serves")
    shown = host.check_output("exportfs -v")
    for export in host_vars["nfs_exports"]:
        assert f"{export['path']}" in shown.split(), export["path"]


def test_a_file_is_written_and_read_back_by_the_server(host, is_server, inventory_hosts, active, host_vars, verified_name):
    only(not is_server, "clients")
    for mount in host_vars["nfs_mounts"]:
        value, name = str(time.time()), f"muster-verify-{verified_name}"
        export = mount.get("export", mount["path"])
        found = host.run("echo %s > %s", value, f"{mount['path']}/{name}")
        if found.rc != 0 and "ermission denied" in found.stderr + found.stdout:
            pytest.skip("root may not write there")
        try:
            assert found.rc == 0, found.stderr
            host.check_output("sync %s", f"{mount['path']}/{name}")
            assert inventory_hosts[active].file(f"{export}/{name}").content_string.strip() == value
        finally:
            host.run("rm -f %s", f"{mount['path']}/{name}")


def test_mounts_wait_as_they_should(host, is_server, host_vars):
    only(not is_server, "clients")
    for mount in host_vars["nfs_mounts"]:
        host.check_output("ls %s/.", mount["path"])
        rows = host.check_output("cat /proc/mounts").splitlines()
        options = next(row.split()[3] for row in rows if f" {mount['path']} nfs4 " in row).split(",")
        assert mount.get("recovery", "hard") in options
        assert "nosuid" in options or "nosuid" not in mount.get("options", ["nosuid"])
        assert host.service("nfs-guard.timer").is_running


def test_the_guard_hears_the_server(host, is_server):
    only(not is_server, "clients")
    host.check_output("systemctl start nfs-guard.service")
    assert host.check_output("ls /run/nfs-guard") == ""


def test_a_standby_is_fenced_off(host, is_server, inventory_hosts, active):
    only(not is_server, "clients")
    rules = host.check_output("nft list table inet nfs_fence")
    for name in inventory_hosts.matching("nfs_servers"):
        address = inventory_hosts.variables(name)["ansible_host"]
        assert (f"daddr {address} " in rules) == (name != active), name


def test_what_helps_the_server_is_in_a_sandbox(host, verified_name, is_server, active):
    only(is_server and verified_name == active, "the server that serves")
    shown = host.check_output("systemctl show nfs-mountd --property=NoNewPrivileges --property=MemoryDenyWriteExecute --value")
    assert shown.split() == ["yes", "yes"]
