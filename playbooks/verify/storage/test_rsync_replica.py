"""Replicas: a file of the source is in the copy and outlives its original's host, a lost source empties nothing, the key can only read."""

import time

import pytest

testinfra_hosts = ["replicas"]

MARKER = ".replica-source"


@pytest.fixture
def sets(host_vars, inventory_hosts):
    """Pairs of a set and the host of its source."""
    found = host_vars.get("rsync_replica_sets", [])
    if not found:
        pytest.skip("rsync_replica_sets is not set in the inventory")
    return [(each, inventory_hosts[each["source"]]) for each in found]


def copy(host, one):
    return host.run("systemctl start %s", f"rsync-replica@{one['name']}.service")


def test_timers_run(host, sets):
    for one, _source in sets:
        timer = host.service(f"rsync-replica@{one['name']}.timer")
        assert timer.is_running, one["name"]
        assert timer.is_enabled, one["name"]


def test_a_new_file_arrives_and_a_deleted_one_goes(host, sets):
    for one, source in sets:
        file = f"{one['path']}/muster-verify"
        value = str(time.time())
        source.run_expect([0], "echo %s > %s", value, file)
        try:
            assert copy(host, one).rc == 0
            assert host.file(f"{one['destination']}/muster-verify").content_string.strip() == value
        finally:
            source.run("rm -f %s", file)
        assert copy(host, one).rc == 0
        assert not host.file(f"{one['destination']}/muster-verify").exists


def test_a_copy_that_was_damaged_is_mended(host, sets):
    """Same size and time, other content: only the checksum tells."""
    for one, source in sets:
        file, here = f"{one['path']}/muster-verify", f"{one['destination']}/muster-verify"
        source.run_expect([0], "echo sound > %s", file)
        try:
            assert copy(host, one).rc == 0
            host.run_expect([0], "touch -r %s /run/muster-verify && echo wrong > %s && touch -r /run/muster-verify %s", here, here, here)
            copy(host, one)
            assert host.file(here).content_string.strip() == "sound"
        finally:
            source.run("rm -f %s", file)
            copy(host, one)


def test_a_lost_source_empties_nothing(host, sets):
    for one, source in sets:
        before = host.check_output("find %s | sort", one["destination"])
        source.run_expect([0], "mv %s %s", f"{one['path']}/{MARKER}", f"/run/{one['name']}.marker")
        try:
            assert copy(host, one).rc != 0
            assert host.check_output("find %s | sort", one["destination"]) == before
        finally:
            source.run_expect([0], "mv %s %s", f"/run/{one['name']}.marker", f"{one['path']}/{MARKER}")
        assert copy(host, one).rc == 0


def test_too_many_deletions_delete_nothing(host, sets):
    for one, source in sets:
        folder, count = f"{one['path']}/muster-verify.d", one.get("max_delete", 1000) + 1
        try:
            source.run_expect([0], "mkdir %s && cd %s && seq %s | xargs touch", folder, folder, str(count))
            assert copy(host, one).rc == 0
            source.run_expect([0], "mv %s /run/muster-verify.d", folder)
            assert copy(host, one).rc != 0
            assert len(host.file(f"{one['destination']}/muster-verify.d").listdir()) == count
        finally:
            source.run("rm -rf %s /run/muster-verify.d", folder)
            host.run("rm -rf %s", f"{one['destination']}/muster-verify.d")


def test_the_key_can_only_read(host, host_vars, inventory_hosts, sets):
    ssh = "ssh -i /etc/rsync-replica/key -o BatchMode=yes -o IdentitiesOnly=yes -o UserKnownHostsFile=/etc/rsync-replica/known_hosts"
    for one, _source in sets:
        address = inventory_hosts.variables(one["source"])["ansible_host"]
        there = f"{host_vars.get('rsync_replica_user', 'root')}@{address}"
        refused = host.run(f"{ssh} {there} id")
        assert refused.rc != 0
        assert "only rsync may read here" in refused.stderr
        for words in (
            f"{there}:/etc/hostname /run/",
            f"/etc/hostname {there}:{one['path']}/",
            f"{there}:{one['path']}/../../etc/hostname /run/",
        ):
            assert host.run(f"rsync -e '{ssh}' {words}").rc != 0, words
