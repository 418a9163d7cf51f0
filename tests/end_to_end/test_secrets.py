"""Nothing secret is shown at -vvv, stands on a command line here or on a host, or is left in a file."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Ended, Hosts, Muster, Running

SECRET = "correct-horse-battery"
# a program of the host that keeps the words it is called with, and the way back
WRAP = (
    "mv /usr/sbin/$p /usr/sbin/$p.real; "
    'printf \'#!/bin/sh\\necho "$0 $*" >> /tmp/argv\\nexec /usr/sbin/%s.real "$@"\\n\' $p > /usr/sbin/$p; chmod 755 /usr/sbin/$p'
)
UNWRAP = "mv /usr/sbin/$p.real /usr/sbin/$p"


def seen(ended: Ended) -> str:
    return ended.out + ended.err


def command_lines(running: Running) -> str:
    """Return the command lines of the running controller and of every process of this machine that it started."""
    found = b""
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += each.read_bytes().replace(b"\0", b" ") + b"\n"
        except OSError:
            continue
    assert str(running.process.pid) in {each.name for each in Path("/proc").glob("[0-9]*")}
    return found.decode("utf-8", "replace")


def test_a_no_log_task_shows_nothing(local: Muster) -> None:
    play = f"""\
        - hosts: here
          tasks:
            - name: Works
              shell: echo {SECRET}
              no_log: true
              register: kept
            - name: Loops
              shell: echo {{{{ item }}}}
              loop: ["{SECRET}1", "{SECRET}2"]
              no_log: true
            - name: Changes a file
              copy: {{content: "{SECRET}", dest: "{local.folder}/f"}}
              no_log: true
              diff: true
            - name: Fails
              shell: echo {SECRET}; false
              no_log: true
              ignore_errors: true
            - name: Is not defined
              debug: {{msg: "{SECRET} {{{{ nowhere }}}}"}}
              no_log: true
        """
    ended = local.play(play, "-vvv", "--diff")
    assert ended.code == 2
    assert SECRET not in seen(ended)
    assert "censored" in ended.out


def test_secret_arguments_are_stars_in_results(local: Muster) -> None:
    play = f"""\
        - hosts: here
          tasks:
            - uri: {{url: "http://127.0.0.1:1/", url_username: me, url_password: "{SECRET}", timeout: 1}}
              ignore_errors: true
              loop: [1]
              register: result
            - debug: {{var: "result.results[0].invocation"}}
        """
    ended = local.play(play, "-vvv")
    assert SECRET not in seen(ended)
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in ended.out or "********" in ended.out


def test_a_wrong_secret_argument_is_not_quoted(local: Muster) -> None:
    play = f"""\
        - hosts: here
          tasks:
            - uri: {{url: "http://127.0.0.1:1/", url_password: {{a: "{SECRET}"}}}}
        """
    ended = local.play(play, "-vvv")
    assert ended.code == 2
    assert ended.out.count(SECRET) == ended.out.count(f'url_password: {{a: "{SECRET}"'), "only the excerpt of the user's own file has it"


def test_vault_values_are_in_no_message_about_them(local: Muster) -> None:
    password = local.folder / "password"
    password.write_text("open sesame\n")
    secret = local.folder / "secret.yml"
    secret.write_text(f"word: {SECRET}\nlist: [{SECRET}]\nbroken: '{SECRET}\n")
    _vault("encrypt", "--vault-password-file", str(password), str(secret))
    play = "- hosts: here\n  vars_files: [secret.yml]\n  tasks: [{debug: {msg: x}}]\n"
    broken = local.play(play, "-vvv", "--vault-password-file", "password")
    assert broken.code == 4
    assert SECRET not in seen(broken)
    secret.write_text(f"word: {SECRET}\n")
    _vault("encrypt", "--vault-password-file", str(password), str(secret))
    use = """\
        - hosts: here
          vars_files: [secret.yml]
          tasks:
            - debug: {msg: "{{ word.nothing }}"}
              ignore_errors: true
            - uri: {url: "http://127.0.0.1:1/", url_password: "{{ word }}", timeout: 1}
              ignore_errors: true
            - fail: {msg: "it is {{ word }}"}
              no_log: true
        """
    used = local.play(use, "-vvv", "--vault-password-file", "password")
    assert SECRET not in seen(used)
    assert "open sesame" not in seen(used)


def test_passwords_beside_a_mistake_are_not_shown_with_it(local: Muster) -> None:
    """The excerpt of a file shows the lines around the mistake; what stands there as a password becomes stars."""
    (local.folder / "hosts.ini").write_text(f"far ansible_host=127.0.0.1 ansible_password={SECRET} ansible_port=ssh\n")
    play = f"""\
        - hosts: all
          vars:
            db_password: {SECRET}
            api_token: "{SECRET}"
            address: "{{{{ nowhere }}}}"
          tasks:
            - ping:
              ignore_errors: true
            - debug: {{msg: "{{{{ address }}}}", password: '{SECRET}'}}
            - debug: {{msg: "{{{{ address }}}}"}}
        """
    ended = local.play(play, "-i", str(local.folder / "hosts.ini"), "-vvv")
    assert ended.code == 2
    assert "ansible_port=ssh" in ended.out
    assert 'address: "{{ nowhere }}"' in ended.out
    assert SECRET not in seen(ended)


def test_an_answer_to_a_private_prompt_is_concealed(local: Muster) -> None:
    play = """\
        - hosts: here
          vars_prompt: [{name: word, prompt: Word}]
          tasks:
            - debug: {msg: "{{ word }}"}
        """
    (local.folder / "p.yml").write_text(play)
    script = (
        "import os, pty, sys\n"
        "argv = [sys.executable, '-m', 'runner', 'play', '-vvv', '-i', 'hosts.yml', 'p.yml']\n"
        "asked = False\n"
        "def read(fd):\n"
        "    global asked\n"
        "    data = os.read(fd, 4096)\n"
        "    if b'Word' in data and not asked:\n"
        "        asked = True\n"
        f"        os.write(fd, b'{SECRET}\\n')\n"
        "    return data\n"
        "sys.exit(os.waitstatus_to_exitcode(pty.spawn(argv, read)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=local.folder, env=_env(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "********" in done.stdout


@pytest.mark.lab
def test_a_become_password_is_on_no_command_line(muster: Muster, hosts: Hosts) -> None:
    word = hosts.passwords()["alice"]
    (muster.folder / "become").write_text(word)
    play = """\
        - hosts: one
          become: true
          tasks:
            - shell: touch /tmp/became; sleep 3; id -un
            - raw: id -un
            - setup: {gather_subset: [env]}
              register: facts
            - debug: {var: facts}
        """
    hosts.run("one", "rm -f /tmp/became")
    running = muster.start(play, "-vvv", "-e", "ansible_user=alice", "--become-password-file", "become")
    hosts.wait_for("one", "/tmp/became")
    there = hosts.run("one", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' || true")
    here = command_lines(running)
    ended = running.end()
    assert ended.code == 0, seen(ended)
    assert word not in there
    assert word not in here
    assert word not in seen(ended)
    assert hosts.run("one", f"grep -rlF {word} /tmp /var/tmp /root /home /var/log 2>/dev/null || true").strip() == ""


@pytest.mark.lab
def test_a_connection_password_is_on_no_command_line(muster: Muster, hosts: Hosts) -> None:
    word = hosts.passwords()["alice"]
    (muster.folder / "login").write_text(word)
    hosts.run("one", "rm -f /tmp/login")
    words = ["-e", "ansible_user=alice ansible_ssh_private_key_file=", "--connection-password-file", "login", "-vvv"]
    running = muster.start("- hosts: one\n  tasks:\n    - shell: touch /tmp/login; sleep 2\n", *words)
    hosts.wait_for("one", "/tmp/login")
    here = command_lines(running)
    ended = running.end()
    assert ended.code == 0, seen(ended)
    assert word not in here + seen(ended)


@pytest.mark.lab
def test_a_user_password_is_on_no_command_line_of_the_host(muster: Muster, hosts: Hosts) -> None:
    """The programs that change accounts are wrapped, so that their words are kept."""
    word = "$6$salt$" + "h" * 86
    hosts.run("one", f"for p in useradd usermod chpasswd; do {WRAP}; done")
    try:
        tasks = [f"    - user: {{name: carol, password: '{each}'}}\n" for each in (word, f"{word}x")]
        ended = muster.play("- hosts: one\n  tasks:\n" + "".join(tasks), "-vvv")
        assert ended.code == 0, seen(ended)
        assert "carol" in hosts.run("one", "cat /tmp/argv")
        assert word not in hosts.run("one", "cat /tmp/argv")
        assert word not in seen(ended)
    finally:
        hosts.run("one", f"for p in useradd usermod chpasswd; do {UNWRAP}; done; userdel -r carol 2>/dev/null; rm -f /tmp/argv")


def _env() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "ANSIBLE_GATHERING": "explicit", "HOME": "/nonexistent"}


def _vault(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "runner", "vault", *words], env=_env(), check=True, capture_output=True, timeout=30)
