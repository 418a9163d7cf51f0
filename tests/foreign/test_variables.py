"""Vars plugins written for Ansible, with a small stand-in for Ansible's package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.foreign.conftest import Write
from tests.foreign.test_action import SITE, play
from tests.foreign.test_connection import LOADER

ENTITY = "class {0}:\n    def __init__(self, name):\n        self.name = name\n"
PLUGIN = """
class VarsModule:
    def get_vars(self, loader, path, entities):
        found = {}
        for each in entities:
            found[f'{type(each).__name__}_{each.name}'.lower()] = path
        return {**found, 'both': 'plugin', 'later': '{{ both }}'}
"""
FILES = {
    **SITE,
    "site/ansible/plugins/loader.py": LOADER.replace("connection_loader = ", "vars_loader = ").replace("Connection", "VarsModule"),
    "site/ansible/inventory/__init__.py": "",
    "site/ansible/inventory/host.py": ENTITY.format("Host"),
    "site/ansible/inventory/group.py": ENTITY.format("Group"),
    "inv/hosts": "[some]\nlocalhost ansible_connection=local\n",
    "inv/vars_plugins/unused.py": "raise RuntimeError\n",
    "host_vars/localhost.yml": "both: file\nfile: yes\n",
    "vars_plugins/own.py": PLUGIN,
    "vars_plugins/asked.py": "class VarsModule:\n    REQUIRES_ENABLED = True\n\n    def get_vars(self, loader, path, entities):\n"
    "        return {'asked': path}\n",
    "site.yml": """
- hosts: some
  gather_facts: false
  tasks:
    - assert: {that: [both == 'plugin', later == 'plugin', file, asked is undefined]}
    - assert: {that: [host_localhost == playbook_dir, group_some == playbook_dir, group_all == playbook_dir]}
""",
}


@pytest.fixture
def folder(write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    return write(FILES)


def test_they_give_hosts_and_groups_variables_over_those_of_files(folder: Path) -> None:
    done = play(folder, MUSTER_ANSIBLE=str(folder / "site"), ANSIBLE_INVENTORY="inv/hosts")
    assert "ok=2 " in done.stdout, done.stdout + done.stderr


def test_one_that_wants_to_be_enabled_waits_for_it(folder: Path) -> None:
    words = [sys.executable, "-m", "runner", "inventory", "-i", "inv/hosts", "--host", "localhost"]
    environ = {**os.environ, "MUSTER_ANSIBLE": str(folder / "site")}
    plain = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True)
    assert '"both": "plugin"' in plain.stdout, plain.stderr
    assert "asked" not in plain.stdout
    enabled = subprocess.run(words, cwd=folder, env={**environ, "ANSIBLE_VARS_ENABLED": "asked"}, capture_output=True, text=True)
    assert '"asked": ' in enabled.stdout


def test_one_that_fails_is_named(folder: Path) -> None:
    (folder / "vars_plugins" / "own.py").write_text(PLUGIN.replace("found = {}", "found = {}['none']"))
    done = play(folder, MUSTER_ANSIBLE=str(folder / "site"), ANSIBLE_INVENTORY="inv/hosts")
    assert done.returncode != 0
    assert "the vars plugin own failed for the group all: KeyError: 'none'" in done.stdout + done.stderr
