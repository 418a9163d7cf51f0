"""copy, template, fetch, script, raw, assemble and unarchive through the whole engine, over a local connection."""

import hashlib
import os
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from runner.execute.content import INLINE

HOSTS = "[all]\nlocalhost ansible_connection=local\n"


def run(project, tasks: str, files: Mapping[str, str] | None = None, *words: str) -> Any:
    """Run tasks (YAML, not indented) in a play of this machine."""
    body = "".join(f"    {line}\n" for line in tasks.strip().splitlines())
    play = f"- hosts: all\n  gather_facts: false\n  vars: {{out: out}}\n  tasks:\n{body}"
    made = project({"hosts": HOSTS, "p.yml": play, **(files or {})})
    (made.root / "out").mkdir(exist_ok=True)
    return made.play("-i", "hosts", "p.yml", "-e", f"out={made.root}/out", *words)


def statuses(outcome: Any) -> list[str]:
    return [status for _host, _task, status in outcome.results()]


def test_copy_finds_sends_and_leaves_alone(project, tmp_path):
    task = "- copy: {src: a, dest: '{{ out }}/', mode: '0600'}\n"
    outcome = run(project, task + task, {"files/a": "hello\n"})
    assert statuses(outcome) == ["changed", "ok"]
    result = outcome.result("copy")
    assert (result["src"], result["dest"], result["mode"]) == (f"{tmp_path}/files/a", f"{tmp_path}/out/a", "0600")
    assert (tmp_path / "out/a").read_text() == "hello\n"


def test_a_file_that_is_left_alone_is_told_of_as_the_file_module_does(project):
    """With `path`, without `src` and `md5sum`, as ansible-core 2.18."""
    tasks = "- copy: {src: a, dest: '{{ out }}/a'}\n- copy: {src: a, dest: '{{ out }}/a'}\n  register: it\n"
    keys = "changed checksum dest failed gid group mode owner path size state uid"
    tasks += f"- assert: {{that: \"it | sort | join(' ') == '{keys}' and it.path == it.dest\"}}\n"
    assert statuses(run(project, tasks, {"files/a": "hello\n"})) == ["changed", "ok", "ok"]


def test_copy_of_a_large_file_in_two_steps(project, tmp_path):
    text = "x" * (INLINE + 1)
    task = "- copy: {src: big, dest: '{{ out }}/big'}\n"
    outcome = run(project, task + task, {"files/big": text})
    assert statuses(outcome) == ["changed", "ok"]
    assert (tmp_path / "out/big").stat().st_size == INLINE + 1


def test_copy_content_as_text_and_json(project, tmp_path):
    tasks = """
- copy: {content: "text\\n", dest: "{{ out }}/t"}
- copy: {content: {a: [1, true]}, dest: "{{ out }}/j"}
"""
    run(project, tasks)
    assert ((tmp_path / "out/t").read_text(), (tmp_path / "out/j").read_text()) == ("text\n", '{"a": [1, true]}')


def test_copy_of_a_directory_with_and_without_slash(project, tmp_path):
    (tmp_path / "files" / "d").mkdir(parents=True)
    (tmp_path / "files/d/link").symlink_to("x")
    tasks = """
- copy: {src: d, dest: "{{ out }}/"}
- copy: {src: d/, dest: "{{ out }}/plain", local_follow: false}
- copy: {src: d, dest: "{{ out }}/"}
"""
    outcome = run(project, tasks, {"files/d/x": "x", "files/d/sub/y": "y"})
    assert statuses(outcome) == ["changed", "changed", "ok"]
    assert ((tmp_path / "out/d/link").is_symlink(), (tmp_path / "out/d/link").read_text()) == (False, "x")
    assert (os.readlink(tmp_path / "out/plain/link"), (tmp_path / "out/plain/sub/y").read_text()) == ("x", "y")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("copy: {dest: /x}", "src (or content) is required"),
        ("copy: {src: a, content: b, dest: /x}", "src and content are mutually exclusive"),
        ("copy: {src: a}", "dest is required"),
        ("copy: {content: x, dest: /x/}", "can not use content with a dir as dest"),
        ("copy: {src: missing, dest: /x}", "Could not find or access 'missing'"),
        ("template: {src: missing.j2, dest: /x}", "Could not find or access 'missing.j2'"),
        ("template: {src: bad.j2, dest: /x}", "'nope' is undefined"),
        ("script: missing.sh", "Could not find or access 'missing.sh'"),
    ],
)
def test_mistakes(project, task, words):
    outcome = run(project, f"- {task}\n", {"files/a": "", "templates/bad.j2": "one\n{{ nope }}\n"})
    assert statuses(outcome) == ["failed"]
    assert words in outcome.result(task.split(":")[0])["msg"]


