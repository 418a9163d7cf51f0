"""Putting one host into an inventory gives what a fresh reading with that host would give."""

import pytest

from runner.model.inventory import Inventory
from runner.model.inventory_change import put_host
from runner.model.inventory_draft import Draft
from runner.parse.inventory.ini import read_ini

TEXT = "h0\n[a]\nh1 x=1\n[b]\nh2\n[top:children]\na\nb\n"


def draft() -> Draft:
    made = Draft(lambda text: None)
    read_ini(TEXT, "hosts", made)
    return made


def shape(inventory: Inventory) -> object:
    groups = {name: (each.hosts, each.children, each.members, each.depth) for name, each in inventory.groups.items()}
    return groups, {name: (dict(each.vars), each.groups) for name, each in inventory.hosts.items()}


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("h9", []),
        ("h9", ["a"]),
        ("h9", ["late", "b"]),
        ("h1", ["b"]),
        ("h0", ["late"]),
        ("h0", ["a"]),
        ("h1", []),
        ("h2", ["ungrouped"]),
    ],
)
def test_same_as_reading_again(name: str, groups: list[str]) -> None:
    before = draft().freeze()
    untouched = shape(before)
    other = Draft.of(before, lambda text: None)
    other.add_host(name)
    for group in groups:
        other.add_host(name, other.add_group(group))
    other.set_host_var(name, "v", 2)
    expected = shape(other.freeze())
    found = put_host(before, name, groups, {"v": 2})
    assert shape(found) == expected
    assert found.hosts[name].vars["v"] == 2
    assert shape(before) == untouched
