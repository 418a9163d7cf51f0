"""`constructed` inventories make variables and groups from the hosts of the sources before them."""

from pathlib import Path

import pytest

from runner.cli.construct import constructor
from runner.errors import InventoryError
from runner.model.inventory import Inventory
from runner.model.text import Map
from runner.parse.inventory.sources import Reading, read_inventory
from runner.parse.settings import Settings
from runner.vault.secrets import Secrets

HOSTS = """
web:
  hosts:
    h1: {size: 3, tags: {env: prod, role: ''}, kinds: [a, b]}
    h2: {size: 1}
"""


def read(tmp_path: Path, config: str, told: list[str] | None = None, **extra: object) -> Inventory:
    (tmp_path / "hosts").write_text(HOSTS)
    (tmp_path / "made.yml").write_text("plugin: constructed\n" + config)
    (tmp_path / "group_vars").mkdir(exist_ok=True)
    (tmp_path / "group_vars/web.yml").write_text("from_file: yes")
    construct = constructor(Settings(), Secrets(), Map(extra), str(tmp_path))
    reading = Reading(Settings(), Secrets(), (told if told is not None else []).append, construct)
    return read_inventory(["hosts", "made.yml"], reading, str(tmp_path))


def test_composed_variables_serve_the_groups(tmp_path: Path) -> None:
    compose = "compose: {double: size * 2, gone: nothing_there}\n"
    found = read(tmp_path, compose + "groups: {big: double | int > 4, text: double > 4, odd: nothing_there}\n")
    assert found.hosts["h1"].vars["double"] == "6"
    assert "gone" not in found.hosts["h1"].vars
    assert found.groups["big"].hosts == ("h1",)
    assert not {"odd", "text"} & set(found.groups)


@pytest.mark.parametrize(
    ("entry", "groups"),
    [
        ("{key: kinds}", {"_a", "_b"}),
        ("{key: kinds, prefix: k}", {"k_a", "k_b"}),
        ("{key: tags, prefix: t, separator: '.'}", {"t.env.prod", "t.role."}),
        ("{key: tags, prefix: t, default_value: none}", {"t_env_prod", "t_role_none"}),
        ("{key: tags, prefix: t, trailing_separator: false}", {"t_env_prod", "t_role"}),
        ("{key: inventory_hostname, prefix: 'is'}", {"is_h1", "is_h2"}),
    ],
)
def test_keyed_groups(tmp_path: Path, entry: str, groups: set[str]) -> None:
    found = read(tmp_path, f"keyed_groups: [{entry}]\n")
    assert set(found.groups) - {"all", "ungrouped", "web"} == groups


def test_a_parent_and_no_leading_separator(tmp_path: Path) -> None:
    found = read(tmp_path, "leading_separator: false\nkeyed_groups: [{key: kinds, parent_group: 'all_{{ size }}'}]\n")
    assert found.groups["all_3"].children == ("a", "b")
    assert found.groups["all_3"].members == ("h1",)


def test_files_and_extra_variables_count_when_asked_for(tmp_path: Path) -> None:
    config = "groups: {filed: from_file is defined, extra: x is defined}\n"
    assert "filed" not in read(tmp_path, config, x=1).groups
    found = read(tmp_path, config + "use_vars_plugins: true\nuse_extra_vars: true\n", x=1)
    assert {"filed", "extra"} <= set(found.groups)


def test_strict_tells_the_place(tmp_path: Path) -> None:
    told: list[str] = []
    found = read(tmp_path, "strict: true\ncompose: {gone: nothing_there}\n", told)
    assert "made.yml:3:17: Could not evaluate nothing_there" in told[0]
    assert set(found.hosts) == {"h1", "h2"}
    construct = constructor(Settings(), Secrets(), Map(), str(tmp_path))
    reading = Reading(Settings(inventory_any_unparsed_failed=True), Secrets(), told.append, construct)
    with pytest.raises(InventoryError):
        read_inventory(["hosts", "made.yml"], reading, str(tmp_path))