def test_template_names_and_options(project, tmp_path):
    files = {"templates/t.j2": "{% if true %}\nhi {{ who }} {{ template_destpath }}\n{% endif %}\n[= who =]\n"}
    tasks = """
- template: {src: t.j2, dest: "{{ out }}/t", mode: '0640'}
  vars: {who: you}
- template: {src: t.j2, dest: "{{ out }}/u", variable_start_string: '[=', variable_end_string: '=]', newline_sequence: "\\r\\n"}
  vars: {who: you}
"""
    run(project, tasks, files)
    assert (tmp_path / "out/t").read_text() == f"hi you {tmp_path}/out/t\n[= who =]\n"
    assert (tmp_path / "out/t").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "out/u").read_bytes().endswith(b"you\r\n")


def test_template_check_and_diff(project, tmp_path):
    outcome = run(project, "- template: {src: t.j2, dest: '{{ out }}/t'}\n", {"templates/t.j2": "new\n"}, "--check", "--diff")
    assert outcome.result("template")["diff"] == [{"before": "", "after": "new\n", "after_header": f"{tmp_path}/templates/t.j2"}]
    assert not (tmp_path / "out/t").exists()


def test_no_diff_of_secrets(project, tmp_path):
    task = "- copy: {content: hidden-word, dest: '{{ out }}/t'}\n  no_log: true\n"
    outcome = run(project, task, None, "--diff")
    assert (tmp_path / "out/t").read_text() == "hidden-word"
    assert "hidden-word" not in repr(outcome.events)


def test_fetch_by_host_flat_and_missing(project, tmp_path):
    (tmp_path / "there").write_text("data")
    tasks = f"""
- fetch: {{src: {tmp_path}/there, dest: got}}
- fetch: {{src: {tmp_path}/there, dest: got}}
- fetch: {{src: {tmp_path}/there, dest: flat/, flat: true}}
- fetch: {{src: {tmp_path}/no, dest: got, fail_on_missing: false}}
- fetch: {{src: {tmp_path}/no, dest: got}}
"""
    outcome = run(project, tasks)
    assert statuses(outcome) == ["changed", "ok", "changed", "ok", "failed"]
    assert (tmp_path / f"got/localhost{tmp_path}/there").read_text() == (tmp_path / "flat/there").read_text() == "data"
    assert outcome.result("fetch")["checksum"] == hashlib.sha1(b"data").hexdigest()


def test_fetch_of_what_cannot_be_looked_at(project, tmp_path):
    (tmp_path / "loop").symlink_to("loop/x")
    tasks = f"""
- {{name: quiet, fetch: {{src: {tmp_path}/loop/y, dest: got, fail_on_missing: false}}}}
- {{name: loud, fetch: {{src: {tmp_path}/loop/y, dest: got}}}}
"""
    outcome = run(project, tasks)
    assert statuses(outcome) == ["ok", "failed"]
    assert outcome.result("quiet")["msg"] == f"{outcome.result('loud')['msg']}, not transferring, ignored"
    assert "not readable" in outcome.result("loud")["msg"]


def test_script_runs_with_words_and_is_removed(project, tmp_path):
    script = '#!/bin/sh\necho "$0|$1|$2|$(pwd)"\nexit ${3:-0}\n'
    tasks = """
- name: good
  script: s.sh one 'two three'
  args: {chdir: /}
- name: skipped
  script: s.sh
  args: {creates: /}
- name: bad
  script: s.sh a b 3
"""
    outcome = run(project, tasks, {"files/s.sh": script})
    name, one, two, where = outcome.result("good")["stdout"].strip().split("|")
    assert (one, two, where, os.path.exists(name)) == ("one", "two three", "/", False)
    # its own name is kept: scripts print it, or choose by it what to do
    assert os.path.basename(name) == "s.sh"
    assert not os.path.exists(os.path.dirname(name))
    assert outcome.result("skipped")["msg"] == "/ exists, matching creates option"
    bad = outcome.result("bad")
    assert (bad["rc"], bad["failed"], os.path.exists(bad["stdout"].split("|")[0])) == (3, True, False)


def test_raw(project):
    tasks = """
- name: plain
  raw: echo $((1 + 1)); echo no >&2
- name: shell
  raw: echo $0
  args: {executable: /bin/bash}
- name: bad
  raw: exit 4
"""
    outcome = run(project, tasks)
    assert (outcome.result("plain")["stdout"].strip(), outcome.result("plain")["stderr"].strip()) == ("2", "no")
    assert outcome.result("shell")["stdout"].strip() == "/bin/bash"
    assert outcome.result("bad")["rc"] == 4
    assert statuses(outcome)[-1] == "failed"


def test_assemble_and_unarchive_of_the_control_machine(project, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "packed").write_text("packed")
    with tarfile.open(tmp_path / "files/t.tgz", "w:gz") as archive:
        archive.add(tmp_path / "packed", "packed")
    tasks = """
- assemble: {src: parts, dest: "{{ out }}/whole", remote_src: false, delimiter: '--'}
- unarchive: {src: t.tgz, dest: "{{ out }}"}
- unarchive: {src: t.tgz, dest: "{{ out }}"}
"""
    outcome = run(project, tasks, {"files/parts/1": "one", "files/parts/2": "two\n"})
    assert statuses(outcome) == ["changed", "changed", "ok"]
    assert ((tmp_path / "out/whole").read_text(), (tmp_path / "out/packed").read_text()) == ("one\n--\ntwo\n", "packed")
