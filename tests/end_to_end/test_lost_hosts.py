"""Hosts that freeze, vanish, were never there, or refuse us: unreachable within a set time, the others go on, exit code 4."""

import pytest

from tests.end_to_end.conftest import Ended, Hosts, Muster

pytestmark = pytest.mark.lab
TWO_TASKS = """\
- hosts: {hosts}
  tasks:
    - name: Long
      shell: touch {mark}; sleep 6
    - name: After
      command: "true"
"""


def test_a_frozen_host_is_unreachable_in_time_and_clean_when_it_wakes(muster: Muster, hosts: Hosts) -> None:
    hosts.run("one", "rm -f /tmp/frozen")
    running = muster.start(TWO_TASKS.format(hosts="trial", mark="/tmp/frozen"), "--drop-after", "3")
    hosts.wait_for("one", "/tmp/frozen")
    hosts.driver.pause("one")
    try:
        ended = running.end(30)
    finally:
        hosts.driver.unpause("one")
    assert ended.code == 4
    assert ended.seconds < 25
    assert ended.recap()["one"]["unreachable"] == 1
    assert ended.recap()["two"]["ok"] == 2
    assert "no sign of life for 3 seconds" in ended.out
    assert "ansible_drop_after" in ended.out
    hosts.wait_until_idle("one", 20)
    assert muster.play("- hosts: one\n  tasks:\n    - ping:\n").code == 0


def test_frozen_at_the_connection(muster: Muster, hosts: Hosts) -> None:
    hosts.driver.pause("one")
    try:
        ended = muster.play("- hosts: trial\n  tasks:\n    - ping:\n", "-T", "3")
    finally:
        hosts.driver.unpause("one")
    assert ended.code == 4
    assert ended.recap()["two"]["ok"] == 1
    assert ended.seconds < 15


def test_the_variable_sets_the_time_for_one_host(muster: Muster, hosts: Hosts) -> None:
    hosts.run("one", "rm -f /tmp/frozen")
    running = muster.start(TWO_TASKS.format(hosts="one", mark="/tmp/frozen"), "-e", "ansible_drop_after=2")
    hosts.wait_for("one", "/tmp/frozen")
    hosts.driver.pause("one")
    try:
        ended = running.end(30)
    finally:
        hosts.driver.unpause("one")
    assert ended.code == 4
    assert "no sign of life for 2 seconds" in ended.out


def test_ssh_sessions_killed_in_the_middle(muster: Muster, hosts: Hosts) -> None:
    hosts.run("one", "rm -f /tmp/cut")
    running = muster.start(TWO_TASKS.format(hosts="trial", mark="/tmp/cut"))
    hosts.wait_for("one", "/tmp/cut")
    hosts.run("one", "kill -9 $(pgrep -f '[s]shd: root@notty')")
    ended = running.end(30)
    assert ended.code == 4
    assert ended.recap()["one"]["unreachable"] == 1
    assert ended.recap()["two"]["ok"] == 2
    hosts.wait_until_idle("one", 20)


def test_the_agent_killed_in_the_middle(muster: Muster, hosts: Hosts) -> None:
    hosts.run("one", "rm -f /tmp/cut")
    running = muster.start(TWO_TASKS.format(hosts="trial", mark="/tmp/cut"))
    hosts.wait_for("one", "/tmp/cut")
    hosts.run("one", "kill -9 $(pgrep -f 'muster-[0-9a-f]')")
    ended = running.end(30)
    assert ended.code == 4
    assert "it may have been killed" in ended.out
    assert ended.recap()["two"]["ok"] == 2


def test_a_host_that_is_down_from_the_start(muster: Muster, hosts: Hosts) -> None:
    hosts.run("one", "systemctl stop ssh.service ssh.socket")
    try:
        refused = muster.play("- hosts: trial\n  tasks:\n    - ping:\n")
    finally:
        hosts.run("one", "systemctl start ssh.service")
    assert refused.code == 4
    assert "Connection refused" in refused.out
    assert refused.recap()["two"]["ok"] == 1


def test_an_ignored_unreachable_host_goes_on(muster: Muster) -> None:
    play = """\
        - hosts: one
          tasks:
            - ping:
              ignore_unreachable: true
              vars: {ansible_host: 127.0.0.1, ansible_port: 1}
            - command: "true"
        """
    ended = muster.play(play)
    assert ended.code == 0
    recap = ended.recap()["one"]
    assert (recap["changed"], recap["unreachable"], recap["ignored"]) == (1, 0, 1)


