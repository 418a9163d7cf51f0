"""Tasks as another user: one without rights, also where files are sent; who may not is told so."""

import os
import pwd
import shutil

import pytest

NOBODY = "nobody"


@pytest.fixture
def run(project, tmp_path):
    if os.geteuid() != 0 or shutil.which("su") is None:
        pytest.skip("only root becomes another user without a password")
    # the user must get to the project's folder
    closed = {each: each.stat().st_mode for each in (tmp_path, *tmp_path.parents) if each.stat().st_mode & 0o001 == 0}
    for folder, mode in closed.items():
        folder.chmod(mode | 0o001)
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", pwd.getpwnam(NOBODY).pw_uid, -1)

    def start(tasks):
        body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
        head = f"  become: true\n  become_user: {NOBODY}\n  become_method: su\n  become_flags: -s /bin/sh\n"
        text = f"- hosts: all\n  gather_facts: false\n{head}  tasks:\n{body}"
        return project({"hosts": "one ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n", "p.yml": text}).play(
            "-i", "hosts", "p.yml"
        )

    yield start
    for folder, mode in closed.items():
        folder.chmod(mode)


def test_modules_commands_and_files_are_of_a_user_without_rights(run, tmp_path):
    outcome = run(f"""
- {{command: id -un, register: who}}
- {{raw: id -un, register: raw}}
- copy: {{content: hello, dest: {tmp_path}/theirs/file, mode: "0600"}}
- {{name: refused, copy: {{content: hello, dest: /etc/muster-test}}, ignore_errors: true}}
- {{command: id -un, become: false, register: me}}
- debug: {{msg: "{{{{ who.stdout }}}} {{{{ raw.stdout | trim }}}} {{{{ me.stdout }}}}"}}
""")
    assert outcome.messages()[-1] == f"{NOBODY} {NOBODY} root"
    assert (tmp_path / "theirs" / "file").read_text() == "hello"
    assert pwd.getpwuid((tmp_path / "theirs" / "file").stat().st_uid).pw_name == NOBODY
    assert "ermission denied" in str(outcome.result("refused")["msg"])
    assert not os.path.exists("/etc/muster-test")


def test_variables_win_over_keywords_and_a_user_who_is_not_there_is_named(run):
    outcome = run("""
- {command: id -un, register: who, vars: {ansible_become_user: daemon}}
- {name: none, command: id -un, become_user: nosuchuser, ignore_errors: true}
- debug: {msg: "{{ who.stdout }}"}
""")
    assert outcome.messages()[-1] == "daemon"
    assert "nosuchuser" in outcome.result("none")["msg"]
