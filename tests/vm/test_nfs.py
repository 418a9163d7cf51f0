"""The roles nfs and rsync_replica on a kernel that has an NFS server: shared, refused, lost, given up, fenced, promoted, taken away.

The tests build on each other in the order of the file: files1 serves first, files2 at the end.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.lab.driver import ABSENT
from tests.vm.conftest import NFS_SUBNET, Virtual

pytestmark = [pytest.mark.vm, pytest.mark.slow]

EXPORT = "/srv/export/shared"
HERE = "/srv/shared"
# Not what an operator would choose: short, so that a test can wait for it.
GIVEN = {
    "nfs_grace_seconds": 10,
    "nfs_mounts": [{"path": HERE, "export": EXPORT, "give_up": 20, "timeo": 50}],
}


def reads(shared: Virtual, name: str) -> str:
    """Return what the client reads, whatever that may be."""
    return str(shared.driver.execute("client", ["timeout", "20", "cat", f"{HERE}/{name}"], timeout=60).out)


def wait(what: Callable[[], bool], seconds: float, said: str) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, said
        time.sleep(1)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("given") / "vars.json"
    path.write_text(json.dumps(GIVEN))
    return f"@{path}"


def test_a_dry_run_on_fresh_hosts_foretells_and_changes_nothing(shared: Virtual, given: str) -> None:
    played = shared.play("playbooks/storage.yml", "--check", "-e", given)
    assert played.code == 0, played.out[-3000:]
    assert sorted(played.changed()) == ["client", "files1", "files2"]
    shared.run("files1", f"test ! -e {EXPORT} && test ! -e /etc/exports.d/muster.exports")
    shared.run("client", "test ! -e /etc/systemd/system/srv-shared.mount")


def test_the_playbook_runs_and_a_second_run_changes_nothing(shared: Virtual, given: str) -> None:
    played = shared.play("playbooks/storage.yml", "-e", given)
    assert played.code == 0, played.out[-3000:]
    for words in ((), ("--check",)):
        again = shared.play("playbooks/storage.yml", "-e", given, *words)
        assert again.code == 0, again.out[-3000:]
        assert sorted(again.hosts()) == ["client", "files1", "files2"]
        assert again.changed() == [], again.out


def test_the_verification_that_ships_finds_all_well(shared: Virtual) -> None:
    verified = shared.muster("verify", "playbooks/verify/storage")
    assert verified.code == 0, verified.out[-4000:] + verified.err[-1000:]
    assert "passed" in verified.out
    assert " failed" not in verified.out


@pytest.mark.parametrize(
    ("exports", "complaint"),
    [
        ([{"path": EXPORT, "mode": "0700", "options": ["rw", "no_such_option"]}], 'unknown keyword "no_such_option"'),
        ([{"path": EXPORT, "mode": "0777", "clients": [f"{NFS_SUBNET}.0/33"]}], "Invalid prefix"),
        ([{"path": EXPORT, "mode": "0777", "clients": ["nobody.invalid"]}], "Failed to resolve nobody.invalid"),
        (
            [{"path": EXPORT, "mode": "0700"}, {"path": "/srv/export/more"}, {"path": "/srv/export/new/er", "options": ["no_such_option"]}],
            'unknown keyword "no_such_option"',
        ),
    ],
    ids=["option", "network", "name", "option-of-a-new-one"],
)
def test_a_bad_export_is_refused_and_nothing_is_changed(
    shared: Virtual, given: str, exports: list[dict[str, object]], complaint: str
) -> None:
    look = "sha256sum /etc/exports.d/muster.exports /etc/nfs.conf.d/muster.conf; exportfs -v; ls -lR --time-style=full-iso /srv/export"
    before = shared.run("files1", look)
    wanted = {"nfs_exports": exports, "nfs_threads": 5}
    played = shared.play("playbooks/storage.yml", "-e", given, "-e", json.dumps(wanted))
    assert played.code != 0
    assert complaint in played.out.replace('\\"', '"'), played.out[-3000:]
    assert played.changed() == []
    assert shared.run("files1", look) == before
    shared.run("client", f"ls {HERE}")


def test_an_export_whose_directory_is_not_there_yet_is_made(shared: Virtual, given: str) -> None:
    more = {"nfs_exports": [{"path": EXPORT, "mode": "0777", "replica": "shared"}, {"path": "/srv/export/new/er", "mode": "0750"}]}
    played = shared.play("playbooks/storage.yml", "--limit", "nfs_servers", "-e", given, "-e", json.dumps(more))
    assert played.code == 0, played.out[-3000:]
    assert "/srv/export/new/er" in shared.run("files1", "exportfs -v")
    assert shared.run("files1", "stat -c %a /srv/export/new/er").strip() == "750"
    assert shared.play("playbooks/storage.yml", "--limit", "nfs_servers", "-e", given).code == 0
    assert "/srv/export/new/er" not in shared.run("files1", "exportfs -v")


def test_a_standby_does_not_serve_whoever_starts_it(shared: Virtual) -> None:
    shared.run("files2", "systemctl start nfs-server; ! systemctl is-active nfs-server")
    assert shared.run("files2", "cat /proc/fs/nfsd/threads 2>/dev/null || echo 0").strip() == "0"


def test_who_serves_is_not_changed_by_a_variable(shared: Virtual, given: str) -> None:
    played = shared.play("playbooks/storage.yml", "-e", given, "-e", "nfs_active=files2")
    assert played.code != 0
    assert "files1 did" in played.out, played.out[-3000:]
    shared.run("files1", "systemctl is-active nfs-server")


def test_a_lost_server_hangs_nobody_for_ever(shared: Virtual) -> None:
    """A hard mount waits, and is given up after its time: the program gets an error, and the mount comes back by itself."""
    shared.run("client", f"echo before > {HERE}/kept && sync {HERE}/kept")
    shared.driver.panic("files1")
    try:
        shared.run(
            "client",
            f"systemd-run --quiet --unit waits sh -c 'dd if=/dev/zero of={HERE}/waits count=1 oflag=sync; echo $? > /run/waits.code'",
        )
        wait(lambda: "silent for" in shared.run("client", "journalctl -b -u nfs-guard -o cat"), 120, "the mount was not given up")
        wait(lambda: shared.run("client", "cat /run/waits.code 2>/dev/null || true") != "", 60, "who waited still waits")
        assert shared.run("client", "cat /run/waits.code").strip() != "0"
        assert " nfs4 " not in shared.run("client", f"grep ' {HERE} ' /proc/mounts")
    finally:
        shared.driver.start("files1")
    wait(lambda: reads(shared, "kept") == "before\n", 240, "the mount did not come back")


def test_a_file_survives_the_loss_of_its_host(shared: Virtual, given: str) -> None:
    shared.run("client", f"head -c 300000 /dev/urandom > {HERE}/precious && sync {HERE}/precious")
    known = shared.run("client", f"sha256sum < {HERE}/precious")
    shared.run("files2", "systemctl start rsync-replica@shared.service")
    shared.driver.panic("files1")
    played = shared.play("playbooks/promote.yml", "-e", given, "-e", "nfs_active=files2")
    assert "failed=0" in played.out, played.out[-3000:]
    assert played.code in (0, 4), played.out[-3000:]
    assert shared.run("client", f"timeout 60 sha256sum < {HERE}/precious") == known
    assert f"{NFS_SUBNET}.12:{EXPORT} " in shared.run("client", "cat /proc/mounts")
    shared.run("client", f"echo after > {HERE}/newer")
    shared.run("files2", "! systemctl is-enabled rsync-replica@shared.timer && ! systemctl is-active rsync-replica@shared.timer")


def test_the_lost_server_comes_back_and_serves_nobody(shared: Virtual) -> None:
    """It does not begin while another serves, and the client's fence holds even where somebody makes it."""
    shared.driver.start("files1")
    # While it starts there is nobody to ask yet.
    said = ["journalctl", "-b", "-u", "nfs-server", "-o", "cat"]
    wait(lambda: "serves; this host does not begin" in shared.driver.execute("files1", said).out, 480, "nfs-server was not held back")
    assert shared.run("files1", "cat /proc/fs/nfsd/threads").strip() == "0"
    shared.run("files1", "exportfs -ra && rpc.nfsd 2")
    try:
        refused = shared.driver.execute("client", ["timeout", "20", "bash", "-c", f"exec 3<>/dev/tcp/{NFS_SUBNET}.11/2049"], timeout=60)
        assert not refused.ok
        assert "refused" in refused.err
        # Without the fence it would be reached: from a host that has none.
        shared.run("files2", f"timeout 20 bash -c 'exec 3<>/dev/tcp/{NFS_SUBNET}.11/2049'")
    finally:
        shared.run("files1", "rpc.nfsd 0")


