"""A run after a broken one goes on where that stopped: what was changed is not changed again, and nothing secret was kept."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.execute.conftest import Project

HOSTS = "one ansible_connection=local\n"
PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - shell: echo {{ word | default('a') }} >> ran; echo said
      register: said
    - file: {path: folder, state: directory}
      notify: told
    - raw: echo x >> raw
    - script: s.sh
    - shell: echo {{ item }} >> items
      loop: [1, 2]
    - copy: {content: "{{ said.stdout }}", dest: copied}
    - command: test -e flag
  handlers:
    - name: told
      shell: echo h >> handled
"""
FILES = {"hosts": HOSTS, "p.yml": PLAY, "s.sh": "#!/bin/sh\necho s >> scripted\n"}
Make = Callable[..., Project]


@pytest.fixture
def runs(project: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return project(FILES)


def play(runs: Project, *words: str) -> int:
    return runs.command("play", "-i", "hosts", "p.yml", *words)


def journals(runs: Project) -> list[Path]:
    return sorted((runs.root / "state/muster/runs").glob("*.journal"))


def lines(name: str) -> list[str]:
    return Path(name).read_text().split()


def test_goes_on_where_it_stopped(runs: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(runs) == 2
    assert "with --resume to go on where it stopped: 7 changes are not made again" in capsys.readouterr().out
    (journal,) = journals(runs)
    assert journal.stat().st_mode & 0o777 == 0o600
    assert journal.parent.stat().st_mode & 0o777 == 0o700
    Path("flag").touch()
    Path("folder").rmdir()
    assert play(runs, "--resume") == 0
    out = capsys.readouterr().out
    assert "7 changes that it made are not made again" in out
    assert "changed: [one] (in the run before) => (item=2)" in out
    assert (lines("ran"), lines("raw"), lines("scripted"), lines("items")) == (["a"], ["x"], ["s"], ["1", "2"])
    assert not Path("folder").exists()
    assert lines("handled") == ["h"]
    assert Path("copied").read_text() == "said"
    assert journals(runs) == []


def test_what_is_asked_differently_is_done(runs: Project) -> None:
    assert play(runs) == 2
    Path("flag").touch()
    Path("s.sh").write_text("#!/bin/sh\necho new >> scripted\n")
    assert play(runs, "--resume", "-e", "word=b") == 0
    assert (lines("ran"), lines("raw"), lines("scripted")) == (["a", "b"], ["x"], ["s", "new"])


def test_breaks_twice(runs: Project) -> None:
    assert play(runs) == 2
    assert play(runs, "--resume") == 2
    Path("flag").touch()
    assert play(runs, "--resume") == 0
    assert lines("ran") == ["a"]
    assert lines("handled") == ["h"]


def test_a_run_without_resume_begins_anew(runs: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(runs) == 2
    assert play(runs) == 2
    assert lines("ran") == ["a", "a"]
    Path("flag").touch()
    assert play(runs) == 0
    assert play(runs, "--resume") == 0
    assert "no broken run of these playbooks" in capsys.readouterr().err.replace("\n", " ")


def test_a_run_that_was_killed_leaves_half_a_line(runs: Project) -> None:
    assert play(runs) == 2
    (journal,) = journals(runs)
    journal.write_bytes(journal.read_bytes()[:-20])
    Path("flag").touch()
    assert play(runs, "--resume") == 0
    assert lines("ran") == ["a"]


def test_another_machine_of_the_name_gets_everything(runs: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(runs) == 2
    (journal,) = journals(runs)
    header, *records = journal.read_text().splitlines()
    changed = [json.dumps({**json.loads(record), "machine": "0123"}) for record in records]
    journal.write_text("\n".join([header, *changed]) + "\n")
    Path("flag").touch()
    assert play(runs, "--resume") == 0
    assert lines("ran") == ["a", "a"]
    assert "one is another machine than in the run before" in capsys.readouterr().err.replace("\n", " ")


def test_a_dry_run_keeps_nothing_and_settings_may_want_nothing(runs: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert play(runs, "--check") == 0
    monkeypatch.setenv("MUSTER_JOURNAL", "0")
    assert play(runs) == 2
    assert journals(runs) == []


SECRET = """\
- hosts: all
  gather_facts: false
  vars_prompt:
    - {name: asked, private: true, default: hunter2}
  tasks:
    - shell: echo hidden-by-no-log >> ran
      no_log: true
    - shell: echo {{ asked }} >> ran
    - shell: echo plain >> ran
    - command: "false"
"""


def test_secrets_are_not_kept(runs: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.cli.run_options.ask", lambda _text, _hidden: "")
    runs.write({"p.yml": SECRET})
    assert play(runs) == 2
    (journal,) = journals(runs)
    text = journal.read_text()
    assert "hunter2" not in text
    assert "hidden-by-no-log" not in text
    assert "plain" in text
    assert play(runs, "--resume") == 2
    assert lines("ran").count("plain") == 1
    assert lines("ran").count("hidden-by-no-log") == 2


def test_with_a_vault_password_it_is_sealed(runs: Project, capsys: pytest.CaptureFixture[str]) -> None:
    for name, word in (("right", "one"), ("wrong", "two")):
        Path(name).write_text(word)
        os.chmod(name, 0o600)
    assert play(runs, "--vault-password-file", "right") == 2
    (journal,) = journals(runs)
    assert "said" not in journal.read_text()
    assert play(runs, "--resume", "--vault-password-file", "wrong") == 4
    assert "it is sealed with another vault password" in capsys.readouterr().err.replace("\n", " ")
    assert play(runs, "--resume") == 4
    Path("flag").touch()
    assert play(runs, "--resume", "--vault-password-file", "right") == 0
    assert lines("ran") == ["a"]
