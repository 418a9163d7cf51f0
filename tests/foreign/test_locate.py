"""A module's name -> its file, in Ansible's order."""

from pathlib import Path

import pytest

from runner.errors import UnknownName
from runner.foreign.locate import locate
from runner.foreign.places import Near, Places
from runner.record import replace
from tests.foreign.conftest import Write

MODULE = "from ansible.module_utils.basic import AnsibleModule\n"
GREET = "collections/ansible_collections/our/tools/plugins/modules/greet.py"


def test_library_beside_the_playbook(write: Write, places: Places, near: Near) -> None:
    folder = write({"library/greet.py": MODULE, "library/README.md": "no module"})
    found = locate("greet", places, near)
    assert found is not None
    assert (found.path, found.dotted, found.name) == (folder / "library/greet.py", "ansible.modules.greet", "greet")
    assert locate("README", places, near) is None


def test_library_of_the_role_comes_first(write: Write, places: Places, near: Near) -> None:
    folder = write({"library/greet.py": MODULE, "roles/web/library/greet.py": MODULE})
    found = locate("greet", places, replace(near, roles=(str(folder / "roles/web"),)))
    assert found is not None
    assert found.path == folder / "roles/web/library/greet.py"


def test_module_path_option(write: Write, places: Places, near: Near) -> None:
    folder = write({"elsewhere/inner/greet.sh": "#!/bin/sh\n"})
    found = locate("greet", replace(places, library=(str(folder / "elsewhere"),)), near)
    assert found is not None
    assert found.path == folder / "elsewhere/inner/greet.sh"


def test_collection_by_full_name(write: Write, places: Places, near: Near) -> None:
    folder = write({GREET: MODULE})
    found = locate("our.tools.greet", places, near)
    assert found is not None
    assert found.path == folder / GREET
    assert found.dotted == "ansible_collections.our.tools.plugins.modules.greet"
    assert found.action is None
    assert locate("greet", places, near) is None


def test_collection_by_the_collections_keyword(write: Write, places: Places, near: Near) -> None:
    folder = write({GREET: MODULE, "library/greet.py": MODULE})
    found = locate("greet", places, replace(near, collections=("other.one", "our.tools")))
    assert found is not None
    assert found.path == folder / GREET


def test_action_plugin_of_the_same_name_is_told(write: Write, places: Places, near: Near) -> None:
    folder = write({GREET: MODULE, "collections/ansible_collections/our/tools/plugins/action/greet.py": ""})
    found = locate("our.tools.greet", places, near)
    assert found is not None
    assert found.action == folder / "collections/ansible_collections/our/tools/plugins/action/greet.py"


def test_old_short_name_is_redirected(write: Write, places: Places, near: Near) -> None:
    write({GREET: MODULE})
    found = locate("old_name", places, near)
    assert found is not None
    assert found.name == "our.tools.greet"


def test_redirect_inside_a_collection(write: Write, places: Places, near: Near) -> None:
    runtime = "collections/ansible_collections/our/tools/meta/runtime.yml"
    write({GREET: MODULE, runtime: "plugin_routing:\n  modules:\n    hello: {redirect: our.tools.greet}\n"})
    found = locate("our.tools.hello", places, near)
    assert found is not None
    assert found.name == "our.tools.greet"


def test_removed_module_says_what_to_use(places: Places, near: Near) -> None:
    with pytest.raises(UnknownName) as caught:
        locate("gone", places, near)
    assert caught.value.remedy == "Use greet."


def test_redirect_in_a_circle_ends(write: Write, places: Places, near: Near) -> None:
    runtime = "collections/ansible_collections/our/tools/meta/runtime.yml"
    write({GREET: MODULE, runtime: "plugin_routing:\n  modules:\n    a: {redirect: our.tools.b}\n    b: {redirect: our.tools.a}\n"})
    with pytest.raises(UnknownName, match="circle"):
        locate("our.tools.a", places, near)


def test_nothing_there(places: Places, near: Near, site: Path) -> None:
    assert locate("greet", places, near) is None
    assert locate("our.tools.greet", places, near) is None
    assert locate("ansible.builtin.greet", places, near) is None
