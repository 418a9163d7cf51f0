"""Modules of a project and of a collection on a lab host over SSH: packed with what they import, as other users, dry, in the background."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.foreign.conftest import BASIC
from tests.own_lab import OwnLab, own_lab

pytestmark = pytest.mark.lab
LAB = """\
name: foreigntest
network: {subnet: 172.30.241.0/24}
hosts:
  one: {address: 172.30.241.11}
"""
ROOT = Path(__file__).parents[2]
OURS = "collections/ansible_collections/our/tools"
# asks for what is not there where it may, for a package with a package in it, and for a neighbour by its relative name
TALLY = """
from ansible.module_utils.basic import AnsibleModule
try:
    import no_such_library
except ImportError:
    no_such_library = None
try:
    from ansible_collections.our.tools.plugins.module_utils.gone import nothing
except ImportError:
    nothing = None
from ansible_collections.our.tools.plugins.module_utils.count import words
from ..module_utils.count.deep import lines
import getpass, os

def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    path = module.params["path"]
    text = open(path).read() if os.path.exists(path) else ""
    wanted = "%d %d" % (words(module.params["text"]), lines(module.params["text"]))
    if text != wanted and not module.check_mode:
        with open(path, "w") as out:
            out.write(wanted)
    module.exit_json(
        changed=text != wanted, counted=wanted, user=getpass.getuser(), place=os.environ.get("PLACE", ""),
        optional=[no_such_library, nothing], written=os.listdir(module.internal["tmpdir"]) if module.internal["tmpdir"] else [],
    )

if __name__ == "__main__":
    main()
"""
FILES = {
    "site/ansible/__init__.py": "",
    "site/ansible/release.py": "__version__ = '2.18.99'\n",
    "site/ansible/module_utils/__init__.py": "",
    "site/ansible/module_utils/basic.py": BASIC,
    "site/ansible/modules/__init__.py": "",
    f"{OURS}/plugins/modules/tally.py": TALLY,
    f"{OURS}/plugins/module_utils/count/__init__.py": "from .deep import lines\n\ndef words(text):\n    return len(text.split())\n",
    f"{OURS}/plugins/module_utils/count/deep.py": "def lines(text):\n    return len(text.splitlines())\n",
    "library/greet.py": (
        "from ansible.module_utils.basic import AnsibleModule\nfrom ansible.module_utils.of_project import hello\n"
        "module = AnsibleModule({})\nmodule.exit_json(changed=False, said=hello(module.params['who']))\n"
    ),
    "module_utils/of_project.py": "def hello(who):\n    return 'hello ' + who\n",
    "library/told": '#!/bin/sh\n. "$1"\nprintf \'{"changed": false, "said": "%s", "user": "%s"}\' "$who" "$(id -un)"\n',
    "roles/inside/library/kept.py": (
        "from ansible.module_utils.basic import AnsibleModule\nfrom ansible.module_utils.kept_by_role import KEPT\n"
        "AnsibleModule({}).exit_json(changed=False, kept=KEPT)\n"
    ),
    "roles/inside/module_utils/kept_by_role.py": "KEPT = 'by the role'\n",
    "roles/inside/tasks/main.yml": "- kept:\n  register: kept\n- assert: {that: kept.kept == 'by the role'}\n",
}
PLAYBOOK = """
- hosts: all
  gather_facts: false
  vars: {text: "one two\\nthree"}
  tasks:
    - our.tools.tally: {path: /root/tally, text: "{{ text }}"}
      check_mode: true
      register: dry
    - our.tools.tally: {path: /root/tally, text: "{{ text }}"}
      environment: {PLACE: lab}
      register: first
    - our.tools.tally: {path: /root/tally, text: "{{ text }}"}
      register: again
    - our.tools.tally: {path: /home/ops/tally, text: "{{ text }}"}
      become: true
      become_user: ops
      register: other
    - our.tools.tally: {path: /root/tally, text: "{{ text }}"}
      async: 30
      poll: 1
      register: later
    - assert:
        that:
          - dry is changed and first is changed and again is not changed and later is not changed
          - first.counted == '3 2' and first.place == 'lab' and again.place == ''
          - first.user == 'root' and other.user == 'ops' and other is changed
          - first.optional == [none, none]
    - slurp: {src: /root/tally}
      register: held
    - stat: {path: /home/ops/tally}
      register: of_ops
    - greet: {who: lab}
      register: greeted
    - told: who="a b"
      become: true
      become_user: ops
      register: told
    - find: {paths: [/tmp, /root, /home/ops], patterns: ["*ansible*", "*.py"], excludes: [.ansible_async], hidden: true, file_type: any}
      register: left
    - assert:
        that:
          - held.content | b64decode == '3 2' and of_ops.stat.pw_name == 'ops'
          - greeted.said == 'hello lab' and told.said == 'a b' and told.user == 'ops'
          - left.files | map(attribute='path') | list == []
    - include_role: {name: inside}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnLab]:
    with own_lab(LAB, tmp_path_factory.mktemp("lab")) as made:
        yield made


def test_modules_with_module_utils_of_their_own(lab: OwnLab, tmp_path: Path) -> None:
    for name, text in {**FILES, "play.yml": PLAYBOOK}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MUSTER_"))}
    environ |= {"MUSTER_ANSIBLE": str(tmp_path / "site"), "PYTHONPATH": str(ROOT), "ANSIBLE_NOCOLOR": "1"}
    argv = [sys.executable, "-m", "runner", "play", "-i", str(lab.folder.inventory), "play.yml"]
    done = subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert "ok=15" in done.stdout, done.stdout
