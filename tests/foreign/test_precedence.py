"""The project's own modules and plugins beside ours: which one is meant, and which roles' plugins are loaded."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runner.cli.main import main
from runner.foreign.locate import in_project
from runner.foreign.places import Near, Places

Write = Callable[[Mapping[str, str]], Path]
PING = "#!/usr/bin/python\n# WANT_JSON\nprint('{\"changed\": false, \"location\": \"library\"}')\n"


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    return main(["play", "-i", "localhost,", "-c", "local", "site.yml"])


def test_a_module_of_the_project_wins_over_ours(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(
        {
            "library/ping.py": PING,
            "site.yml": "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
            "    - ping:\n      register: short\n    - ansible.builtin.ping:\n      register: full\n"
            "    - ansible.legacy.ping:\n      register: legacy\n"
            "    - assert: {that: [short.location == 'library', legacy.location == 'library', full.ping == 'pong']}\n",
        }
    )
    assert run(folder, monkeypatch) == 0, capsys.readouterr().out


def test_plugins_of_roles_that_are_not_used_are_not_loaded(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(
        {
            "roles/used/filter_plugins/loud.py": "class FilterModule:\n    def filters(self):\n        return {'loud': str.upper}\n",
            "roles/used/tasks/main.yml": "- assert: {that: [\"'a' | loud == 'A'\"]}\n",
            "roles/other/filter_plugins/broken.py": "raise RuntimeError('loaded')\n",
            "roles/other/tasks/main.yml": "- ping:\n",
            "site.yml": "- hosts: localhost\n  gather_facts: false\n  roles: [used]\n",
        }
    )
    assert run(folder, monkeypatch) == 0, capsys.readouterr().out
    assert "broken.py" not in capsys.readouterr().err


def test_the_tasks_collections_come_before_library(write: Write) -> None:
    folder = write(
        {
            "collections/ansible_collections/our/tools/plugins/modules/ping.py": PING,
            "library/ping.py": PING,
        }
    )
    places = Places(python=())
    for words, name in (
        (("our.tools",), "our.tools.ping"),
        ((), "ansible.legacy.ping"),
    ):
        found = in_project("ping", places, Near(str(folder), (), words), legacy=False)
        assert found is not None
        assert found.name == name
    assert in_project("ping", places, Near(str(folder), (), ("ansible.builtin",)), legacy=False) is None
