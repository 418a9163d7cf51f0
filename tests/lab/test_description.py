"""A lab's description is read, and each mistake in it is shown where it stands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import ParseError
from runner.lab import description, marks
from runner.lab.description import Lab
from runner.lab.image import Recipe
from runner.position import Position
from tests.lab.conftest import SMALL

ROOT = Path(__file__).parents[2]


def test_reads_all_keys(small: Lab) -> None:
    assert (small.name, small.subnet, small.gateway, small.variables) == (
        "small",
        "172.30.59.0/24",
        "172.30.59.1",
        {"site": "north"},
    )
    assert [(host.name, host.address, host.memory, host.docker_inside, host.python) for host in small.hosts] == [
        ("a", "172.30.59.11", "", False, True),
        ("b", "172.30.59.12", "512m", True, True),
    ]
    assert [(group.name, group.hosts, group.children, dict(group.variables)) for group in small.groups] == [
        ("front", ("a",), (), {"vip": "172.30.59.100"}),
        ("all_of_it", (), ("front",), {}),
    ]


def test_our_own_lab_is_right() -> None:
    lab = description.read(ROOT / "inventory/lab.yml")
    assert [host.name for host in lab.hosts] == ["lb1", "lb2", "web1", "web2", "ops1"]
    vip = next(group.variables["vip"] for group in lab.groups if group.name == "balancers")
    assert vip not in [host.address for host in lab.hosts]


# old text, new text, line, column, part of the message, nearest name
MISTAKES = [
    ("memory: 512m", "memmory: 512m", 9, 30, "there is no key `memmory` of hosts.b", "memory"),
    ("variables: {site", "vairables: {site", 3, 1, "there is no key `vairables`", "variables"),
    ("subnet: 172", "subnett: 172", 2, 11, "there is no key `subnett` of network", "subnet"),
    ("name: small\n", "", 1, 1, "the key `name` is missing", ""),
    ("name: small", "name: Small Lab", 1, 7, "`name` cannot be this", ""),
    ("512m", "512", 9, 38, "`hosts.b.memory` cannot be this", ""),
    ("docker_inside: true", "docker_inside: maybe", 9, 59, "`hosts.b.docker_inside` cannot be this", ""),
    ("  a: {address", "  A: {address", 8, 3, "`A` of hosts is no name for this", ""),
    ("  a: {address", "  1: {address", 8, 3, "`1` of hosts is no name for this", ""),
    ("hosts: [a]", "hosts: [aa]", 5, 19, "names the host `aa`", "a"),
    ("children: [front]", "children: [frond]", 6, 26, "names the group `frond`", "front"),
    ("172.30.59.0/24", "172.30.59.7/24", 2, 19, "the subnet is no IPv4 network", ""),
    ("172.30.59.0/24", "172.30.59.8/30", 2, 19, "the subnet is too small", ""),
    ("address: 172.30.59.11", "address: 172.30.60.11", 8, 16, "the address of host a is not in the lab's network", ""),
    ("address: 172.30.59.11", "address: nowhere", 8, 16, "the address of host a is not in the lab's network", ""),
    ("address: 172.30.59.11", "address: 172.30.59.1", 8, 16, "the address of host a is taken by the gateway", ""),
    ("address: 172.30.59.12", "address: 172.30.59.11", 9, 16, "the address of host b is taken by host a", ""),
    ("variables: {site: north}", "name: again", 3, 1, "`name` is given twice", ""),
    ("variables: {site: north}", "variables: {site: north", 4, 7, "this is not YAML", ""),
    ("variables: {site: north}", "variables: &v [*v]", 3, 12, "`variables` cannot be this", ""),
]


@pytest.mark.parametrize(("old", "new", "line", "column", "message", "nearest"), MISTAKES)
def test_a_mistake_is_shown_where_it_stands(
    describe: Callable[[str], Lab], old: str, new: str, line: int, column: int, message: str, nearest: str
) -> None:
    assert old in SMALL
    with pytest.raises(ParseError) as caught:
        describe(SMALL.replace(old, new, 1))
    error = caught.value
    assert message in error.message
    assert error.position is not None
    assert (error.position.line, error.position.column) == (line, column)
    assert error.position.file.endswith("lab.yml")
    if nearest:
        assert error.nearest[0] == nearest


def test_the_suite_brings_its_public_image(describe: Callable[[str], Lab]) -> None:
    assert describe(SMALL + "image: {suite: trixie}\n").recipe == Recipe("trixie", "debian:13")
    assert describe(SMALL + "image: {suite: trixie, base: mine:1}\n").recipe.base == "mine:1"


def test_hosts_of_a_virtual_machine_have_its_suite(describe: Callable[[str], Lab]) -> None:
    text = SMALL.replace("memory: 512m", "suite: trixie") + "driver: qemu\n"
    with pytest.raises(ParseError, match="host b cannot have another suite than its lab") as caught:
        describe(text)
    assert caught.value.position is not None
    assert caught.value.position.line == 9
    assert describe(text + "image: {suite: trixie}\n").hosts[1].suite == "trixie"


def test_an_empty_file_is_no_lab(describe: Callable[[str], Lab]) -> None:
    with pytest.raises(ParseError, match="the file is empty"):
        describe("# nothing\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"cannot read .*gone\.yml: No such file"):
        description.read(tmp_path / "gone.yml")


def test_an_unknown_host_gives_the_nearest(small: Lab) -> None:
    with pytest.raises(ParseError, match="no host `A1`") as caught:
        small.host("A1")
    assert caught.value.expected == "one of a, b"


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b"name: x\nhosts: a\x00b\n", 2, 9, "this is not YAML: special characters are not allowed"),
        ("name: x\nhosts: é\n".encode("latin-1"), 2, 8, "this is not UTF-8 text"),
        (b"name: 2020-13-45\n", 1, 0, "a value cannot be read: month must be in 1..12"),
    ],
)
def test_what_no_text_may_hold_has_a_place(tmp_path: Path, content: bytes, line: int, column: int, message: str) -> None:
    (tmp_path / "lab.yml").write_bytes(content)
    with pytest.raises(ParseError) as caught:
        marks.read(tmp_path / "lab.yml")
    assert caught.value.position == Position(str(tmp_path / "lab.yml"), line, column)
    assert str(caught.value).startswith(message)
