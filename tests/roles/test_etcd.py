"""The role etcd on three hosts: founded by two, joined by a third, a leader killed, data lost and restored, a member removed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_lab import OwnLab, own_lab
from tests.roles.playing import changed, muster, on, plays_again

pytestmark = [pytest.mark.lab, pytest.mark.slow]
NET = "172.30.85"
HOSTS = {"one": f"{NET}.11", "two": f"{NET}.12", "three": f"{NET}.13"}
DESCRIPTION = json.dumps(
    {
        "name": "musteretcd",
        "network": {"subnet": f"{NET}.0/24"},
        "groups": {"etcd": {"hosts": [*HOSTS]}, "etcd_two": {"hosts": ["one", "two"]}},
        "hosts": {name: {"address": address} for name, address in HOSTS.items()},
    }
)
CONTROL = "/usr/local/sbin/etcdctl-member"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnLab]:
    with own_lab(DESCRIPTION, tmp_path_factory.mktemp("etcd")) as made:
        for host in HOSTS:
            # What a crash would lose is of no worth here, and packages are installed in less time.
            on(made, host, "echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/lab")
        yield made


@pytest.fixture
def book(tmp_path: Path) -> str:
    """A playbook of the role's part that `-e part=` names, for the hosts that `-e etcd_group=` names."""
    tasks = [{"setup": {"gather_subset": ["min"]}}, {"include_role": {"name": "etcd", "tasks_from": "{{ part }}"}}]
    path = tmp_path / "etcd.yml"
    path.write_text(json.dumps([{"hosts": "{{ etcd_group }}", "gather_facts": False, "tasks": tasks}]))
    (tmp_path / "roles").symlink_to(Path(__file__).parents[2] / "roles")
    return str(path)


def words(book: str, group: str, part: str = "main", **more: object) -> tuple[str, ...]:
    return (book, "-e", json.dumps({"etcd_group": group, "part": part, **more}))


def members(lab: OwnLab, host: str) -> set[str]:
    return {each["name"] for each in json.loads(on(lab, host, f"{CONTROL} member list -w json"))["members"]}


def read(lab: OwnLab, host: str, key: str) -> str:
    return on(lab, host, f"{CONTROL} get --print-value-only {key}").strip()


def leader(lab: OwnLab, hosts: list[str]) -> str:
    """Return the host that leads, as one of these says."""
    status = json.loads(on(lab, hosts[0], f"{CONTROL} endpoint status -w json"))[0]["Status"]
    listed = json.loads(on(lab, hosts[0], f"{CONTROL} member list -w json"))["members"]
    return next(str(each["name"]) for each in listed if each["ID"] == status["leader"])


def test_a_third_member_joins_two(lab: OwnLab, book: str) -> None:
    muster(lab, "play", *words(book, "etcd_two"))
    assert members(lab, "one") == {"one", "two"}
    on(lab, "one", f"{CONTROL} put kept 'from two'")
    muster(lab, "play", *words(book, "etcd"))
    assert members(lab, "one") == set(HOSTS)
    assert read(lab, "three", "kept") == "from two"
    plays_again(lab, *words(book, "etcd"))


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"ETCD_QUOTA_BACKEND_BYTE": "8"}, "This etcd knows no ETCD_QUOTA_BACKEND_BYTE"),
        ({"ETCD_QUOTA_BACKEND_BYTES": "x"}, "invalid value"),
    ],
)
def test_settings_that_etcd_does_not_take_touch_no_member(lab: OwnLab, book: str, settings: dict[str, str], complaint: str) -> None:
    look = "md5sum /etc/etcd/etcd.env; systemctl show -p MainPID etcd"
    before = [on(lab, name, look) for name in HOSTS]
    assert complaint in muster(lab, "play", *words(book, "etcd", etcd_settings=settings), code=2)
    assert [on(lab, name, look) for name in HOSTS] == before


def test_a_key_outlives_its_leader(lab: OwnLab) -> None:
    former = leader(lab, ["one"])
    on(lab, former, f"{CONTROL} put led 'by {former}'")
    # Not to be started again by systemd before the others have found a new one.
    on(lab, former, "systemctl mask --runtime etcd && systemctl kill --signal=KILL etcd")
    others = [name for name in HOSTS if name != former]
    try:
        new = on(
            lab,
            others[0],
            f"for i in $(seq 60); do {CONTROL} --command-timeout=2s get --print-value-only led && exit; sleep 0.5; done; exit 1",
        )
        assert new.strip() == f"by {former}"
        assert leader(lab, others) in others
    finally:
        on(lab, former, "systemctl unmask --runtime etcd && systemctl start etcd")
    for host in HOSTS:
        on(lab, host, f"for i in $(seq 60); do {CONTROL} endpoint health --cluster && exit; sleep 0.5; done; exit 1")


def test_lost_data_returns_from_a_snapshot(lab: OwnLab, book: str) -> None:
    """A key deleted by mistake, and then the disk of every member."""
    on(lab, "one", f"{CONTROL} put precious 'once written'; /usr/local/sbin/etcd-backup")
    snapshot = on(lab, "one", "ls -t /var/backups/etcd/*.db | head -1").strip()
    on(lab, "one", f"{CONTROL} del precious; {CONTROL} put later 'after the snapshot'")
    assert read(lab, "two", "precious") == ""
    for host in HOSTS:
        on(lab, host, "systemctl stop etcd; rm -rf /var/lib/etcd/cluster/member/*")
    muster(lab, "play", *words(book, "etcd", "restore", etcd_restore_snapshot=snapshot))
    for host in HOSTS:
        assert read(lab, host, "precious") == "once written"
        assert read(lab, host, "later") == ""
    assert members(lab, "one") == set(HOSTS)
    plays_again(lab, *words(book, "etcd"))


def test_a_snapshot_that_is_damaged_is_refused(lab: OwnLab, book: str) -> None:
    on(lab, "one", "head -c 20000 /dev/urandom > /var/backups/etcd/damaged.db")
    muster(lab, "play", *words(book, "etcd", "restore", etcd_restore_snapshot="/var/backups/etcd/damaged.db"), code=2)
    for host in HOSTS:
        assert read(lab, host, "precious") == "once written"


def test_a_member_is_told_and_removed_when_wanted(lab: OwnLab, book: str) -> None:
    said = muster(lab, "play", *words(book, "etcd_two"))
    assert f"does not name; set etcd_remove_unknown to remove: https://{HOSTS['three']}:2380" in said
    assert members(lab, "one") == set(HOSTS)
    assert changed(muster(lab, "play", *words(book, "etcd_two", etcd_remove_unknown=True))) >= 1
    assert members(lab, "one") == {"one", "two"}
    assert read(lab, "two", "precious") == "once written"
