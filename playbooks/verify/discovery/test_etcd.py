"""The cluster of etcd: every member well, only TLS with a certificate, a key read after its leader was killed, snapshots that are sound."""

import json
import time

import pytest

testinfra_hosts = ["etcd"]

CONTROL = "/usr/local/sbin/etcdctl-member"
KEY = "muster-verify/key"


def endpoint(host):
    """Return etcd's own view of one member."""
    return json.loads(host.check_output(f"{CONTROL} endpoint status -w json"))[0]["Status"]


def wait_until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def well(host):
    return host.run(f"{CONTROL} endpoint health --cluster").rc == 0


@pytest.fixture
def members(inventory_hosts):
    found = inventory_hosts.matching("etcd")
    if not found:
        pytest.skip("the inventory has no etcd")
    return found


def test_the_service_runs_and_starts_with_the_host(host):
    assert host.service("etcd").is_running
    assert host.service("etcd").is_enabled


def test_the_cluster_is_well(host):
    host.run_expect([0], f"{CONTROL} endpoint health --cluster")


def test_members_are_those_of_the_inventory(host, inventory_hosts):
    listed = json.loads(host.check_output(f"{CONTROL} member list -w json"))["members"]
    assert {each["name"] for each in listed} == set(inventory_hosts.matching("etcd"))


def test_only_tls_with_a_certificate_gets_in(host, host_vars):
    address = f"{host_vars['ansible_host']}:{host_vars.get('etcd_client_port', 2379)}"
    with_certificate = "--cacert /etc/etcd/ca.crt --cert /etc/etcd/member.crt --key /etc/etcd/member.key"
    assert host.check_output(f"curl -s {with_certificate} https://{address}/health") in (
        '{"health":"true"}',
        '{"health":"true","reason":""}',
    )
    assert host.run(f"curl -s --cacert /etc/etcd/ca.crt https://{address}/health").rc != 0
    assert host.run(f"curl -s https://{address}/health").rc != 0
    assert "health" not in host.run(f"curl -s http://{address}/health").stdout


def test_the_key_is_for_etcd_only(host):
    file = host.file("/etc/etcd/member.key")
    assert (file.user, file.mode & 0o077) == ("etcd", 0)


def test_what_one_member_writes_all_read(members):
    value = str(time.time())
    first = next(iter(members.values()))
    first.run_expect([0], f"{CONTROL} put {KEY} {value}")
    assert {name: each.check_output(f"{CONTROL} get --print-value-only {KEY}") for name, each in members.items()} == dict.fromkeys(
        members, value
    )
    first.run(f"{CONTROL} del {KEY}")


def test_a_key_outlives_its_leader(members):
    """The leader is killed; another one answers before it is back, and the killed one returns."""
    if len(members) < 3:
        pytest.skip("a cluster of less than three members has no majority without its leader")
    value = str(time.time())
    some = next(iter(members.values()))
    old = endpoint(some)["leader"]
    killed = next(name for name, each in members.items() if endpoint(each)["header"]["member_id"] == old)
    other = next(each for name, each in members.items() if name != killed)
    members[killed].run_expect([0], f"{CONTROL} put {KEY} {value}")
    members[killed].run_expect([0], "systemctl kill --signal=KILL etcd")
    try:
        assert wait_until(lambda: endpoint(other)["leader"] not in (0, old)), "no new leader"
        assert other.check_output(f"{CONTROL} get --print-value-only {KEY}") == value
    finally:
        assert wait_until(lambda: well(other)), "the killed member did not come back"
    assert members[killed].check_output(f"{CONTROL} get --print-value-only {KEY}") == value
    some.run(f"{CONTROL} del {KEY}")


def test_a_snapshot_is_taken_and_sound(host, host_vars):
    folder = host_vars.get("etcd_backup_directory", "/var/backups/etcd")
    before = set(host.run(f"ls {folder}").stdout.split())
    time.sleep(1)
    host.run_expect([0], "systemctl start etcd-backup.service")
    new = set(host.check_output(f"ls {folder}").split()) - before
    assert len(new) == 1
    file = host.file(f"{folder}/{new.pop()}")
    assert file.size > 0
    assert file.mode & 0o077 == 0
    assert len(host.check_output(f"ls {folder}").split()) <= host_vars.get("etcd_backup_keep", 24)


def test_snapshots_are_taken_by_a_timer(host):
    assert host.service("etcd-backup.timer").is_running
    assert host.service("etcd-backup.timer").is_enabled
