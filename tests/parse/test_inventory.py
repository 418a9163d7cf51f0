"""Every form of inventory gives the hosts, groups and variables that Ansible reads from it; mistakes have a place."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.errors import InventoryError, RunnerError
from runner.model.inventory import Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Template, Text
from runner.parse.inventory.ini import read_ini, typed
from runner.parse.inventory.sources import Reading, read_inventory
from runner.parse.inventory.yaml import read_yaml
from runner.parse.settings import Settings
from runner.parse.yaml_text import load_yaml
from runner.position import Position
from runner.record import replace
from runner.vault.secrets import Secrets

Make = Callable[..., Inventory]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def make(tmp_path: Path, told: list[str]) -> Make:
    """Return a function that writes files and reads them as inventory sources, in the order given."""

    def read(files: dict[str, str], *sources: str, **changed: Any) -> Inventory:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if text.startswith("#!"):
                path.chmod(0o755)
        reading = Reading(replace(Settings(), **changed), Secrets(), told.append)
        return read_inventory(sources or list(files), reading, str(tmp_path))

    return read


def ini(text: str) -> Inventory:
    draft = Draft(lambda told: None)
    read_ini(text, "hosts", draft)
    return draft.freeze()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("True", True),
        ("1", 1),
        ("0x10", 16),
        ("010", "010"),
        ("1.5", 1.5),
        ("10.0.0.1", "10.0.0.1"),
        ("'quoted'", "quoted"),
        ("[1, 2]", [1, 2]),
        ('{"k": None}', {"k": None}),
        ("None", None),
        ("Nonesuch", "Nonesuch"),
        ("plain # comment", "plain # comment"),
        ("1 # comment", 1),
        ("", ""),
        ("(", "("),
        ("2020-01-01", "2020-01-01"),
    ],
)
def test_ini_values_are_python_literals_where_they_can_be(written: str, value: Any) -> None:
    found = typed(written)
    assert found == value
    assert isinstance(found, Text) == isinstance(value, str)


def test_ini_strings_are_trusted_with_a_position() -> None:
    host = ini('\nh1  a="x y"  b={{c}}\n').hosts["h1"]
    assert (host.vars["a"], host.vars["a"].position) == ("x y", Position("hosts", 2, 7))
    assert type(host.vars["b"]) is Template
    assert [key.position for key in host.vars] == [Position("hosts", 2, 5), Position("hosts", 2, 14)]


def test_ini_sections() -> None:
    found = ini("h0\n; c\n# c\n[web:vars]\nx = 1\n[web]\nh1 # c\nh2 a=1 # c\n[top:children]\nweb # c\n[top:vars]\ny= 'q' \n")
    assert found.groups["web"].hosts == ("h1", "h2")
    assert found.groups["web"].vars == {"x": 1}
    assert found.groups["top"].members == ("h1", "h2")
    assert found.groups["top"].vars == {"y": "q"}
    assert found.hosts["h2"].vars == {"a": 1}
    assert found.hosts["h1"].groups == ("all", "top", "web")
    assert found.hosts["h0"].groups == ("all", "ungrouped")
    assert found.groups["web"].depth == 2


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("[a]\nh1 x\n", "hosts:2:4", "Expected key=value host variable assignment, got: x"),
        ("[a:vars]\nfoo\n[a]\n", "hosts:2:1", "Expected key=value, got: foo"),
        ("[a:children]\nb\n", "hosts:2:1", r"Section \[a:children\] includes undefined group: b"),
        ("[a:vars]\nx=1\n", "hosts:1:1", r"Section \[a:vars\] not valid for undefined group: a"),
        ("[a:kids]\n", "hosts:1:1", "unknown type: kids"),
        ("[a b]\n", "hosts:1:1", "Invalid section entry"),
        ("h1 x='y\n", "hosts:1:1", "No closing quotation"),
        ("[a]\n[b]\n[a:children]\nb\n[b:children]\na\n", "hosts:6:1", "recursive dependency loop"),
        ("[a]\n[a:children]\na\n", "hosts:3:1", "to itself"),
        ("[a]\n[a:vars]\nansible_group_priority=high\n", "hosts:3:24", "not a whole number"),
        ("web[3:1]\n", "hosts:1:1", "begin <= end"),
    ],
)
def test_ini_mistakes_have_a_place(text: str, at: str, message: str) -> None:
    with pytest.raises(InventoryError, match=message) as caught:
        ini(text)
    assert str(caught.value.position) == at


def test_an_undefined_group_names_the_nearest() -> None:
    with pytest.raises(InventoryError) as caught:
        ini("[webservers]\nh\n[top:children]\nwebserver\n")
    assert caught.value.nearest == ("webservers",)


def test_yaml_groups() -> None:
    draft = Draft(lambda text: None)
    web = "    web:\n      hosts:\n        w[1:2]:22: {a: '{{ b }}'}\n"
    text = f"all:\n  vars: {{x: 1}}\n  hosts:\n    h0:\n  children:\n    empty:\n{web}"
    read_yaml(load_yaml(text, "f.yml"), "f.yml", draft)
    found = draft.freeze()
    assert found.groups["web"].hosts == ("w1", "w2")
    assert found.hosts["w1"].vars == {"ansible_port": 22, "a": "{{ b }}"}
    assert type(found.hosts["w1"].vars["a"]) is Template
    assert found.groups["all"].vars == {"x": 1}
    assert "empty" in found.groups["all"].children


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("- a\n", "should be a dictionary, got: a list"),
        ("all: {hosts: [a, b]}\n", 'Invalid "hosts" entry for "all" group'),
        ("all: {hosts: {1234: {}}}\n", "Host pattern 1234 must be a string"),
        ("all: {hosts: {h: [a]}}\n", "not a mapping"),
    ],
)
def test_yaml_that_is_no_inventory(text: str, message: str) -> None:
    with pytest.raises(InventoryError, match=message) as caught:
        read_yaml(load_yaml(text, "f.yml"), "f.yml", Draft(lambda text: None))
    assert caught.value.position is not None


def test_yaml_warns_of_keys_it_does_not_know(make: Make, told: list[str]) -> None:
    make({"h.yml": "web:\n  host:\n    h1:\n"})
    assert any("unexpected key (host)" in text and "did you mean hosts?" in text for text in told)


SCRIPT = """#!/bin/sh
case $1 in
--list) echo '{"web": {"hosts": ["s1", "s2"], "vars": {"v": "{{ x }}"}, "children": ["sub"]},'
        echo '"plain": ["s3"], "solo": {"k": 1}%s}';;
