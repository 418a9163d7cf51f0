"""Filters, tests and lookups of the project and of collections."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import TemplateError
from runner.foreign.places import Places
from runner.foreign.plugins import Plugins
from tests.foreign.conftest import Write

SHOUT = "class FilterModule:\n    def filters(self):\n        return {'shout': lambda text: text.upper()}\n"
LONG = "class TestModule:\n    def tests(self):\n        return {'longer': lambda text, than: len(text) > than}\n"
WHISPER = (
    "from ..module_utils.words import low\n\n\nclass FilterModule:\n    def filters(self):\n"
    "        return {'whisper': low, 'default': lambda value, *rest: 'ours'}\n"
)
TOOLS = "collections/ansible_collections/our/hushed/plugins"


def plugins(folder: Path) -> Plugins:
    made = Plugins(Places(python=()), lambda text: None)
    made.begin(str(folder))
    return made


def test_beside_the_playbook_and_in_roles(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = plugins(write({"filter_plugins/mine.py": SHOUT, "roles/web/test_plugins/mine.py": LONG}))
    assert found.find("test", "longer", False) is None
    found.role(str(Path(found.near.playbook_dir) / "roles" / "web"))
    shout, longer = found.find("filter", "shout", False), found.find("test", "longer", False)
    assert shout is not None
    assert shout("hi") == "HI"
    assert longer is not None
    assert longer("abc", 2) is True
    assert found.find("filter", "longer", False) is None


def test_file_that_cannot_be_loaded_is_told_and_left_out(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    folder = write({"filter_plugins/bad.py": "import not_there_at_all\n", "filter_plugins/good.py": SHOUT})
    told: list[str] = []
    found = Plugins(Places(python=()), told.append)
    found.begin(str(folder))
    assert found.find("filter", "shout", False) is not None
    assert len(told) == 1
    assert "not_there_at_all" in told[0]


def test_plugin_that_needs_ansible_says_so(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    folder = write({"lookup_plugins/find_it.py": "from ansible.plugins.lookup import LookupBase\n"})
    run = plugins(folder).find("lookup", "find_it", False)
    assert run is not None
    with pytest.raises(TemplateError, match="written against Ansible's Python package") as caught:
        run([], None)
    assert "pip install ansible-core" in caught.value.remedy


def test_the_project_comes_before_ours_and_a_collection_only_by_its_name(write: Write, play: Callable[..., str]) -> None:
    write(
        {
            "filter_plugins/mine.py": "class FilterModule:\n    def filters(self):\n        return {'upper': lambda text: 'mine'}\n",
            f"{TOOLS}/filter/words.py": WHISPER,
            f"{TOOLS}/module_utils/words.py": "def low(text):\n    return text.lower()\n",
        }
    )
    said = play(
        """
- assert:
    that:
      - "'hi' | upper == 'mine'"
      - "'HI' | our.hushed.whisper == 'hi'"
      - "missing | default('x') == 'x'"
      - "'x' | our.hushed.default == 'ours'"
- debug: {msg: "{{ 'HI' | whisper }}"}
  ignore_errors: true
"""
    )
    assert "ok=2" in said, said
    assert "there is no filter of that name" in said, said
