"""Which modules an action group stands for."""

from pathlib import Path

import pytest

from runner.foreign.groups import members
from runner.foreign.places import Places

CORE = "action_groups:\n  old:\n    - ping\n    - ansible.legacy.mine\n    - metadata:\n        extend_group: [a.b.c, no.such.group]\n"


def places(folder: Path) -> Places:
    for name, text in {
        "ansible/config/ansible_builtin_runtime.yml": CORE,
        "ansible/module_utils/basic.py": "",
        "ansible_collections/a/b/meta/runtime.yml": "action_groups: {c: [first, x.y.second]}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Places(python=(str(folder),))


def test_of_a_collection_and_of_ansible_core(tmp_path: Path) -> None:
    here = places(tmp_path)
    assert members("a.b.c", here, "/") == {"a.b.first", "x.y.second"}
    old = {"ansible.builtin.ping", "ansible.legacy.mine", "a.b.first", "x.y.second"}
    assert members("old", here, "/") == members("ansible.builtin.old", here, "/") == old
    assert members("unknown", here, "/") == members("no.such.group", here, "/") == frozenset()


def test_of_modules_that_we_bring_where_nothing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    nowhere = Places(python=(str(tmp_path),))
    assert members("k8s", nowhere, "/") >= {"kubernetes.core.k8s*"}
    assert members("community.docker.docker", nowhere, "/") == {"community.docker.docker_*"}