def test_a_stale_server_is_not_made_the_active_one_again(shared: Virtual, given: str) -> None:
    played = shared.play("playbooks/storage.yml", "-e", given)
    assert played.code != 0
    assert "it did not serve last" in played.out, played.out[-3000:]
    shared.run("files2", "systemctl is-active nfs-server")


def test_it_becomes_the_standby_with_a_copy(shared: Virtual, given: str) -> None:
    played = shared.play("playbooks/storage.yml", "-e", given, "-e", "nfs_active=files2")
    assert played.code == 0, played.out[-3000:]
    assert shared.play("playbooks/storage.yml", "-e", given, "-e", "nfs_active=files2").changed() == []
    shared.run("files1", "systemctl start rsync-replica@shared.service")
    assert shared.run("files1", f"cat {EXPORT}/newer") == "after\n"
    shared.run("files1", "! systemctl is-active nfs-server")


def test_without_a_client_there_is_no_promotion(shared: Virtual, given: str) -> None:
    shared.driver.panic("client")
    try:
        played = shared.play("playbooks/promote.yml", "-e", given, "-e", "nfs_active=files1")
        assert "nfs_promote_without" in played.out, played.out[-3000:]
        shared.run("files2", "systemctl is-active nfs-server")
        shared.run("files1", "! systemctl is-active nfs-server")
    finally:
        shared.driver.start("client")
    wait(lambda: reads(shared, "newer") == "after\n", 240, "no mount after the boot")