def test_an_unknown_host_key(muster: Muster, hosts: Hosts) -> None:
    ended = _with_known_hosts(muster, hosts, "")
    assert ended.code == 4
    assert "host key" in ended.out
    assert "remedy" in ended.out


def test_a_changed_host_key(muster: Muster, hosts: Hosts) -> None:
    """The known key of the first host is that of the second."""
    lines = hosts.folder.known_hosts.read_text().splitlines()
    others = [line.partition(" ") for line in lines if "172.30.71.12" in line.partition(" ")[0]]
    assert others
    ended = _with_known_hosts(muster, hosts, "".join(f"172.30.71.11 {key}\n" for _, _, key in others))
    assert ended.code == 4
    assert "changed" in ended.out


def _with_known_hosts(muster: Muster, hosts: Hosts, text: str) -> Ended:
    (muster.folder / "known_hosts").write_text(text)
    inventory = hosts.folder.inventory.read_text().replace(str(hosts.folder.known_hosts), str(muster.folder / "known_hosts"))
    (muster.folder / "hosts.yml").write_text(inventory)
    return Muster(muster.folder, muster.folder / "hosts.yml").play("- hosts: one\n  tasks:\n    - ping:\n")


def test_a_wrong_password(muster: Muster) -> None:
    words = ["-u", "alice", "-e", "ansible_user=alice ansible_password=nonsense", "-e", "ansible_ssh_private_key_file=", "-vvv"]
    ended = muster.play("- hosts: one\n  tasks:\n    - ping:\n", *words, "--ssh-extra-args", "-o PubkeyAuthentication=no")
    assert ended.code == 4
    assert "nonsense" not in ended.out + ended.err
    assert "alice" in ended.out


def test_a_wrong_become_password(muster: Muster) -> None:
    play = "- hosts: one\n  remote_user: alice\n  tasks:\n    - command: id -un\n      become: true\n"
    ended = muster.play(play, "-e", "ansible_user=alice ansible_become_password=nonsense", "-vvv")
    assert ended.code == 2
    assert "password" in ended.out
    assert "nonsense" not in ended.out + ended.err


def test_a_missing_become_password(muster: Muster) -> None:
    play = "- hosts: one\n  tasks:\n    - command: id -un\n      become: true\n"
    ended = muster.play(play, "-e", "ansible_user=alice")
    assert ended.code == 2
    assert "asks for a password" in ended.out or "password is required" in ended.out
    assert ended.seconds < 20


def test_raw_and_script_need_no_python(muster: Muster) -> None:
    play = """\
        - hosts: bare
          tasks:
            - raw: echo $((6 * 7))
              register: raw
            - script: hello.sh one
              register: script
            - debug: {msg: "{{ raw.stdout | trim }} {{ script.stdout | trim }}"}
            - ping:
        """
    ended = muster.play(play, files={"hello.sh": "#!/bin/sh\necho hello $1\n"})
    assert ended.code == 2
    assert "42 hello one" in ended.out
    assert "has no Python" in ended.out
    assert "remedy: install Python" in ended.out


def test_a_full_disk_keeps_the_old_file(muster: Muster, hosts: Hosts) -> None:
    hosts.run("one", "mkdir -p /mnt/small && mount -t tmpfs -o size=64k tmpfs /mnt/small && echo old > /mnt/small/f")
    try:
        (muster.folder / "big").write_bytes(b"x" * 200_000)
        ended = muster.play("- hosts: one\n  tasks:\n    - copy: {src: big, dest: /mnt/small/f}\n")
        assert ended.code == 2
        assert "No space left" in ended.out
        assert hosts.run("one", "cat /mnt/small/f; ls -A /mnt/small") == "old\nf\n"
    finally:
        hosts.run("one", "umount /mnt/small")


def test_stopped_agent_is_given_up_and_others_go_on(muster: Muster, hosts: Hosts) -> None:
    hosts.run("one", "rm -f /tmp/stopped")
    running = muster.start(TWO_TASKS.format(hosts="trial", mark="/tmp/stopped"), "--drop-after", "3")
    hosts.wait_for("one", "/tmp/stopped")
    hosts.run("one", "kill -STOP $(pgrep -f 'muster-[0-9a-f]')")
    ended = running.end(30)
    hosts.run("one", "kill -CONT $(pgrep -f 'muster-[0-9a-f]') || true")
    assert ended.code == 4
    assert ended.recap()["one"]["unreachable"] == 1
    assert ended.recap()["two"]["ok"] == 2
    hosts.wait_until_idle("one", 20)
