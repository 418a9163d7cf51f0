"""user: messages recorded from shadow 4.13 on Debian 12; results compared with Ansible's module on the same host."""

import json
import re

import pytest

from runner.target import account_change
from runner.target.modules import user
from tests.target.fake_system import FakeSystem, Node

HASH = "$6$salt$" + "a" * 86
PASSWD = "root:x:0:0:root:/root:/bin/bash\nbob:x:1001:1001:Bob:/home/bob:/bin/sh\n"
GROUP = "root:x:0:\nadm:x:4:bob\nsudo:x:27:bob\ndocker:x:998:\nbob:x:1001:\n"
SHADOW = f"root:*:20000:0:99999:7:::\nbob:{HASH}:20000:0:99999:7:::\n"


def host(commands=None, **options):
    files = {
        "/etc/passwd": PASSWD,
        "/etc/group": GROUP,
        "/etc/shadow": Node(data=SHADOW.encode(), mode=0o640),
        "/home/bob/": "",
        "/etc/skel/.bashrc": "x\n",
        "/etc/login.defs": "# UMASK 077\nUMASK\t\t022\nHOME_MODE 0700\n",
    } | options.pop("files", {})
    return FakeSystem(files, commands, users={}, groups={}, programs=["chpasswd"], **options)


def ran(system):
    return [" ".join(argv).removeprefix("/usr/bin/") for argv in system.ran]


def test_creates_with_the_password_on_standard_input():
    system = host({"chpasswd -e": 0})

    def add(argv, _stdin):
        system.files["/etc/passwd"].data += b"eve:x:1002:1002:Eve:/home/eve:/bin/bash\n"
        system.add("/home/eve/")
        return (0, "", "")

    line = "useradd -N -G adm,docker -c Eve -s /bin/bash -m eve"
    system.files["/etc/group"].data += b"eve:x:1002:\n"
    system.commands[line] = add
    result = system.perform(user, name="eve", comment="Eve", groups=["adm", "998"], shell="/bin/bash", password=HASH)
    assert result["changed"]
    assert ran(system) == [line, "chpasswd -e"]
    assert system.inputs[1] == f"eve:{HASH}\n".encode()
    assert (result["uid"], result["group"], result["home"], result["groups"]) == (1002, 1002, "/home/eve", "adm,998")
    assert (result["system"], result["create_home"], result["password"]) == (False, True, "NOT_LOGGING_PASSWORD")
    assert HASH not in json.dumps(result)


def test_an_account_that_is_as_asked():
    system = host(diff=True)
    result = system.perform(user, name="bob", comment="Bob", groups=["adm", "sudo"], password=HASH, uid=1001)
    assert not result["changed"]
    assert (result["append"], result["move_home"], result["password"]) == (False, False, "NOT_LOGGING_PASSWORD")
    assert system.ran == []
    assert "diff" not in result


def test_changes_only_what_differs():
    system = host({"usermod -a -G docker -c Robert -e 2015-01-28 -L bob": 0, "chage -M 90 -W 14 bob": 0})
    args = {"comment": "Robert", "groups": ["docker"], "append": True, "expires": 1422403387, "password_lock": True}
    assert system.perform(user, name="bob", password_expire_max=90, password_expire_warn=14, **args)["changed"]
    assert len(system.ran) == 2


def test_check_mode_says_what_would_change_without_the_hash():
    system = host(check=True, diff=True)
    result = system.perform(user, name="bob", groups=["adm"], password="$6$other$" + "b" * 86)
    assert result["changed"]
    assert "groups: adm\n" in result["diff"]["after"]
    assert "bbbb" not in json.dumps(result)
    assert system.ran == []


def test_groups_can_all_be_left():
    system = host({"usermod -G  bob": 0, "usermod -G '' bob": 0})
    assert system.perform(user, name="bob", groups=[""])["changed"]
    assert system.ran[0][-3:] == ["-G", "", "bob"]


def test_removes():
    system = host({"userdel -r bob": (0, "", "userdel: bob mail spool (/var/mail/bob) not found\n")})
    result = system.perform(user, name="bob", state="absent", remove=True)
    assert (result["changed"], result["remove"], result["force"]) == (True, True, False)
    assert "mail spool" in result["stderr"]
    assert not host().perform(user, name="nosuch", state="absent")["changed"]


def process(uid, parent, cmdline, state="S (sleeping)"):
    return Node(data=f"Name:\tx\nState:\t{state}\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n".encode()), Node(data=cmdline)


AGENT = b'python3\0-I\0-S\0-c\0exec("g={\\"__name__\\":\\"runner.target.memory\\"}")\0'


