"""lvg and lvol: with programs that report as LVM 2.03 does."""

from typing import Any

import pytest

from runner.target.modules import lvg, lvol
from tests.target.fake_system import FakeSystem

PVS = "--noheadings --nosuffix --units m --separator ';' -o pv_name,vg_name"
VGS = "--noheadings --nosuffix --units m --separator ';' -o "
DEVICES = dict.fromkeys(("/dev/vdb", "/dev/vdc", "/dev/vdd", "/dev/vde"), "")


class Groups(FakeSystem):
    """A host with the group data on /dev/vdb and /dev/vdc, and other on /dev/vde."""

    def __init__(self, count: str = "0", **task: Any) -> None:
        reports = {
            f"pvs {PVS}": "  /dev/vdb;data\n  /dev/vdc;data\n  /dev/vde;other\n",
            f"vgs {VGS}vg_name,lv_count": f"  data;{count}\n  other;0\n",
            f"vgs {VGS}autoactivation data": "  enabled\n",
            f"vgs {VGS}vg_name,vg_size,vg_free,vg_extent_size": "  data;400.00;200.00;4.00\n",
            f"lvs {VGS}lv_name,lv_active data": "  a;active\n",
            f"lvs {VGS}lv_name,lv_size,lv_active,segtype -a data": "  a;64.00;active;linear\n  [p_td];8.00;;linear\n  off;8.00;;linear\n",
        }
        super().__init__(DEVICES, dict(reports), **task)
        self.programs = {"pvcreate", "vgcreate", "vgextend", "vgreduce", "vgremove", "vgchange", "pvchange"}
        self.programs |= {"lvcreate", "lvextend", "lvreduce", "lvremove", "lvchange"}
        self.told: list[str] = []

    def _answer(self, text: str, argv: list[str], stdin: Any, options: dict[str, Any]) -> Any:
        if argv[0].rpartition("/")[2] in self.programs:
            self.told.append(" ".join([argv[0].rpartition("/")[2], *argv[1:]]))
            self.commands[text] = ""
        return super()._answer(text, argv, stdin, options)


@pytest.mark.parametrize(
    ("args", "calls"),
    [
        ({"vg": "new", "pvs": ["/dev/vdd"], "pesize": "32"}, ["pvcreate -f /dev/vdd", "vgcreate -s 32 new /dev/vdd"]),
        ({"vg": "data", "pvs": ["/dev/vdb,/dev/vdc"]}, []),
        ({"vg": "data"}, []),
        ({"vg": "data", "pvs": ["/dev/vdb"]}, ["vgreduce --force data /dev/vdc"]),
        ({"vg": "data", "pvs": ["/dev/vdb"], "remove_extra_pvs": False}, []),
        (
            {"vg": "data", "pvs": ["/dev/vdb", "/dev/vdd"], "remove_extra_pvs": False},
            ["pvcreate -f /dev/vdd", "vgextend data /dev/vdd"],
        ),
        ({"vg": "data", "state": "active"}, []),
        ({"vg": "data", "state": "inactive"}, ["vgchange --activate n data", "vgchange --setautoactivation n data"]),
        ({"vg": "data", "reset_vg_uuid": True}, ["vgchange -u data"]),
        ({"vg": "data", "state": "absent"}, ["vgremove --force data"]),
        ({"vg": "gone", "state": "absent"}, []),
    ],
)
def test_groups(args: dict[str, Any], calls: list[str]) -> None:
    host = Groups()
    assert host.perform(lvg, **args)["changed"] is bool(calls)
    assert host.told == calls
    dry = Groups(check=True)
    assert dry.perform(lvg, **args)["changed"] is bool(calls)
    assert dry.told == []


def test_complaints_of_groups() -> None:
    assert Groups().perform(lvg, vg="data", pvs=["/dev/vde"])["msg"] == "/dev/vde is already in other volume group"
    assert Groups().perform(lvg, vg="data", pvs=["/dev/vdz"])["msg"] == "Device /dev/vdz not found."
    assert Groups().perform(lvg, vg="new")["msg"] == "No physical volumes given."
    assert "Refuse to remove" in Groups("1").perform(lvg, vg="data", state="absent")["msg"]
    assert Groups("1").perform(lvg, vg="data", state="absent", force=True)["changed"]


