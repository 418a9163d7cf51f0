"""parted: the tables are those that parted 3.5 printed of a file of 200 MiB."""

from typing import Any

import pytest

from runner.target.modules import parted
from tests.target.fake_system import FakeSystem

DISK = "/dev/vdb"
NONE = "BYT;\n/dev/vdb:204800{u}:virtblk:512:512:unknown:Virtio Block Device:;\n"
TWO = (
    "BYT;\n/dev/vdb:{whole}{u}:virtblk:512:512:gpt:Virtio Block Device:;\n"
    "1:{a}{u}:{b}{u}:{c}{u}:ext4:data:;\n2:{d}{u}:{e}{u}:{f}{u}::swap:lvm;\n"
)
KIB = {"u": "kiB", "whole": "204800", "a": "1024", "b": "51200", "c": "50176", "d": "51200", "e": "102400", "f": "51200"}
BYTES = {"u": "B", "whole": "209715200", "a": "1048576", "b": "52428799", "c": "51380224"}
BYTES.update({"d": "52428800", "e": "104857599", "f": "52428800"})


def host(empty: bool = False, script: str = "", align: str = "-f -a optimal ", **task: Any) -> FakeSystem:
    commands: dict[Any, Any] = {
        "parted --version": "parted (GNU parted) 3.5\n",
        f"parted -s -m {DISK} -- unit KiB print": NONE.format(u="kiB") if empty else TWO.format(**KIB),
        f"parted -s -m {DISK} -- unit B print": NONE.format(u="B") if empty else TWO.format(**BYTES),
    }
    if script:
        commands[f"parted -s -m {align}{DISK} -- {script}"] = ""
    return FakeSystem({DISK: ""}, commands, **task)


GPT = {"state": "present", "label": "gpt"}


@pytest.mark.parametrize(
    ("empty", "args", "script"),
    [
        (True, {"number": 1, "state": "present", "fs_type": "ext4"}, "unit KiB mklabel msdos mkpart primary ext4 0% 100%"),
        (True, {"number": 1, "name": "my data", **GPT}, "unit KiB mklabel gpt mkpart '\"my data\"' 0% 100%"),
        (False, {"number": 1, "name": "data", **GPT}, ""),
        (False, {"number": 1, "name": "other", **GPT}, "unit KiB name 1 '\"other\"'"),
        (False, {"number": 2, "flags": ["lvm"], **GPT}, ""),
        (False, {"number": 2, "flags": ["raid"], **GPT}, "unit KiB set 2 raid on set 2 lvm off"),
        (False, {"number": 2, "part_end": "100MiB", "resize": True, **GPT}, ""),
        (False, {"number": 2, "part_end": "150MiB", "resize": True, **GPT}, "unit KiB resizepart 2 150MiB"),
        (False, {"number": 2, "part_end": "-50MiB", "resize": True, **GPT}, "unit KiB resizepart 2 -50MiB"),
        (False, {"number": 3, "part_start": "100MiB", **GPT}, "unit KiB mkpart '\"primary\"' 100MiB 100%"),
        (False, {"number": 1, "state": "absent"}, "unit KiB rm 1"),
        (False, {"number": 9, "state": "absent"}, ""),
        (False, {}, ""),
    ],
)
def test_scripts(empty: bool, args: dict[str, Any], script: str) -> None:
    system = host(empty, script)
    result = system.perform(parted, device=DISK, **args)
    assert not result.get("failed"), result
    assert result["changed"] is bool(script)
    assert len(system.ran) == (5 if script else 2)
    assert host(empty, check=True, diff=True).perform(parted, device=DISK, **args)["changed"] is bool(script)


def test_what_is_told() -> None:
    told = host().perform(parted, device=DISK)
    expected = {"dev": DISK, "size": 204800.0, "unit": "kib", "table": "gpt", "model": "Virtio Block Device"}
    assert told["disk"] == dict(expected, logical_block=512, physical_block=512)
    assert [each["num"] for each in told["partitions"]] == [1, 2]
    second = {"num": 2, "begin": 51200.0, "end": 102400.0, "size": 51200.0, "fstype": "", "name": "swap", "flags": ["lvm"], "unit": "kib"}
    assert told["partitions"][1] == second


def test_complaints() -> None:
    assert "label=msdos" in host().perform(parted, device=DISK, number=1, state="present", label="gpt", part_type="logical")["msg"]
    assert "part_start" in host().perform(parted, device=DISK, number=1, state="present", part_start="foo")["msg"]
    assert host().perform(parted, device="/dev/none")["msg"] == "Device /dev/none not found."


def test_cylinders_and_their_parts() -> None:
    told = "CHS;\n/dev/vdb:3199,3,31:virtblk:512:512:gpt::;\n3200:4:32:65.5kB;\n1:0,1,2:960,0,0::data:boot, esp;\n"
    found = parted.parse(told, "chs")
    assert found["disk"]["size"] == {"cylinder": 3199, "head": 3, "sector": 31}
    assert found["disk"]["chs_info"] == {"cylinders": 3200, "heads": 4, "sectors": 32, "cyl_size": 65.5, "cyl_size_unit": "kb"}
    assert found["partitions"][0]["end"] == {"cylinder": 960, "head": 0, "sector": 0}
    assert found["partitions"][0]["flags"] == ["boot", "esp"]
