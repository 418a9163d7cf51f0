"""Ranges and ports of host names."""

import pytest

from runner.errors import InventoryError
from runner.parse.inventory.host_range import expand
from runner.position import Position


@pytest.mark.parametrize(
    ("written", "names", "port"),
    [
        ("h", ["h"], None),
        ("h:22", ["h"], 22),
        ("w[1:3]", ["w1", "w2", "w3"], None),
        ("w[01:10:4].x:2222", ["w01.x", "w05.x", "w09.x"], 2222),
        ("db-[a:c]", ["db-a", "db-b", "db-c"], None),
        ("[a:b][1:2]", ["a1", "a2", "b1", "b2"], None),
        ("h[:2]", ["h0", "h1", "h2"], None),
        ("::1", ["::1"], None),
        ("[fe80::1]:22", ["fe80::1"], 22),
        ("2001:db8::1", ["2001:db8::1"], None),
        ("10.0.0.[9:11]", ["10.0.0.9", "10.0.0.10", "10.0.0.11"], None),
    ],
)
def test_expands(written: str, names: list[str], port: int | None) -> None:
    assert expand(written) == (names, port)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("w[1:]", "end value"),
        ("w[01:9]", "equal-length"),
        ("w[3:1]", "begin <= end"),
        ("w[c:a]", "begin <= end"),
        ("w[a:9]", "two numbers or two letters"),
        ("w[1:9:0]", "step"),
        ("web:", "ending in ':'"),
        ("---", "YAML file"),
        (1234, "Host pattern 1234 must be a string"),
    ],
)
def test_refuses(written: object, message: str) -> None:
    with pytest.raises(InventoryError, match=message.replace("[", r"\[")) as caught:
        expand(written, Position("hosts", 3, 1))
    assert caught.value.position == Position("hosts", 3, 1)
