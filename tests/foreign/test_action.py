"""Action plugins beside the playbook, with a stand-in for the parts of Ansible they are given; in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Write = Callable[[Mapping[str, str]], Path]
LOADER = """
import importlib.util
from pathlib import Path


class Loader:
    def __init__(self):
        self.folders = []

    def add_directory(self, folder):
        self.folders.append(folder)

    def get(self, name, **given):
        for folder in self.folders:
            file = Path(folder) / (name.rpartition('.')[2] + '.py')
            if file.is_file():
                spec = importlib.util.spec_from_file_location(name, file)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                given.pop('shared_loader_obj', None)
                return module.ActionModule(**given)


class Shell:
    def get(self, name):
        return self

    def set_options(self, **given):
        pass


action_loader, shell_loader = Loader(), Shell()


def init_plugin_loader(places):
    pass
"""
ACTION = """
from ansible.errors import AnsibleError


class ActionModule:
    def __init__(self, task, connection, play_context, loader, templar):
        self._task, self._connection = task, connection

    def run(self, tmp=None, task_vars=None):
        if self._task.args.get('fail'):
            raise AnsibleError('as told')
        if self._task.args.get('broken'):
            raise KeyError('gone')
        self._connection.put_file(task_vars['source'], task_vars['source'] + '.sent')
        self._connection.fetch_file(task_vars['source'] + '.sent', task_vars['source'] + '.back')
        status, out, err = self._connection.exec_command('cat; exit 3', in_data=b'said')
        stat = self._execute_module('ansible.legacy.stat', {'path': task_vars['source'] + '.sent', '_ansible_x': 1})
        none = self._execute_module('no.such.module', {})
        return {'changed': True, 'status': status, 'out': out, 'there': stat['stat']['exists'], 'none': none['failed'],
                'host': task_vars['inventory_hostname'], '_ansible_internal': 1}

    def cleanup(self, force=False):
        pass
"""
SITE = {
    "site/ansible/__init__.py": "",
    "site/ansible/release.py": "__version__ = '2.18.99'\n",
    "site/ansible/module_utils/__init__.py": "",
    "site/ansible/module_utils/basic.py": "",
    "site/ansible/plugins/__init__.py": "",
    "site/ansible/plugins/loader.py": LOADER,
    "site/ansible/errors.py": "class AnsibleError(Exception):\n    pass\n\n\nclass AnsibleActionFail(AnsibleError):\n    pass\n\n\n"
    "class AnsibleActionSkip(AnsibleError):\n    pass\n",
    "site/ansible/parsing/__init__.py": "",
    "site/ansible/parsing/dataloader.py": "class DataLoader:\n    def set_basedir(self, folder):\n        pass\n",
    "site/ansible/playbook/__init__.py": "",
    "site/ansible/playbook/task.py": "class Task:\n    pass\n",
    "site/ansible/playbook/play_context.py": "class PlayContext:\n    pass\n",
    "site/ansible/template.py": "class Templar:\n    def __init__(self, loader, variables):\n        pass\n",
    "site/ansible/utils/__init__.py": "",
    "site/ansible/utils/collection_loader.py": "class AnsibleCollectionConfig:\n    collection_finder = None\n",
    "site/ansible/utils/unsafe_proxy.py": "def wrap_var(value):\n    return value\n",
    "action_plugins/greet.py": ACTION,
    "source.txt": "text",
}
PLAY = """
- hosts: localhost
  gather_facts: false
  vars: {source: "{{ playbook_dir }}/source.txt"}
  tasks:
    - greet: {}
      register: r
    - assert: {that: [r is changed, r.status == 3, r.out == 'said', r.there, r.none]}
    - assert: {that: [r.host == 'localhost', r._ansible_internal is undefined]}
    - greet: {fail: true}
      register: r
      ignore_errors: true
    - assert: {that: [r is failed, r.msg == 'as told']}
    - greet: {broken: true}
"""


def play(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MUSTER_"))}
    inventory = () if "ANSIBLE_INVENTORY" in environment else ("-i", "localhost,")
    words = [sys.executable, "-m", "runner", "play", *inventory, "-c", "local", "site.yml"]
    return subprocess.run(
        words, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


def test_works_through_the_tasks_own_connection(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write({**SITE, "site.yml": PLAY})
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    done = play(folder, MUSTER_ANSIBLE=str(folder / "site"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "the action plugin of 'greet' ended with KeyError: 'gone'" in done.stdout
    assert "ok=5 " in done.stdout, done.stdout
    assert (folder / "source.txt.back").read_text() == "text"


def test_says_once_what_it_needs_without_ansible(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(
        {"action_plugins/greet.py": ACTION, "site.yml": "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - greet: {}\n"}
    )
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = play(folder)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout.count("which was not found on this machine") == 1
