"""Callback plugins written for Ansible beside the display, with a small stand-in for Ansible's package."""

from pathlib import Path

import pytest

from tests.foreign.conftest import Write
from tests.foreign.test_action import SITE, play
from tests.foreign.test_connection import LOADER

PLUGIN = """
class CallbackModule:
    CALLBACK_TYPE = '{kind}'
    CALLBACK_NEEDS_ENABLED = True

    def set_options(self):
        pass

    def v2_runner_on_failed(self, result, ignore_errors=False):
        print('{kind} says', sorted(result._result))
"""
FILES = {
    **SITE,
    "site/ansible/plugins/loader.py": LOADER.replace("connection_loader = ", "callback_loader = ").replace("Connection", "CallbackModule"),
    "callback_plugins/display.py": PLUGIN.format(kind="stdout"),
    "callback_plugins/notes.py": PLUGIN.format(kind="notification"),
    "site.yml": "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - debug: {msg: '{{ gone }}'}\n",
}


def test_one_that_is_a_display_is_not_a_second_one(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(FILES)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    done = play(folder, MUSTER_ANSIBLE=str(folder / "site"), ANSIBLE_CALLBACKS_ENABLED="display,notes")
    assert "notification says ['changed', 'failed', 'msg']" in done.stdout, done.stdout + done.stderr
    assert "stdout says" not in done.stdout
