"""Host patterns select what Ansible's do, in the same order."""

from collections.abc import Sequence

import pytest

from runner.errors import InventoryError
from runner.model.inventory import Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Text
from runner.parse.inventory.ini import read_ini
from runner.parse.limit import Limit
from runner.plan.patterns import match, split
from runner.position import Position

TEXT = """
solo
[b]
h1
h2
[a]
h2
h3
[web:children]
a
b
[zeta]
w[01:03].x:2222
"""


def inventory(text: str = TEXT) -> Inventory:
    draft = Draft(lambda told: None)
    read_ini(text, "hosts", draft)
    return draft.freeze()


def names(pattern: object, **more: object) -> list[str]:
    return [host.name for host in match(pattern, inventory(), **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("all", "solo w01.x w02.x w03.x h2 h3 h1"),
        ("*", "solo w01.x w02.x w03.x h2 h3 h1"),
        ("zeta,web", "w01.x w02.x w03.x h2 h3 h1"),
        ("zeta:web", "w01.x w02.x w03.x h2 h3 h1"),
        ("web[0]", "h2"),
        ("web[-1]", "h1"),
        ("web[0:1]", "h2 h3"),
        ("web[1-2]", "h3 h1"),
        ("zeta[1:]", "w02.x w03.x"),
        ("web:!a", "h1"),
        ("!a:web", "h1"),
        ("web:&b", "h2 h1"),
        ("web:&b:!h1", "h2"),
        ("~h[12]", "h1 h2"),
        ("~(solo|h3)", "solo h3"),
        ("h*", "h1 h2 h3"),
        ("h?", "h1 h2 h3"),
        ("w*", "h2 h3 h1 w01.x w02.x w03.x"),
        ("w*[0:1]", "h2 h3"),
        ("all:!h*", "solo w01.x w02.x w03.x"),
        ("!h1", "solo w01.x w02.x w03.x h2 h3"),
        ("&a", "h2 h3"),
        (" a , b ", "h2 h3 h1"),
        (["solo", "a"], "solo h2 h3"),
        (["all", "!web"], "solo w01.x w02.x w03.x"),
        ("ungrouped", "solo"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("*[0]", "solo"),
        ("w02.x", "w02.x"),
    ],
)
def test_selects_as_ansible(pattern: object, expected: str) -> None:
    assert names(pattern) == expected.split()


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a:b", ["a", "b"]),
        ("a[1:2]:b", ["a[1:2]", "b"]),
        ("a,b:c", ["a", "b:c"]),
        ("::1", ["::1"]),
        ("fe80::1", ["fe80::1"]),
        ("[::1]:22", ["[::1]:22"]),
        ("h:22", ["h:22"]),
        (["a:b", "c"], ["a", "b", "c"]),
        ("a:&b:!c", ["a", "&b", "!c"]),
    ],
)
def test_splits(pattern: object, parts: list[str]) -> None:
    assert split(pattern) == parts


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, "h2 h3 h1"),
        ("inventory", "h2 h3 h1"),
        ("reverse_inventory", "h1 h3 h2"),
        ("sorted", "h1 h2 h3"),
        ("reverse_sorted", "h3 h2 h1"),
    ],
)
def test_orders(order: str | None, expected: str) -> None:
    assert names("web", order=order) == expected.split()


def test_shuffle_uses_the_given_dice() -> None:
    assert names("web", order="shuffle", shuffle=lambda hosts: hosts.sort(key=lambda host: host.name)) == ["h1", "h2", "h3"]


def test_an_unknown_order_names_the_nearest() -> None:
    with pytest.raises(InventoryError) as caught:
        names("web", order=Text("sortd", Position("p.yml", 2, 3)))
    assert caught.value.nearest[0] == "sorted"
    assert caught.value.position == Position("p.yml", 2, 3)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("h1", "h1"),
        ("a", "h2 h3"),
        (["h1", "h3"], "h3 h1"),
        ("all:!h1", "h2 h3"),
        ("nobody", ""),
        (Limit("@f", ["h2", "h1"]), "h2 h1"),
    ],
)
def test_limits(limit: str | Sequence[str], expected: str) -> None:
    assert names("web", limit=limit) == expected.split()


def test_an_empty_limit_file_limits_nothing() -> None:
    assert names("web", limit=Limit("@empty", [])) == ["h2", "h3", "h1"]


def test_a_part_that_matches_nothing_warns_with_the_nearest_name() -> None:
    told: list[tuple[str, Position | None]] = []
    place = Position("p.yml", 1, 10)
    found = match(Text("wbe:a", place), inventory(), warn=lambda text, at: told.append((text, at)))
    assert [host.name for host in found] == ["h2", "h3"]
    assert told == [("Could not match supplied host pattern, ignoring: wbe (did you mean web?)", place)]


def test_mismatches_may_be_errors_or_ignored() -> None:
    with pytest.raises(InventoryError) as caught:
        names("wbe", mismatch="error")
    assert caught.value.nearest == ("web",)
    assert names("wbe", mismatch="ignore", warn=lambda text, at: pytest.fail(text)) == []


def test_all_of_an_empty_inventory_is_silent() -> None:
    assert match("all", inventory(""), warn=lambda text, at: pytest.fail(text)) == []


def test_a_wrong_regular_expression_is_an_error() -> None:
    with pytest.raises(InventoryError, match="Invalid host list pattern"):
        names("~h(")


@pytest.mark.parametrize("pattern", ["web[7]", "web[-9]"])
def test_an_index_that_is_not_there_matches_nothing_and_warns(pattern: str) -> None:
    told: list[str] = []
    assert names(pattern, warn=lambda text, at: told.append(text)) == []
    assert "from 0 to 2" in told[0]


def test_localhost_is_the_listed_local_host_under_any_of_its_names() -> None:
    (host,) = match("localhost", inventory("127.0.0.1 x=1\n"))
    assert host.name == "127.0.0.1"
    assert not host.implicit