def test_back_again_with_all_there(shared: Virtual, given: str) -> None:
    """The server that is there stops first, so nothing that was written since the copy may be missing: it is copied last."""
    shared.run("files1", "systemctl start rsync-replica@shared.service")
    played = shared.play("playbooks/promote.yml", "-e", given, "-e", "nfs_active=files1")
    assert played.code == 0, played.out[-3000:]
    assert shared.run("client", f"timeout 60 cat {HERE}/newer") == "after\n"
    assert shared.play("playbooks/storage.yml", "-e", given).code == 0


def test_the_tear_down_takes_all_back(shared: Virtual, tmp_path: Path) -> None:
    playbook = tmp_path / "down.yml"
    playbook.write_text(
        "- hosts: nfs_clients:nfs_servers\n  order: reverse_inventory\n  gather_facts: false\n  tasks:\n"
        "    - setup: {gather_subset: [min]}\n"
        "    - include_role: {name: rsync_replica, tasks_from: reset}\n"
        "      when: inventory_hostname in groups.replicas\n"
        "    - include_role: {name: nfs, tasks_from: reset}\n"
    )
    (tmp_path / "roles").symlink_to(Path(__file__).parents[2] / "roles")
    played = shared.play(str(playbook))
    assert played.code == 0, played.out[-3000:]
    assert shared.play(str(playbook)).changed() == []
    shared.run("client", f"! grep ' {HERE} ' /proc/mounts && ! nft list table inet nfs_fence && test ! -e /etc/nfs-fence.nft")
    shared.run("files1", f"! systemctl is-active nfs-server && test ! -e /etc/exports.d/muster.exports && test -e {EXPORT}/newer")


def test_a_host_that_waits_for_a_lost_server_is_taken_away(shared: Virtual) -> None:
    """Whose process would wait for minutes for a server that is gone: a lab's verbs have an end."""
    shared.run("files1", f"systemctl start nfs-server && exportfs -o rw,no_subtree_check,no_root_squash {NFS_SUBNET}.31:{EXPORT}")
    shared.run("client", f"mkdir -p /mnt/lost && mount -t nfs4 {NFS_SUBNET}.11:{EXPORT} /mnt/lost && touch /mnt/lost/here", seconds=180)
    shared.driver.panic("files1")
    shared.run("client", "systemd-run --quiet --unit hangs dd if=/dev/zero of=/mnt/lost/hangs bs=1M count=8 conv=fsync")
    state = "ps -o stat= -p $(systemctl show --property MainPID --value hangs)"
    wait(lambda: shared.run("client", state).startswith("D"), 60, "nobody waits")
    begun = time.monotonic()
    shared.driver.remove("client")
    assert time.monotonic() - begun < 100
    assert shared.driver.states()["client"].state == ABSENT
