"""Ctrl-C, SIGTERM and SIGKILL in the middle of a run: what ends, what is said, what is left on the hosts."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Hosts, Muster

LONG = """\
- hosts: {hosts}
  tasks:
    - command: "true"
      notify: Reload
    - name: Long
      shell: touch {mark}; sleep {seconds}; touch {mark}.end
  handlers:
    - name: Reload
      debug: {{msg: reloaded}}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_names_what_is_left(local: Muster, number: signal.Signals) -> None:
    mark = local.folder / "mark"
    running = local.start(LONG.format(hosts="here", mark=mark, seconds=47))
    _wait(mark)
    begun = time.monotonic()
    running.signal(number)
    ended = running.end(15)
    assert ended.code == 99
    assert time.monotonic() - begun < 10
    assert ended.recap()["here"]["ok"] == 1
    assert "interrupted in the middle of 'Long' on here" in ended.err
    assert "[here]: notified handlers did not run: Reload" in ended.err
    assert "Traceback" not in ended.err
    _gone(str(mark))


def test_a_second_signal_leaves_at_once(local: Muster) -> None:
    mark = local.folder / "mark"
    # the command is deaf to the polite signals, so the first Ctrl-C waits for its end
    play = LONG.format(hosts="here", mark=mark, seconds=40).replace("shell: touch", "shell: trap '' INT TERM HUP; touch")
    running = local.start(play)
    _wait(mark)
    running.signal(signal.SIGINT)
    time.sleep(0.3)
    running.signal(signal.SIGINT)
    begun = time.monotonic()
    assert running.end(15).code == 99
    assert time.monotonic() - begun < 3
    _gone(str(mark), 15)


def test_interrupted_while_waiting_between_tries(local: Muster) -> None:
    mark = local.folder / "mark"
    running = local.start(
        f"""\
        - hosts: here
          tasks:
            - shell: touch {mark}; false
              retries: 5
              delay: 60
              until: false
        """
    )
    _wait(mark)
    time.sleep(0.5)
    running.signal(signal.SIGINT)
    assert running.end(10).code == 99


@pytest.mark.lab
def test_a_signal_ends_commands_on_every_host(muster: Muster, hosts: Hosts) -> None:
    running = muster.start(LONG.format(hosts="trial", mark="/tmp/interrupted", seconds=301))
    for name in ("one", "two"):
        hosts.wait_for(name, "/tmp/interrupted")
    running.signal(signal.SIGINT)
    ended = running.end(20)
    assert ended.code == 99
    assert set(ended.recap()) == {"one", "two"}
    for name in ("one", "two"):
        hosts.wait_until_idle(name, 5)
        hosts.run(name, "test ! -e /tmp/interrupted.end && rm /tmp/interrupted")


@pytest.mark.lab
def test_killed_controller_leaves_no_agent_behind(muster: Muster, hosts: Hosts) -> None:
    """What runs when the controller is killed goes on to its own end; then the agent is gone."""
    running = muster.start(LONG.format(hosts="one", mark="/tmp/killed", seconds=4))
    hosts.wait_for("one", "/tmp/killed")
    running.signal(signal.SIGKILL)
    running.end()
    hosts.wait_until_idle("one", 12)
    assert muster.play(LONG.format(hosts="one", mark="/tmp/killed", seconds=0)).code == 0


@pytest.mark.lab
@pytest.mark.parametrize("delay", [0.0, 0.4, 0.9])
def test_killed_while_files_are_written(muster: Muster, hosts: Hosts, delay: float) -> None:
    """Every file is the old one or the new one, no temporary file is left, and a second run completes."""
    play = """\
        - hosts: one
          tasks:
            - file: {path: /srv/half, state: directory}
            - copy: {content: "begin\\n", dest: /srv/half/begun}
            - copy: {src: big, dest: /srv/half/big, mode: "0640"}
            - template: {src: t.j2, dest: /srv/half/template}
            - lineinfile: {path: /srv/half/lines, line: "line {{ item }}", create: true}
              loop: "{{ range(40) | list }}"
        """
    files = {"t.j2": "{% for x in range(5000) %}\nrow {{ x }}\n{% endfor %}\n"}
    (muster.folder / "big").write_bytes(b"0123456789abcdef" * 1_000_000)
    hosts.run("one", "rm -rf /srv/half")
    running = muster.start(play, files=files)
    hosts.wait_for("one", "/srv/half/begun")
    time.sleep(delay)
    running.signal(signal.SIGKILL)
    running.end()
    hosts.wait_until_idle("one", 10)
    left = set(hosts.run("one", "ls -A /srv/half").split())
    assert left <= {"begun", "big", "template", "lines"}
    if "big" in left:
        assert hosts.run("one", "stat -c %s:%a /srv/half/big").strip() == "16000000:640"
    if "template" in left:
        assert hosts.run("one", "wc -l < /srv/half/template").strip() == "5000"
    again = muster.play(play, files=files)
    assert again.code == 0
    assert muster.play(play, files=files).recap()["one"]["changed"] == 0
    assert hosts.run("one", "ls -A /tmp /root | grep -i -e muster -e ansible || true").strip() == ""


