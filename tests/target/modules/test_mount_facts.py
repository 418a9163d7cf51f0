"""mount_facts: sources, filters and mount points that are there twice; sizes are those of the machine the tests run on."""

from typing import Any

from runner.target.modules import mount_facts
from tests.target.fake_system import FakeSystem

PROC = "proc /proc proc rw,nosuid 0 0\n/dev/vda1 / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\nnas:/x /run nfs4 rw 0 0\n"
FSTAB = "# file systems\nUUID=ab-1 / ext4 defaults 0 1\n/dev/vdb /srv/with\\040blank xfs noatime\n\n"
MOUNT = "/dev/vda1 on / type ext4 (rw,relatime)\ntmpfs on /run/a b type tmpfs (rw)\n"


def host(proc: str = PROC, **task: Any) -> FakeSystem:
    return FakeSystem({"/proc/mounts": proc, "/etc/fstab": FSTAB, "/etc/filesystems": "ext4 x y\n"}, {"mount": MOUNT}, **task)


def points(system: FakeSystem, **args: Any) -> dict[str, Any]:
    found: dict[str, Any] = system.perform(mount_facts, **args)["ansible_facts"]["mount_points"]
    return found


def test_all_sources_and_the_first_counts() -> None:
    system = host()
    result = system.perform(mount_facts)
    found = result["ansible_facts"]["mount_points"]
    assert sorted(found) == ["/", "/proc", "/run", "/srv/with blank"]
    assert found["/"]["ansible_context"] == {"source": "/proc/mounts", "source_data": "/dev/vda1 / ext4 rw 0 0"}
    assert found["/run"]["fstype"] == "tmpfs"
    assert found["/srv/with blank"]["options"] == "noatime"
    assert "/run" in result["warnings"][0]
    assert system.ran == []  # the program is asked only where no file tells


def test_aggregates() -> None:
    facts = host().perform(mount_facts, include_aggregate_mounts=True, sources=["dynamic"])["ansible_facts"]
    assert [each["mount"] for each in facts["aggregate_mounts"]] == ["/proc", "/", "/run", "/run"]
    quiet = host().perform(mount_facts, include_aggregate_mounts=False)
    assert "warnings" not in quiet
    assert quiet["ansible_facts"]["aggregate_mounts"] == []


def test_filters() -> None:
    assert sorted(points(host(), fstypes=["nfs*"])) == ["/run"]
    assert sorted(points(host(), devices=["[!/]*"], sources=["/proc/mounts"])) == ["/proc", "/run"]
    assert points(host(), sources=["static"], fstypes=["ext4"])["/"]["uuid"] == "ab-1"


def test_the_program() -> None:
    assert sorted(points(host(proc=""), sources=["dynamic"])) == ["/", "/run/a b"]
    assert points(host(), sources=["mount"])["/"]["options"] == "rw,relatime"
    assert points(host(proc=""), sources=["dynamic"], mount_binary="") == {}


def test_late_answers() -> None:
    def late(**args: Any) -> dict[str, Any]:
        return FakeSystem({}, {"mount": ("timeout", "", "")}).perform(mount_facts, sources=["mount"], timeout=1.0, **args)

    assert late()["failed"]
    assert late(on_timeout="warn")["warnings"]
    assert "warnings" not in late(on_timeout="ignore")
    assert "timeout" in host().perform(mount_facts, timeout=0.0)["msg"]