def test_a_volume_that_comes_up_against_our_will_is_taken_down() -> None:
    host = Groups()
    host.commands[f"lvs {VGS}lv_name,lv_active data"] = "  a;active\n  b;active\n"
    assert host.perform(lvol, vg="data", lv="b", size="1g", active=False)["changed"]
    assert host.told == ["lvcreate --yes -an -n b -L 1g data", "lvchange -an data/b"]


@pytest.mark.parametrize(
    ("args", "calls"),
    [
        ({"lv": "b", "size": "50"}, ["lvcreate --yes -n b -L 50m data"]),
        ({"lv": "b", "size": "80%VG", "pvs": ["/dev/vdb"]}, ["lvcreate --yes -n b -l 80%VG data /dev/vdb"]),
        ({"lv": "b", "size": "1g", "active": False, "opts": "-r 16"}, ["lvcreate --yes -an -n b -L 1g -r 16 data"]),
        ({"lv": "a", "snapshot": "s", "size": "16m"}, ["lvcreate --yes -L 16m -s -n s data/a"]),
        ({"thinpool": "p", "size": "1g"}, ["lvcreate --yes -L 1g -T data/p"]),
        ({"thinpool": "p", "lv": "t", "size": "2g"}, ["lvcreate --yes -n t -V 2g -T data/p"]),
        ({"lv": "a", "size": "64"}, []),
        ({"lv": "a", "size": "62"}, []),
        ({"lv": "a", "size": "16%VG"}, []),
        ({"lv": "a", "size": "15.3%VG"}, []),
        ({"lv": "a", "size": "16.7%VG"}, []),
        ({"lv": "a", "size": "17%VG"}, ["lvextend -l 17%VG data/a"]),
        ({"lv": "a", "size": "100", "resizefs": True}, ["lvextend --resizefs -L 100m data/a"]),
        ({"lv": "a", "size": "+16M"}, ["lvextend -L +16M data/a"]),
        ({"lv": "a", "size": "+100%FREE"}, ["lvextend -l +100%FREE data/a"]),
        ({"lv": "a", "size": "32", "shrink": False}, []),
        ({"lv": "a", "size": "32", "force": True}, ["lvreduce --force -L 32m data/a"]),
        ({"lv": "a", "active": False}, ["lvchange -an data/a"]),
        ({"lv": "off"}, ["lvchange -ay data/off"]),
        ({"lv": "a", "state": "absent", "force": True}, ["lvremove --force data/a"]),
        ({"lv": "gone", "state": "absent"}, []),
    ],
)
def test_volumes(args: dict[str, Any], calls: list[str]) -> None:
    host = Groups()
    assert host.perform(lvol, vg="data", **args)["changed"] is bool(calls)
    assert host.told == calls
    dry = Groups(check=True, diff=True)
    assert dry.perform(lvol, vg="data", **args)["changed"] is bool(calls)
    assert dry.told == []


@pytest.mark.parametrize(
    ("args", "msg"),
    [
        ({"lv": "b"}, "No size given."),
        ({"lv": "a", "size": "32"}, "Sorry, no shrinking of a without force=true."),
        ({"lv": "a", "size": "0", "force": True}, "Sorry, no shrinking of a to 0 permitted."),
        ({"lv": "a", "state": "absent"}, "Sorry, no removal of logical volume a without force=true."),
        ({"vg": "none", "lv": "a"}, "Volume group none does not exist."),
        ({"lv": "b", "size": "12x"}, "Bad size specification of '12x'"),
        ({"lv": "b", "size": "120%VG"}, "Size percentage cannot be larger than 100%"),
        ({"lv": "gone", "snapshot": "s", "size": "1"}, "Snapshot origin LV gone does not exist in volume group data."),
    ],
)
def test_complaints_of_volumes(args: dict[str, Any], msg: str) -> None:
    assert Groups().perform(lvol, **{"vg": "data", **args})["msg"] == msg
