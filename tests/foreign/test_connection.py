"""A connection plugin written for Ansible, with a small stand-in for Ansible's package."""

from pathlib import Path

import pytest

from tests.foreign.conftest import Write
from tests.foreign.test_action import SITE, play

LOADER = """
import importlib.util
import os


class Loader:
    folders = []

    def add_directory(self, folder):
        self.folders.insert(0, folder)

    def find_plugin(self, name):
        return next((f'{each}/{name}.py' for each in self.folders if os.path.exists(f'{each}/{name}.py')), None)

    def get(self, name, *given, class_only=False):
        spec = importlib.util.spec_from_file_location(name, self.find_plugin(name))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.Connection if class_only else module.Connection(*given)


connection_loader = Loader()


def init_plugin_loader(paths):
    pass
"""
CONSTANTS = """
class config:
    @staticmethod
    def get_plugin_vars(kind, name):
        return ['ansible_through_shell'] if (kind, name) == ('connection', 'through') else []
"""
CONNECTION = """
import subprocess
from ansible.errors import AnsibleError


class Connection:
    def __init__(self, context, new_stdin):
        self.cwd = None
        self.host = context.remote_addr

    def set_options(self, var_options):
        self.shell = var_options['ansible_through_shell']

    def _connect(self):
        if self.shell == 'none':
            raise AnsibleError(f'{self.host} has no shell')

    def exec_command(self, cmd, in_data=None, sudoable=True):
        done = subprocess.run([self.shell, '-c', cmd], input=in_data or b'', capture_output=True, cwd=self.cwd)
        return done.returncode, done.stdout, done.stderr
"""
FILES = {
    **SITE,
    "site/ansible/plugins/loader.py": LOADER,
    "site/ansible/constants.py": CONSTANTS,
    "connection_plugins/through.py": CONNECTION,
    "site.yml": """
- hosts: localhost
  gather_facts: false
  connection: through
  vars: {ansible_through_shell: /bin/sh}
  tasks:
    - {command: pwd, register: here}
    - assert: {that: here.stdout == playbook_dir}
    - {copy: {content: text, dest: there}}
    - {raw: cat there, register: there}
    - assert: {that: there.stdout == 'text'}
    - {ping: , vars: {ansible_through_shell: none}, ignore_unreachable: true}
    - {ping: , vars: {ansible_connection: throu}, ignore_errors: true}
""",
}


def test_tasks_run_by_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(FILES)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    done = play(folder, MUSTER_ANSIBLE=str(folder / "site"))
    assert "localhost has no shell" in done.stdout, done.stdout + done.stderr
    assert "the connection plugin 'throu' was not found" in done.stdout
    assert "failed=0 " in done.stdout, done.stdout
    assert "ignored=2 " in done.stdout
