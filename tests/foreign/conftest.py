"""A small stand-in for an installed Ansible, so that the tests need none."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runner.foreign.places import Near, Places

# The part of AnsibleModule that the modules of these tests use: where it reads its arguments, how it answers.
BASIC = '''
import json
import sys

_ANSIBLE_ARGS = None


class AnsibleModule:
    def __init__(self, argument_spec, supports_check_mode=False):
        given = json.loads(_ANSIBLE_ARGS.decode())["ANSIBLE_MODULE_ARGS"]
        self.internal = {key[9:]: value for key, value in given.items() if key.startswith("_ansible_")}
        self.params = {key: value for key, value in given.items() if not key.startswith("_ansible_")}
        self.check_mode = self.internal["check_mode"]

    def exit_json(self, **result):
        print(json.dumps(result))
        sys.exit(0)

    def fail_json(self, **result):
        print(json.dumps(dict(result, failed=True)))
        sys.exit(1)
'''

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes files (path below the test's folder -> text) and returns that folder."""

    def put(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return put


@pytest.fixture
def site(write: Write) -> Path:
    """Return a folder with the stand-in for the package ansible."""
    folder = write(
        {
            "site/ansible/__init__.py": "",
            "site/ansible/release.py": "__version__ = '2.18.99'\n",
            "site/ansible/module_utils/__init__.py": "",
            "site/ansible/module_utils/basic.py": BASIC,
            "site/ansible/modules/__init__.py": "",
            "site/ansible/config/ansible_builtin_runtime.yml": (
                "plugin_routing:\n  modules:\n    old_name: {redirect: our.tools.greet}\n"
                "    gone: {tombstone: {warning_text: Use greet.}}\n"
            ),
        }
    )
    return folder / "site"


@pytest.fixture
def places(site: Path) -> Places:
    """Return places in which only the stand-in and the test's own folders are."""
    return Places(collections=(str(site),), python=())


@pytest.fixture
def near(tmp_path: Path) -> Near:
    """Return the surroundings of a playbook in the test's folder, with no roles."""
    return Near(str(tmp_path))


@pytest.fixture
def play(write: Write, tmp_path: Path, site: Path) -> Callable[[str], str]:
    """Return a function that runs a playbook's tasks on this machine and returns what muster-playbook says."""

    def run(tasks: str, *options: str) -> str:
        indented = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
        write({"play.yml": f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{indented}"})
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        environ.update(ANSIBLE_COLLECTIONS_PATH=str(site), ANSIBLE_NOCOLOR="1", PATH="/usr/bin:/bin", MUSTER_EXPLAIN="1")
        done = subprocess.run(
            [sys.executable, "-m", "runner", "play", *options, "play.yml"],
            cwd=tmp_path,
            env={**environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    return run
