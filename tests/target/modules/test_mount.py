"""mount: change, no change, check mode, errors; the failure is recorded from util-linux 2.38."""

from runner.target import fstab
from runner.target.modules import mount
from tests.target.fake_system import FakeSystem

FSTAB = "# <file system>\nUUID=abc / ext4 errors=remount-ro 0 1\n"
ROOT = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
LINE = "tmpfs /srv/x\\040y tmpfs size=1m 0 0\n"
MOUNTED = ROOT + "30 22 0:40 / /srv/x\\040y rw - tmpfs tmpfs rw\n"
ARGS = {"path": "/srv/x y", "src": "tmpfs", "fstype": "tmpfs", "opts": "size=1m"}


def host(table=FSTAB, now=ROOT, **options):
    commands = {"mount '/srv/x y'": 0, "umount '/srv/x y'": 0, "mount -o remount,size=1m '/srv/x y'": 0}
    return FakeSystem({"/etc/fstab": table, "/proc/self/mountinfo": now, "/srv/": ""}, commands | options.pop("commands", {}), **options)


def test_mounts_now_and_at_boot():
    system = host()
    result = system.perform(mount, state="mounted", **ARGS)
    assert (result["changed"], result["opts"], result["boot"], result["backup_file"]) == (True, "size=1m", "yes", "")
    assert system.text("/etc/fstab") == FSTAB + LINE
    assert system.files["/srv/x y"].kind == "dir"
    again = host(FSTAB + LINE, MOUNTED)
    assert not again.perform(mount, state="mounted", **ARGS)["changed"]
    assert again.ran == []


def test_other_options_are_remounted():
    system = host(FSTAB + LINE.replace("size=1m", "size=9m"), MOUNTED)
    assert system.perform(mount, state="mounted", **ARGS)["changed"]
    assert system.ran == [["/usr/bin/mount", "-o", "remount,size=1m", "/srv/x y"]]


def test_a_mount_that_fails_leaves_fstab_alone():
    err = "mount: /srv/x y: special device does not exist.\n"
    system = host(commands={"mount '/srv/x y'": (32, "", err)})
    result = system.perform(mount, state="mounted", **ARGS)
    assert result["msg"] == "Error mounting /srv/x y: " + err.strip()
    assert system.text("/etc/fstab") == FSTAB


def test_check_mode():
    system = host(check=True, diff=True)
    result = system.perform(mount, state="mounted", **ARGS)
    assert result["changed"]
    assert result["diff"][0]["after"].endswith(LINE)
    assert system.text("/etc/fstab") == FSTAB
    assert system.ran == []


def test_absent_and_unmounted():
    system = host(FSTAB + LINE, MOUNTED)
    system.add("/srv/x y/")
    assert system.perform(mount, path="/srv/x y", state="absent")["changed"]
    assert system.text("/etc/fstab") == FSTAB
    assert "/srv/x y" not in system.files
    assert not host().perform(mount, path="/srv/x y", state="absent")["changed"]
    kept = host(FSTAB + LINE, MOUNTED)
    assert kept.perform(mount, path="/srv/x y", state="unmounted")["changed"]
    assert kept.text("/etc/fstab") == FSTAB + LINE


def test_present_only_writes():
    system = host()
    assert system.perform(mount, state="present", boot=False, **ARGS)["changed"]
    assert system.text("/etc/fstab").endswith("size=1m,noauto 0 0\n")
    assert system.ran == []


def test_another_source_goes_first():
    system = host(FSTAB, ROOT + "30 22 0:40 / /srv/x\\040y rw - nfs old:/export rw\n")
    system.perform(mount, state="mounted", **ARGS)
    assert [argv[0] for argv in system.ran] == ["/usr/bin/umount", "/usr/bin/mount"]
    assert "different source" in host(FSTAB, MOUNTED).perform(mount, state="ephemeral", path="/srv/x y", src="a:/b", fstype="nfs")["msg"]


def test_remounting_nothing():
    assert "nothing is mounted there" in host().perform(mount, path="/srv", state="remounted")["msg"]


def test_swap_is_known_by_its_device():
    entry = fstab.Entry("/dev/sdb", "none", "swap", "sw", "0", "0")
    text = "/dev/sda none swap sw 0 0\n/dev/sdb none swap pri=1 0 0\n"
    assert fstab.without_entry(text, entry) == "/dev/sda none swap sw 0 0\n"