--host) echo '{"from_host": "'$2'"}';;
esac
"""


def test_script_with_meta(make: Make) -> None:
    found = make({"inv": SCRIPT % ', "_meta": {"hostvars": {"s1": {"z": true}}}'})
    assert found.groups["web"].hosts == ("s1", "s2")
    assert type(found.groups["web"].vars["v"]) is Template
    assert found.hosts["s1"].vars == {"z": True}
    assert found.hosts["s2"].vars == {}
    assert found.groups["solo"].hosts == ("solo",)
    assert found.groups["solo"].vars == {"k": 1}
    assert "sub" in found.groups["web"].children


def test_script_without_meta_is_asked_for_each_host(make: Make) -> None:
    found = make({"inv": SCRIPT % ""})
    assert found.hosts["s3"].vars == {"from_host": "s3"}


@pytest.mark.parametrize("body", ["echo oops >&2; exit 3", "echo '['", "echo '[]'"])
def test_a_failing_script_is_told_and_skipped(make: Make, told: list[str], body: str) -> None:
    found = make({"inv": f"#!/bin/sh\n{body}\n"})
    assert not found.hosts
    assert told[-1] == "No inventory was parsed, only implicit localhost is available"
    assert "Unable to parse" in told[-2]


def test_host_lists(make: Make) -> None:
    found = make({}, "h1, h2:2222,::1,")
    assert list(found.hosts) == ["h1", "h2", "::1"]
    assert found.hosts["h2"].vars == {"ansible_port": 2222}
    assert found.sources[0].folder is None


def test_a_folder_is_read_in_order_without_what_is_ignored(make: Make, tmp_path: Path) -> None:
    files = {
        "d/02.yml": "web: {hosts: {h1: {v: second}}}",
        "d/01_first": "[web]\nh1 v=first\n",
        "d/x.ini": "[ini]\nhidden\n",
        "d/.hidden": "hidden\n",
        "d/notes.txt": "hidden\n",
        "d/group_vars/web.yml": "hidden: 1",
        "d/sub/03": "deeper\n",
    }
    found = make(files, "d")
    assert sorted(found.hosts) == ["deeper", "h1"]
    assert found.hosts["h1"].vars["v"] == "second"
    assert found.hosts["h1"].file == str(tmp_path / "d" / "01_first")
    assert found.sources[0].folder == str(tmp_path / "d")


def test_later_sources_add_and_override(make: Make) -> None:
    found = make({"a": "[web]\nh1 x=1 y=1\n", "b": "[web]\nh2\nh1 x=2\n[web:vars]\nz=1\n"})
    assert found.hosts["h1"].vars == {"x": 2, "y": 1}
    assert found.groups["web"].hosts == ("h1", "h2")


@pytest.mark.parametrize(
    ("behaviour", "host", "group"), [("replace", {"a": 2}, {"c": 2}), ("merge", {"a": 2, "b": 1}, {"c": 2, "d": 1})]
)
def test_mappings_of_two_sources_replace_or_merge(make: Make, behaviour: str, host: Any, group: Any) -> None:
    first = "all:\n  hosts: {h: {x: {a: 1, b: 1}}}\n  vars: {y: {c: 1, d: 1}}\n"
    second = "all:\n  hosts: {h: {x: {a: 2}}}\n  vars: {y: {c: 2}}\n"
    inventory = make({"a.yml": first, "b.yml": second}, hash_behaviour=behaviour)
    assert inventory.hosts["h"].vars["x"] == host
    assert inventory.groups["all"].vars["y"] == group


def test_a_source_that_fails_half_way_leaves_nothing_behind(make: Make, told: list[str]) -> None:
    found = make({"a": "[web]\nh1\n", "b": "[web]\nh9\nh2 broken\n"})
    assert list(found.hosts) == ["h1"]
    assert any("broken" in text and ":3:4: " in text for text in told)


def test_what_cannot_be_parsed_may_be_an_error(make: Make) -> None:
    with pytest.raises(RunnerError):
        make({"a": "h1\n"}, "a", "missing", inventory_any_unparsed_failed=True)
    with pytest.raises(RunnerError):
        make({}, "missing", inventory_unparsed_failed=True)


def test_a_missing_source_names_the_nearest(make: Make, told: list[str]) -> None:
    make({"hosts.yml": "all:"}, "host.yml")
    assert "did you mean hosts.yml?" in told[0]


def test_bad_yaml_is_told_with_place_and_remedy(make: Make, told: list[str], tmp_path: Path) -> None:
    make({"h.yml": "all:\n  hosts:\n\th1:\n"})
    assert f"{tmp_path / 'h.yml'}:3:1: YAML syntax: a tab in the indentation" in told[0]
    assert "replace the tab by spaces" in told[0]


@pytest.mark.parametrize(
    ("setting", "name", "warnings"), [("never", "a-b", 1), ("ignore", "a-b", 0), ("always", "a_b", 1), ("silently", "a_b", 0)]
)
def test_group_names_with_odd_characters(make: Make, told: list[str], setting: str, name: str, warnings: int) -> None:
    found = make({"h": "[a-b]\nh1\n[c-d]\nh2\n"}, force_valid_group_names=setting)
    assert name in found.groups
    assert len([text for text in told if "Invalid characters" in text]) == warnings


def test_a_host_and_a_group_of_one_name(make: Make, told: list[str]) -> None:
    found = make({"h": "[web]\nweb x=1\n"})
    assert found.hosts["web"].vars == {"x": 1}
    assert found.groups["web"].hosts == ("web",)
    assert "Found both group and host with same name: web" in told


def test_a_draft_of_an_inventory_can_grow(make: Make) -> None:
    before = make({"h": "[web]\nh1 x=1\n"})
    draft = Draft.of(before, lambda text: None)
    draft.add_group("late")
    draft.add_host("h9", "late")
    draft.add_host("h1", "late")
    draft.set_var("h1", "x", 2)
    after = draft.freeze()
    assert after.groups["late"].members == ("h9", "h1")
    assert after.hosts["h1"].groups == ("all", "late", "web")
    assert (before.hosts["h1"].vars["x"], after.hosts["h1"].vars["x"]) == (1, 2)
    assert "late" not in before.groups
    assert os.fspath(after.hosts["h1"].file or "").endswith("/h")