@pytest.mark.lab
@pytest.mark.parametrize("host", ["one", "bare"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_script_leaves_no_file(muster: Muster, hosts: Hosts, host: str, how: signal.Signals) -> None:
    """The script is sent to the host as a file; it is gone when the script was stopped, or has ended by itself."""
    hosts.run(host, "rm -f /tmp/scripted")
    script = "#!/bin/sh\ntouch /tmp/scripted\nsleep 3\n"
    running = muster.start(f"- hosts: {host}\n  tasks:\n    - script: s.sh\n", files={"s.sh": script})
    hosts.wait_for(host, "/tmp/scripted")
    running.signal(how)
    running.end(15)
    hosts.wait_until_idle(host, 10)
    time.sleep(0.5)
    newer = "find tmp root var/tmp -newer /tmp/scripted -type f ! -name scripted"
    found = f"cd /; {newer}; find tmp root var/tmp -name '*muster*' -o -name '*s.sh'"
    assert hosts.run(host, found).strip() == ""


@pytest.mark.lab
def test_killed_during_a_package_installation(muster: Muster, hosts: Hosts) -> None:
    """A package manager is let finish; dpkg is left in order and a second run completes."""
    play = """\
        - hosts: one
          tasks:
            - file: {path: /tmp/apt_begins, state: touch}
            - apt: {name: [tree, file], update_cache: true}
        """
    hosts.run("one", "rm -f /tmp/apt_begins; apt-get -y -q remove tree file >/dev/null 2>&1 || true")
    running = muster.start(play)
    hosts.wait_for("one", "/tmp/apt_begins")
    time.sleep(0.5)
    running.signal(signal.SIGKILL)
    running.end()
    hosts.wait_until_idle("one", 60)
    assert hosts.run("one", "dpkg --audit").strip() == ""
    assert muster.play(play).code == 0
    assert muster.play(play).recap()["one"]["changed"] == 1


def _wait(path: Path, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def _gone(word: str, seconds: float = 5) -> None:
    """Wait until no process of this machine has the word on its command line."""
    until = time.monotonic() + seconds
    while True:
        found = []
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                text = each.read_bytes()
            except OSError:
                continue
            if word.encode() in text and b"runner" not in text:
                found.append(text)
        if not found:
            return
        assert time.monotonic() < until, found
        time.sleep(0.1)


ASKS = """\
import os, pty, sys, time
argv = [sys.executable, "-m", "runner", "play", "-i", "hosts.yml", "p.yml"]
asked = False
def read(fd):
    global asked
    data = os.read(fd, 4096)
    if b"Question" in data and not asked:
        asked = True
        time.sleep(0.3)
        os.write(fd, b"\\x03")
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(argv, read)))
"""


@pytest.mark.parametrize(
    "play",
    [
        "- hosts: here\n  vars_prompt: [{name: word, prompt: Question}]\n  tasks: [{debug: {msg: x}}]\n",
        "- hosts: here\n  vars_prompt: [{name: word, prompt: Question, private: false}]\n  tasks: [{debug: {msg: x}}]\n",
        "- hosts: here\n  tasks: [{pause: {prompt: Question}}, {debug: {msg: went on}}]\n",
    ],
    ids=["hidden", "shown", "pause"],
)
def test_ctrl_c_at_a_question(local: Muster, play: str) -> None:
    """The terminal sends the signal; neither the loop nor the thread that waits for the answer holds it up."""
    (local.folder / "p.yml").write_text(play)
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "ANSIBLE_GATHERING": "explicit", "HOME": "/nonexistent"}
    argv = [sys.executable, "-c", ASKS]
    done = subprocess.run(argv, cwd=local.folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert done.returncode == 99, done.stdout + done.stderr
    assert "Traceback" not in done.stdout
    assert "went on" not in done.stdout
