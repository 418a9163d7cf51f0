"""A module with all it imports -> what is sent."""

import pytest

from runner.errors import TaskError
from runner.foreign.imports import imports_of
from runner.foreign.locate import locate
from runner.foreign.pack import Payload, pack
from runner.foreign.places import Near, Places
from runner.record import replace
from tests.foreign.conftest import Write

BASIC = "from ansible.module_utils.basic import AnsibleModule\n"
TOOLS = "collections/ansible_collections/our/tools/plugins"


def packed(name: str, places: Places, near: Near) -> Payload:
    found = locate(name, places, near)
    assert found is not None
    return pack(found, places, near)


def test_imports_are_told_from_the_text() -> None:
    source = b"""
import os, ansible.module_utils.facts.system
from ansible.module_utils import urls
from ..module_utils.words import *
try:
    from ansible.module_utils.extra import thing
except ImportError:
    thing = None
def later():
    from ansible.module_utils.six.moves import urllib
"""
    found = imports_of(source, "ansible_collections.our.tools.plugins.modules.greet", False)
    assert [(each.name, each.optional) for each in found] == [
        ("ansible.module_utils.facts.system", False),
        ("ansible.module_utils.urls", False),
        ("ansible_collections.our.tools.plugins.module_utils.words", False),
        ("ansible.module_utils.extra.thing", True),
        ("ansible.module_utils.six.moves.urllib", False),
    ]


def test_imports_are_followed(write: Write, places: Places, near: Near) -> None:
    write(
        {
            f"{TOOLS}/modules/greet.py": BASIC + "from ..module_utils.words import hello\n",
            f"{TOOLS}/module_utils/words.py": "from .deeper import more\nhello = 1\n",
            f"{TOOLS}/module_utils/deeper/__init__.py": "more = 1\n",
            f"{TOOLS}/module_utils/unused.py": "",
        }
    )
    names = {name: package for name, package, _ in packed("our.tools.greet", places, near).files}
    base = "ansible_collections.our.tools.plugins"
    assert names[f"{base}.modules.greet"] is False
    assert names[f"{base}.module_utils.words"] is False
    assert names[f"{base}.module_utils.deeper"] is True
    assert names["ansible.module_utils.basic"] is False
    assert f"{base}.module_utils.unused" not in names
    assert all(".".join(name.split(".")[:count]) in names for name in names for count in range(1, name.count(".") + 1))


def test_shared_files_of_the_project_win(write: Write, places: Places, near: Near) -> None:
    write({"library/greet.py": BASIC + "from ansible.module_utils.words import x\n", "module_utils/words.py": "x = 1\n"})
    assert "ansible.module_utils.words" in {name for name, _, _ in packed("greet", places, near).files}


def test_moved_shared_file(write: Write, places: Places, near: Near) -> None:
    write(
        {
            f"{TOOLS}/modules/greet.py": BASIC + "from ..module_utils.old import x\n",
            f"{TOOLS}/../meta/runtime.yml": "plugin_routing:\n  module_utils:\n    old: {redirect: our.tools.new}\n",
            f"{TOOLS}/module_utils/new.py": "x = 1\n",
        }
    )
    names = {name for name, _, _ in packed("our.tools.greet", places, near).files}
    assert "ansible_collections.our.tools.plugins.module_utils.new" in names


def test_missing_shared_file_is_told(write: Write, places: Places, near: Near) -> None:
    write({"library/greet.py": BASIC + "from ansible.module_utils.nowhere import x\n"})
    with pytest.raises(TaskError, match=r"Could not find imported module support code for ansible\.modules\.greet") as caught:
        packed("greet", places, near)
    assert "line 2" in caught.value.found


def test_missing_file_in_a_try_is_left_out(write: Write, places: Places, near: Near) -> None:
    write({"library/greet.py": BASIC + "try:\n    from ansible.module_utils.nowhere import x\nexcept ImportError:\n    x = None\n"})
    assert packed("greet", places, near).kind.kind == "python"


def test_same_content_has_the_same_name(write: Write, places: Places, near: Near) -> None:
    write({"library/one.py": BASIC + "# one\n", "library/two.py": BASIC + "# two\n"})
    one, two = packed("one", places, near), packed("two", places, near)
    assert len(one.code.keys() - two.code.keys()) == 1


def test_without_ansible_the_remedy_is_told(write: Write, places: Places, near: Near, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"library/greet.py": BASIC})
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TaskError, match=r"needs ansible\.module_utils") as caught:
        packed("greet", replace(places, collections=()), near)
    assert "pip install ansible-core" in caught.value.remedy


def test_source_that_is_no_python(write: Write, places: Places, near: Near) -> None:
    write({"library/greet.py": BASIC + "def (:\n"})
    with pytest.raises(TaskError, match="no Python that can be read"):
        packed("greet", places, near)
