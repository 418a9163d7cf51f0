"""filesystem: with programs that answer as those of Debian 12."""

from typing import Any

import pytest

from runner.target.modules import filesystem
from tests.target.fake_system import FakeSystem

DISK, FILE = "/dev/vdb", "/srv/image"
MOUNTED = "36 1 254:16 / /data rw - xfs /dev/vdb rw\n"
MAKERS = "mkfs.ext4 mkfs.vfat mkfs.xfs mkfs.btrfs mkswap pvcreate resize2fs xfs_growfs tune2fs xfs_admin wipefs pvchange".split()


class Disk(FakeSystem):
    """A host with a disk of 100 MiB that has a file system."""

    def __init__(self, have: str = "", mounts: str = "", blocks: int = 25600, **task: Any) -> None:
        commands = {
            f"blkid -c /dev/null -o value -s TYPE {DISK}": have + "\n" if have else (2, "", ""),
            f"wipefs --no-act {DISK}": "offset type\n0x438 ext4\n" if have == "odd" else "",
            f"blockdev --getsize64 {DISK}": "104857600\n",
            f"dumpe2fs -h {DISK}": f"Block count:              {blocks}\nBlock size:               4096\n",
            "xfs_info /data": f"data     =                       bsize=4096   blocks={blocks}, imaxpct=25\n",
        }
        super().__init__({DISK: "", FILE: "", "/proc/self/mountinfo": mounts}, dict(commands), **task)
        self.programs = set(MAKERS)
        self.told: list[str] = []

    def is_file(self, path: str) -> bool:
        return path != DISK and super().is_file(path)

    def _answer(self, text: str, argv: list[str], stdin: Any, options: dict[str, Any]) -> Any:
        if text not in self.commands and argv[0].rpartition("/")[2] in MAKERS and "--no-act" not in argv:
            self.told.append(" ".join([argv[0].rpartition("/")[2], *argv[1:]]))
            self.commands[text] = "resized\n"
        return super()._answer(text, argv, stdin, options)


@pytest.mark.parametrize(
    ("host", "args", "calls"),
    [
        ({}, {"fstype": "ext4", "opts": "-L 'my data'"}, ["mkfs.ext4 -F -L my data /dev/vdb"]),
        ({}, {"fstype": "xfs"}, ["mkfs.xfs /dev/vdb"]),
        ({}, {"fstype": "lvm"}, ["pvcreate -f /dev/vdb"]),
        ({}, {"fstype": "ext4", "uuid": "u"}, ["mkfs.ext4 -F -U u /dev/vdb"]),
        ({}, {"fstype": "xfs", "uuid": "u"}, ["mkfs.xfs /dev/vdb", "xfs_admin -U u /dev/vdb"]),
        ({"have": "ext4"}, {"fstype": "ext4"}, []),
        ({"have": "LVM2_member"}, {"fstype": "lvm"}, []),
        ({"have": "ext4"}, {"fstype": "xfs", "force": True}, ["mkfs.xfs -f /dev/vdb"]),
        ({"have": "ext4"}, {"fstype": "ext4", "uuid": "random"}, ["tune2fs -U random /dev/vdb"]),
        ({"have": "ext4"}, {"fstype": "ext4", "resizefs": True}, []),
        ({"have": "ext4", "blocks": 9000}, {"fstype": "ext4", "resizefs": True}, ["resize2fs /dev/vdb"]),
        ({"have": "xfs", "blocks": 9000}, {"fstype": "xfs", "resizefs": True}, []),
        ({"have": "xfs", "blocks": 9000, "mounts": MOUNTED}, {"fstype": "xfs", "resizefs": True}, ["xfs_growfs /data"]),
        ({"have": "xfs", "mounts": MOUNTED}, {"fstype": "xfs", "resizefs": True}, []),
        ({"have": "ext4"}, {"state": "absent"}, ["wipefs --all /dev/vdb"]),
        ({}, {"state": "absent"}, []),
    ],
)
def test_what_is_done(host: dict[str, Any], args: dict[str, Any], calls: list[str]) -> None:
    system = Disk(**host)
    assert system.perform(filesystem, dev=DISK, **args)["changed"] is bool(calls)
    assert system.told == calls
    dry = Disk(**host, check=True, diff=True)
    assert dry.perform(filesystem, dev=DISK, **args)["changed"] is bool(calls)
    assert dry.told == []


def test_what_resizing_says() -> None:
    assert Disk(have="ext4", blocks=9000).perform(filesystem, dev=DISK, fstype="ext4", resizefs=True)["msg"] == "resized\n"
    assert "using the whole device" in Disk(have="ext4").perform(filesystem, dev=DISK, fstype="ext4", resizefs=True)["msg"]
    assert "needs to be mounted" in Disk(have="xfs", blocks=9000).perform(filesystem, dev=DISK, fstype="xfs", resizefs=True)["msg"]


def test_complaints() -> None:
    used = Disk(have="ext4").perform(filesystem, dev=DISK, fstype="xfs")
    assert used["msg"] == "'/dev/vdb' is already used as ext4, use force=true to overwrite"
    assert Disk().perform(filesystem, dev="/dev/none", fstype="xfs")["msg"] == "Device /dev/none not found."
    assert not Disk().perform(filesystem, dev="/dev/none", state="absent")["changed"]
    assert "not a block device" in Disk().perform(filesystem, dev=FILE, fstype="lvm")["msg"]
    assert "UUID" in Disk().perform(filesystem, dev=DISK, fstype="vfat", uuid="u")["msg"]
    swap = Disk(have="swap").perform(filesystem, dev=DISK, fstype="swap", resizefs=True)
    assert "does not support resizing swap" in swap["msg"]
