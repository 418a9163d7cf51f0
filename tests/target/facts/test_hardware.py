"""Processor, memory, device and mount facts from recorded files."""

import pytest

from runner.target.facts import cpu, devices, dmi, memory, mounts
from tests.target.fake_system import FakeSystem


def x86(number: int, socket: int | None = None, cores: int = 2, siblings: int = 4) -> str:
    text = f"processor\t: {number}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) CPU\nflags\t\t: fpu vme\n"
    return text if socket is None else f"{text}physical id\t: {socket}\nsiblings\t: {siblings}\ncpu cores\t: {cores}\n"


@pytest.mark.parametrize(
    ("content", "count", "cores", "threads", "vcpus"),
    [
        ("\n".join(x86(number, number // 4) for number in range(8)), 2, 2, 2, 8),
        ("\n".join(x86(number, 0, 4, 4) for number in range(4)), 1, 4, 1, 4),
        ("\n".join(x86(number) for number in range(3)), 3, 1, 1, 3),
        ("processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n\nprocessor\t: 1\n", 2, 1, 1, 2),
    ],
)
def test_processors(content, count, cores, threads, vcpus):
    facts = cpu.parsed(content)
    found = tuple(facts["processor_" + key] for key in ("count", "cores", "threads_per_core", "vcpus"))
    assert found == (count, cores, threads, vcpus)


def test_processor_list_and_flags():
    facts = cpu.parsed(x86(0, 0))
    assert facts["processor"] == ["0", "GenuineIntel", "Intel(R) Xeon(R) CPU"]
    assert facts["flags"] == ["fpu", "vme"]


def test_memory():
    content = (
        "MemTotal: 4096000 kB\nMemFree: 1024000 kB\nBuffers: 102400 kB\nCached: 921600 kB\n"
        "SwapCached: 1024 kB\nSwapTotal: 2048000 kB\nSwapFree: 1024000 kB\nHugePages_Total: 0\n"
    )
    assert memory.parsed(content) == {
        "memtotal_mb": 4000,
        "memfree_mb": 1000,
        "swaptotal_mb": 2000,
        "swapfree_mb": 1000,
        "memory_mb": {
            "real": {"total": 4000, "used": 3000, "free": 1000},
            "nocache": {"free": 2000, "used": 2000},
            "swap": {"total": 2000, "free": 1000, "used": 1000, "cached": 1},
        },
    }
    assert memory.parsed("") == {}


def test_mounts_are_devices_and_remote_file_systems_only():
    content = (
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard\n"
        "23 22 0:21 / /proc rw,nosuid - proc proc rw\n"
        "24 22 254:0 /srv/a\\040b /mnt/with\\040space rw,relatime - ext4 /dev/vda1 rw,discard\n"
        "25 22 0:40 / /data rw - nfs4 filer:/export rw,vers=4.2\n"
        "26 22 0:41 /@ /snap ro - btrfs /dev/vdb ro,subvol=/@\n"
        "broken\n"
    )
    found = mounts.parsed(content)
    assert [(each["mount"], each["device"], each["fstype"], each["options"]) for each in found] == [
        ("/", "/dev/vda1", "ext4", "rw,relatime,discard"),
        ("/mnt/with space", "/dev/vda1", "ext4", "rw,relatime,discard,bind"),
        ("/data", "filer:/export", "nfs4", "rw,vers=4.2"),
        ("/snap", "/dev/vdb", "btrfs", "ro,subvol=/@"),
    ]


def test_devices():
    block = "/sys/block/vda/"
    system = FakeSystem(
        {
            block + "size": "20971520\n",
            block + "removable": "0\n",
            block + "queue/rotational": "1\n",
            block + "queue/scheduler": "none [mq-deadline] kyber\n",
            block + "queue/logical_block_size": "512\n",
            block + "device/vendor": "0x1af4\n",
            block + "vda1/start": "2048\n",
            block + "vda1/size": "2097152\n",
            "/sys/block/dm-0/slaves/vda1": "",
            "/dev/disk/by-uuid/1234-ABCD": "-> ../../vda1",
            "/dev/disk/by-label/my\\x20disk": "-> ../../vda1",
        }
    )
    facts = devices.collect(system)
    vda = facts["devices"]["vda"]
    assert (vda["size"], vda["sectors"], vda["scheduler_mode"], vda["vendor"]) == ("10.00 GB", 20971520, "mq-deadline", "0x1af4")
    part = vda["partitions"]["vda1"]
    assert (part["size"], part["start"], part["uuid"]) == ("1.00 GB", "2048", "1234-ABCD")
    assert part["links"] == {"ids": [], "labels": ["my disk"], "masters": ["dm-0"], "uuids": ["1234-ABCD"]}
    assert facts["device_links"]["masters"] == {"vda1": ["dm-0"]}


def test_firmware():
    facts = dmi.collect(FakeSystem({dmi.FOLDER + "chassis_type": "1\n", dmi.FOLDER + "product_name": "KVM\n"}))
    assert (facts["form_factor"], facts["product_name"], facts["bios_date"]) == ("Other", "KVM", "NA")
    assert dmi.FORM_FACTORS[23] == "Rack Mount Chassis"
    assert dmi.FORM_FACTORS[36] == "Stick PC"
