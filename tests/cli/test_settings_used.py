"""What ansible.cfg says is done: each setting in a project's file changes a run, as it does with ansible-playbook."""

import re

import pytest

from runner.cli.main import main

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - {name: fine, debug: {msg: "user={{ ansible_user | default('none') }} python={{ discovered_interpreter_python | default('none') }}"}}
    - {name: left out, command: echo, when: false}
    - {name: two lines, copy: {content: "1\\n2\\n3\\n4\\n5\\n", dest: "{{ playbook_dir }}/f"}}
    - {name: other lines, copy: {content: "1\\n2\\n3\\n4\\n6\\n", dest: "{{ playbook_dir }}/f"}}
    - {name: bad, fail: {msg: bad}, ignore_errors: true, tags: t1}
    - {name: numbers, set_stats: {data: {x: 1}}}
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    def start(configuration, play=PLAY, *words):
        (tmp_path / "ansible.cfg").write_text(configuration)
        (tmp_path / "hosts").write_text("one ansible_connection=local\n")
        (tmp_path / "p.yml").write_text(play)
        code = main(["play", "-i", "hosts", "p.yml", *words])
        return code, *capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "ANSIBLE_PYTHON_INTERPRETER", "ANSIBLE_VERBOSITY"):
        monkeypatch.delenv(name, raising=False)
    return start


@pytest.mark.parametrize(
    ("configuration", "there", "not_there"),
    [
        ("[defaults]\ndisplay_skipped_hosts=no", "TASK [fine]", "left out"),
        ("[defaults]\ndisplay_ok_hosts=no", "TASK [left out]", "TASK [fine]"),
        ("[defaults]\nshow_custom_stats=yes", "CUSTOM STATS", "nothing"),
        ("[defaults]\nshow_per_host_start=yes", "[started TASK: fine on one]", "nothing"),
        ("[defaults]\nshow_task_path_on_failure=yes", "task path: ", "nothing"),
        ("[defaults]\ncallback_result_format=yaml", "ok: [one] => \n    msg: user=", '"msg"'),
        ("[defaults]\nforce_color=yes", "\x1b[", "nothing"),
        ("[defaults]\nverbosity=1", '"changed": true, "checksum"', "nothing"),
        ("[defaults]\nremote_user=joe", "user=joe", "user=none"),
        ("[tags]\nrun=t1", "TASK [bad]", "TASK [fine]"),
        ("[tags]\nskip=t1", "TASK [fine]", "TASK [bad]"),
        ("[diff]\nalways=yes", "@@ -2,4 +2,4 @@", "@@ -4,2 +4,2 @@"),
        ("[diff]\nalways=yes\ncontext=1", "@@ -4,2 +4,2 @@", "@@ -2,4 +2,4 @@"),
    ],
)
def test_display_tags_and_users(run, configuration, there, not_there):
    code, out, _err = run(configuration)
    assert code == 0
    assert there in out
    assert not_there not in out


def test_failures_may_go_to_stderr_and_a_variable_of_the_environment_wins(run, monkeypatch):
    assert "fatal: [one]" in run("[defaults]\ndisplay_failed_stderr=yes")[2]
    monkeypatch.setenv("ANSIBLE_DISPLAY_FAILED_STDERR", "no")
    assert "fatal: [one]" in run("[defaults]\ndisplay_failed_stderr=yes")[1]


def test_tags_of_the_command_line_are_added_to_those_of_the_file(run):
    play = "- hosts: all\n  gather_facts: false\n  tasks:\n"
    play += "".join(f"    - {{name: {each}, debug: , tags: {each}}}\n" for each in ("t1", "t2", "t3"))
    out = run("[tags]\nrun=t1\nskip=t3", play, "--tags", "t2,t3")[1]
    assert [each for each in ("t1", "t2", "t3") if f"TASK [{each}]" in out] == ["t1", "t2"]


def test_facts_may_be_kept_out_of_the_variables(run):
    play = """
- hosts: all
  gather_subset: ['!all']
  tasks: [{debug: {msg: "{{ ansible_hostname | default('none') }} {{ ansible_facts.hostname is defined }}"}}]
"""
    assert '"none True"' in run("[defaults]\ninject_facts_as_vars=no", play)[1]


def test_the_interpreter_that_the_file_names_is_used(run):
    play = "- hosts: all\n  gather_facts: false\n  tasks: [{ping: }]\n"
    assert run("[defaults]\ninterpreter_python=/nosuch/python", play)[0] == 2
    assert run("[defaults]\ninterpreter_python=auto_silent", play)[0] == 0


def test_flags_and_program_of_become(run):
    play = "- hosts: all\n  gather_facts: false\n  tasks: [{raw: 'true', become: true, become_user: '{{ me }}', become_method: sudo}]\n"
    out = run("[privilege_escalation]\nbecome_exe=/nosuch/sudo\nbecome_flags=-E", play, "-vvvv", "-e", "me=nobody")[1]
    assert "/nosuch/sudo -E" in out


def test_a_pattern_that_fits_nothing_may_be_an_error(run):
    code, _out, err = run("[inventory]\nhost_pattern_mismatch=error", "- hosts: nosuch\n  tasks: []\n")
    assert code == 1
    assert "Could not match supplied host pattern" in err


def test_hosts_that_failed_are_written_to_a_retry_file_that_limit_takes(run, tmp_path):
    play = "- hosts: all\n  gather_facts: false\n  tasks:\n    - fail:\n      when: inventory_hostname != 'two'\n"
    words = ("-i", "one,two,three,", "-c", "local")
    _code, out, _err = run("[defaults]\nretry_files_enabled=yes\nretry_files_save_path=retries", play, *words)
    path = tmp_path / "retries" / "p.retry"
    assert f"\tto retry, use: --limit @{path}\n" in out
    assert path.read_text() == "one\nthree\n"
    assert "ok: [two]" not in run("", play.replace("fail", "debug"), *words, "--limit", f"@{path}")[1]
    run("[defaults]\nretry_files_enabled=no", play, *words)
    assert not (tmp_path / "p.retry").exists()


def test_the_display_is_kept_in_a_log(run, tmp_path, monkeypatch):
    run("[defaults]\nlog_path=run.log\nforce_color=yes")
    lines = (tmp_path / "run.log").read_text().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} p=\d+ u=\S+ n=ansible INFO\| PLAY \[all\] \*+", lines[0])
    assert any(line.endswith('INFO| fatal: [one]: FAILED! => {"changed": false, "msg": "bad"}') for line in lines)
    code, _out, err = run("[defaults]\nlog_path=/nosuch/run.log")
    assert code != 0
    assert "log file at /nosuch/run.log is not writeable" in err


def test_a_playbook_may_ask_for_settings_by_the_names_that_ansible_gives_them(run):
    names = "'DEFAULT_MANAGED_STR', 'HOST_KEY_CHECKING', 'TAGS_SKIP', 'CACHE_PLUGIN'"
    play = f"- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {{msg: \"{{{{ query('config', {names}) }}}}\"}}\n"
    out = run("[defaults]\nansible_managed=ours\nhost_key_checking=no\n[tags]\nskip=t1", play)[1]
    for each in ('"ours"', "false", '"t1"', '"memory"'):
        assert each in out
