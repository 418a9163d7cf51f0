"""The cluster of Consul: all servers vote, only TLS with a certificate gets in, a key read after its leader was killed, sound snapshots."""

import json
import time

import pytest

testinfra_hosts = ["consul"]

KEY = "muster-verify/key"
API = "http://127.0.0.1:8500/v1"
TLS = "--cacert /etc/muster-consul/ca.crt --cert /etc/muster-consul/consul.crt --key /etc/muster-consul/consul.key"


def wait_until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.3)
    return found


def leader(host):
    """Return the address of the leader that this server knows, empty for none."""
    return host.run(f"curl -s -m 5 {API}/status/leader").stdout.strip().strip('"').rpartition(":")[0]


def healthy(host):
    found = host.run(f"curl -s -m 5 {API}/operator/autopilot/health").stdout
    return json.loads(found)["Healthy"] if found.startswith("{") else False


@pytest.fixture
def members(inventory_hosts):
    found = inventory_hosts.matching("consul")
    if not found:
        pytest.skip("the inventory has no consul")
    return found


def test_the_service_runs_and_starts_with_the_host(host):
    assert host.service("consul").is_running
    assert host.service("consul").is_enabled


def test_the_servers_are_those_of_the_inventory_and_all_vote(host, members):
    assert wait_until(lambda: healthy(host))
    servers = json.loads(host.check_output(f"curl -sf {API}/operator/raft/configuration"))["Servers"]
    assert {each["Node"]: each["Voter"] for each in servers} == dict.fromkeys(members, True)


def test_only_tls_with_a_certificate_gets_in(host, host_vars):
    address = f"{host_vars['ansible_host']}:{host_vars.get('consul_https_port', 8501)}"
    assert host.check_output(f"curl -s {TLS} https://{address}/v1/status/leader").startswith('"')
    assert host.run(f"curl -s --cacert /etc/muster-consul/ca.crt https://{address}/v1/status/leader").rc != 0
    assert host.run(f"curl -s -m 5 http://{host_vars['ansible_host']}:8500/v1/status/leader").rc != 0


def test_the_gossip_is_encrypted_and_its_key_is_for_consul_only(host):
    assert json.loads(host.check_output(f"curl -sf {API}/agent/self"))["DebugConfig"]["EncryptKey"] == "hidden"
    for path in ("/etc/consul.d/51-gossip.json", "/etc/muster-consul/consul.key"):
        file = host.file(path)
        assert "consul" in (file.user, file.group)
        assert file.mode & 0o037 == 0, path


def test_what_one_member_writes_all_read(members):
    value = str(time.time())
    first = next(iter(members.values()))
    first.run_expect([0], f"consul kv put {KEY} {value}")
    assert {name: each.check_output(f"consul kv get {KEY}") for name, each in members.items()} == dict.fromkeys(members, value)
    first.run(f"consul kv delete {KEY}")


def test_a_service_is_found_by_name(host, host_vars, members, inventory_hosts):
    """Registered on one host, resolved over DNS on all, gone afterwards."""
    owner = next(iter(members.values()))
    address = inventory_hosts.variables(next(iter(members)))["ansible_host"]
    owner.run_expect([0], "consul services register -name=muster-verify -port=80")
    try:
        found = f"curl -sf {API}/catalog/service/muster-verify"
        assert wait_until(lambda: [each["Address"] for each in json.loads(host.check_output(found))] == [address])
    finally:
        owner.run_expect([0], "consul services deregister -id=muster-verify")


def test_a_key_outlives_its_leader(members, inventory_hosts):
    """The leader is killed; another one answers before it is back, and the killed one returns."""
    if len(members) < 3:
        pytest.skip("a cluster of less than three servers has no majority without its leader")
    addresses = {inventory_hosts.variables(name)["ansible_host"]: name for name in members}
    some = next(iter(members.values()))
    assert wait_until(lambda: healthy(some))
    value, old = str(time.time()), leader(some)
    killed = addresses[old]
    other = next(each for name, each in members.items() if name != killed)
    members[killed].run_expect([0], f"consul kv put {KEY} {value}")
    members[killed].run_expect([0], "systemctl kill --signal=KILL consul; systemctl stop consul")
    try:
        assert wait_until(lambda: leader(other) not in ("", old)), "no new leader"
        assert other.check_output(f"consul kv get {KEY}") == value
    finally:
        members[killed].run_expect([0], "systemctl start consul")
        assert wait_until(lambda: healthy(other)), "the killed server did not come back"
    assert wait_until(lambda: members[killed].run(f"consul kv get {KEY}").stdout.strip() == value)
    some.run(f"consul kv delete {KEY}")


def test_a_snapshot_is_taken_and_sound(host, host_vars):
    folder = host_vars.get("consul_backup_directory", "/var/backups/consul")
    before = set(host.run(f"ls {folder}").stdout.split())
    time.sleep(1)
    host.run_expect([0], "systemctl start consul-backup.service || { journalctl -u consul-backup -n 20 -o cat >&2; false; }")
    new = set(host.check_output(f"ls {folder}").split()) - before
    assert len(new) == 1
    file = host.file(f"{folder}/{new.pop()}")
    host.run_expect([0], "consul snapshot inspect %s", file.path)
    assert file.mode & 0o077 == 0
    assert len(host.check_output(f"ls {folder}").split()) <= host_vars.get("consul_backup_keep", 24)


def test_snapshots_are_taken_by_a_timer(host):
    assert host.service("consul-backup.timer").is_running
    assert host.service("consul-backup.timer").is_enabled
