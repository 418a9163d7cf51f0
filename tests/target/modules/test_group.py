"""group: recorded from groupadd 4.13 on Debian 12."""

from runner.target.modules import group
from tests.target.fake_system import FakeSystem

ETC_GROUP = "root:x:0:\ndaemon:x:1:\nstaff:x:50:alice\n"


def host(**options) -> FakeSystem:
    def add(argv, _stdin):
        number = argv[argv.index("-g") + 1] if "-g" in argv else "1001"
        system.files["/etc/group"].data += f"{argv[-1]}:x:{number}:\n".encode()
        return 0

    commands = {"groupadd -g 1500 deploy": add, "groupadd deploy": add, "groupadd -r deploy": add} | options.pop("commands", {})
    system = FakeSystem({"/etc/group": ETC_GROUP}, commands, groups={}, **options)
    return system


def test_creates_a_missing_group_and_is_content_the_second_time():
    system = host()
    result = system.perform(group, name="deploy", gid=1500)
    assert result["changed"]
    assert (result["gid"], result["state"], result["system"]) == (1500, "present", False)
    again = system.again()
    second = again.perform(group, name="deploy", gid=1500)
    assert not second["changed"]
    assert (second["gid"], second["system"]) == (1500, False)
    assert again.ran == []


def test_check_mode_only_says_so():
    system = host(check=True, diff=True)
    result = system.perform(group, name="deploy")
    assert result["changed"]
    assert result["diff"]["before"] == ""
    assert system.ran == []


def test_a_group_of_another_number_is_changed():
    system = host(commands={"groupmod -g 60 -o staff": 0})
    assert system.perform(group, name="staff", gid=60, non_unique=True)["changed"]
    assert system.ran == [["/usr/bin/groupmod", "-g", "60", "-o", "staff"]]


def test_deletes_and_forces():
    system = host(commands={"groupdel -f staff": 0})
    assert system.perform(group, name="staff", state="absent", force=True)["changed"]
    assert not host().perform(group, name="nosuch", state="absent")["changed"]


def test_the_tools_refusal_is_the_message():
    refusal = (8, "", "groupdel: cannot remove the primary group of user 'alice'\n")
    result = host(commands={"groupdel staff": refusal}).perform(group, name="staff", state="absent")
    assert result["failed"]
    assert result["msg"] == "groupdel: cannot remove the primary group of user 'alice'"


def test_a_local_number_that_another_group_has_is_refused():
    result = host().perform(group, name="new", gid=50, local=True)
    assert result["msg"] == "GID '50' already exists with group 'staff'"


def test_a_group_of_a_directory_service_counts_unless_local():
    system = host()
    system.group_ids = {"ldapgroup": 7000}
    assert not system.perform(group, name="ldapgroup")["changed"]
