"""The ensemble of ZooKeeper: one leader, only TLS with a certificate gets in, a key read after its leader was killed, backups that load."""

import time

import pytest

testinfra_hosts = ["zookeeper"]

CONTROL = "/usr/local/sbin/zookeeper-member"
NODE = "/muster-verify"


def wait_until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.3)
    return found


def state(host):
    """Return leader, follower, or an empty text for a member that is neither now."""
    asked = "exec 3<>/dev/tcp/127.0.0.1/2181 && echo mntr >&3 && timeout 5 cat <&3"
    answer = host.run("bash -c %s", asked).stdout
    return next((line.split()[1] for line in answer.splitlines() if line.startswith("zk_server_state")), "")


def well(members):
    return sorted(state(each) for each in members.values()) == ["follower"] * (len(members) - 1) + ["leader"]


def read(host, node=NODE):
    return next(iter(host.run(f"{CONTROL} get {node} 2>/dev/null | tail -n 1").stdout.split()), "")


@pytest.fixture
def members(inventory_hosts):
    found = inventory_hosts.matching("zookeeper")
    if not found:
        pytest.skip("the inventory has no zookeeper")
    return found


@pytest.fixture
def value(members):
    """A value written under NODE by the first member, gone afterwards."""
    first = next(iter(members.values()))
    assert wait_until(lambda: well(members)), {name: state(each) for name, each in members.items()}
    first.run(f"{CONTROL} delete {NODE}")
    made = str(time.time())
    first.run_expect([0], f"{CONTROL} create {NODE} {made}")
    yield made
    first.run(f"{CONTROL} delete {NODE}")


def test_the_service_runs_and_starts_with_the_host(host):
    assert host.service("zookeeper").is_running
    assert host.service("zookeeper").is_enabled


def test_members_have_numbers_of_their_own_and_know_the_same_ensemble(members):
    numbers = {name: each.check_output("cat /var/lib/zookeeper/cluster/myid") for name, each in members.items()}
    assert len(set(numbers.values())) == len(members)
    lists = {each.check_output("grep ^server[.] /etc/muster-zookeeper/zoo.cfg") for each in members.values()}
    assert len(lists) == 1
    assert len(lists.pop().splitlines()) == len(members)


def test_only_tls_with_a_certificate_gets_in(host, host_vars, members):
    address, port = host_vars["ansible_host"], host_vars.get("zookeeper_secure_port", 2281)
    with_certificate = "-CAfile /etc/muster-zookeeper/ca.crt -cert /etc/muster-zookeeper/member.crt -key /etc/muster-zookeeper/member.key"
    ask = f"(echo ruok; sleep 1) | timeout 5 openssl s_client -quiet -connect {address}:{port}"
    assert "imok" in host.run(f"{ask} -verify_return_error {with_certificate}").stdout
    assert "imok" not in host.run(f"{ask} -CAfile /etc/muster-zookeeper/ca.crt").stdout
    assert host.run(f"bash -c 'exec 3<>/dev/tcp/{address}/2181'").rc != 0


def test_keys_are_for_zookeeper_only(host):
    for name in ("member.key", "member.pem"):
        file = host.file(f"/etc/muster-zookeeper/{name}")
        assert (file.user, file.mode & 0o077) == ("zookeeper", 0), name


def test_what_one_member_writes_all_read_also_with_tls(members, inventory_hosts, value):
    assert {name: read(each) for name, each in members.items()} == dict.fromkeys(members, value)
    last = inventory_hosts.variables(list(members)[-1])
    there = f"{last['ansible_host']}:{last.get('zookeeper_secure_port', 2281)}"
    first = next(iter(members.values()))
    assert value in first.run(f"ZOOKEEPER_SERVER={there} {CONTROL} get {NODE}").stdout


def test_a_key_outlives_its_leader(members, value):
    """The leader is killed; another one leads and answers before it is back, and the killed one returns."""
    if len(members) < 3:
        pytest.skip("an ensemble of less than three members has no majority without its leader")
    killed = next(name for name, each in members.items() if state(each) == "leader")
    others = {name: each for name, each in members.items() if name != killed}
    members[killed].run_expect([0], "systemctl kill --signal=KILL zookeeper; systemctl stop zookeeper")
    try:
        assert wait_until(lambda: "leader" in [state(each) for each in others.values()]), "no new leader"
        assert read(next(iter(others.values()))) == value
    finally:
        members[killed].run_expect([0], "systemctl start zookeeper")
        assert wait_until(lambda: well(members)), "the killed member did not come back"
    assert read(members[killed]) == value


def test_a_backup_is_made_and_whole(host, host_vars):
    folder = host_vars.get("zookeeper_backup_directory", "/var/backups/zookeeper")
    before = set(host.run(f"ls {folder}").stdout.split())
    time.sleep(1)
    host.run_expect([0], "systemctl start zookeeper-backup.service")
    new = set(host.check_output(f"ls {folder}").split()) - before
    assert len(new) == 1
    file = host.file(f"{folder}/{new.pop()}")
    assert "version-2/snapshot." in host.check_output("tar -tzf %s", file.path)
    assert file.mode & 0o077 == 0
    assert len(host.check_output(f"ls {folder}").split()) <= host_vars.get("zookeeper_backup_keep", 24)


def test_backups_are_made_by_a_timer(host):
    assert host.service("zookeeper-backup.timer").is_running
    assert host.service("zookeeper-backup.timer").is_enabled