@pytest.mark.parametrize(
    ("processes", "removed"),
    [
        ({7: process(1001, 6, AGENT), 6: process(0, 1, b"sudo")}, True),
        ({7: process(1001, 6, AGENT), 8: process(1001, 1, b"", "Z (zombie)")}, True),
        ({7: process(1001, 6, AGENT), 9: process(1001, 1, b"/usr/bin/daemon")}, False),
        ({7: process(1001, 6, AGENT), 9: process(0, 7, b"sleep")}, False),
        ({9: process(1001, 1, b"/usr/bin/daemon")}, False),
    ],
)
def test_our_own_agents_that_are_idle_do_not_keep_a_user(processes, removed):
    files = {f"/proc/{pid}/{name}": node for pid, pair in processes.items() for name, node in zip(("status", "cmdline"), pair)}
    system = host(files=files)

    def remove(_argv, _stdin):
        used = [each for each in system.files if each.endswith("/cmdline") and system.text(each)]
        return (8, "", "userdel: user bob is currently used by process 7\n") if any("runner" in system.text(each) for each in used) else 0

    def end(pid, number):
        for each in (f"/proc/{pid}/status", f"/proc/{pid}/cmdline", f"/proc/{pid}"):
            del system.files[each]
        assert number == 15

    system.commands["userdel bob"] = remove
    system.kill = end
    if 7 not in processes:
        system.commands["userdel bob"] = (8, "", "userdel: user bob is currently used by process 9\n")
    result = system.perform(user, name="bob", state="absent")
    assert result.get("failed", False) is not removed
    assert ran(system).count("userdel bob") == (2 if removed else 1)


def test_errors():
    assert host().perform(user, name="bob", groups=["nope"])["msg"] == "Group nope does not exist"
    taken = host({"useradd -u 0 -m eve": (4, "", "useradd: UID 0 is not unique\n")}).perform(user, name="eve", uid=0)
    assert (taken["msg"], taken["rc"], taken["name"]) == ("useradd: UID 0 is not unique", 4, "eve")
    assert "line break" in host().perform(user, name="bob", password="x\nroot:y")["msg"]


def test_a_dry_run_takes_groups_that_are_not_there_to_be_made_before():
    system = host(check=True)
    result = system.perform(user, name="bob", groups=["docker", "later"], append=True)
    assert result["changed"]
    assert ["later" in each for each in system.warnings] == [True]
    assert system.again(check=True).perform(user, name="new", group="later")["changed"]


def test_makes_a_home_that_is_missing():
    system = host(files={"/home/": ""})
    del system.files["/home/bob"]
    assert system.perform(user, name="bob")["changed"]
    assert system.files["/home/bob"].mode == 0o700
    assert system.files["/home/bob"].uid == 1001
    assert system.files["/home/bob/.bashrc"].uid == 1001
    assert not system.again().perform(user, name="bob")["changed"]


def keygen(system):
    def make(argv, _stdin):
        system.add(argv[argv.index("-f") + 1], "PRIVATE")
        system.add(argv[argv.index("-f") + 1] + ".pub", "ssh-ed25519 AAAA bob\n")
        return 0

    return make


def test_makes_a_key_without_the_passphrase_in_argv():
    system = host({"ssh-keygen -l -f /home/bob/.ssh/id_ed25519": "256 SHA256:xyz bob (ED25519)\n"})
    system.commands[re.compile("ssh-keygen -t ed25519 -C .*")] = keygen(system)
    result = system.perform(user, name="bob", generate_ssh_key=True, ssh_key_type="ed25519", ssh_key_passphrase="hunter2")
    assert result["ssh_public_key"] == "ssh-ed25519 AAAA bob"
    assert result["ssh_fingerprint"].startswith("256 SHA256")
    assert not any("hunter2" in word for argv in system.ran for word in argv)
    assert "hunter2" not in json.dumps(result)
    key = system.files["/home/bob/.ssh/id_ed25519"]
    assert (key.mode, key.uid, key.data) == (0o600, 1001, b"PRIVATE")
    assert not system.again().perform(user, name="bob", generate_ssh_key=True, ssh_key_type="ed25519")["changed"]


def test_a_public_key_that_someone_laid_there_is_not_followed():
    system = host(files={"/home/bob/.ssh/id_rsa.pub": "-> /etc/target", "/etc/target": "root's"})
    assert "id_rsa.pub exists but" in system.perform(user, name="bob", generate_ssh_key=True)["msg"]
    assert system.text("/etc/target") == "root's"


def test_local_looks_only_at_files():
    system = host(check=True)
    system.user_ids = {"ldapuser": 7000}
    assert system.perform(user, name="ldapuser", local=True)["changed"]
    assert not system.again(check=True).perform(user, name="ldapuser", create_home=False)["changed"]


@pytest.mark.parametrize(
    ("password", "doubtful"),
    [
        (HASH, False),
        ("*", False),
        ("!", False),
        ("plain", True),
        ("$6$salt$short", True),
        ("$y$j9T$salt$hash", False),
        ("!" + HASH, True),
    ],
)
def test_what_looks_like_a_hash(password, doubtful):
    assert account_change.doubtful_hash(password) is doubtful


@pytest.mark.parametrize(
    ("expires", "have", "words"),
    [(-1, None, None), (-1, 16000, ""), (1422403387, None, "2015-01-28"), (1422403387, 16463, None), (None, 5, None)],
)
def test_expiry(expires, have, words):
    assert account_change.expiry_words(expires, have) == words


def test_append_without_groups_warns():
    assert "'append' is set" in host().perform(user, name="bob", append=True)["warnings"][0]


def test_an_account_without_a_shadow_line_gets_one():
    system = host({"usermod -e '' bob": 0}, files={"/etc/shadow": "root:*:20000:0:99999:7:::\n"})
    assert system.perform(user, name="bob", expires=-1)["changed"]
