"""The inventory's layers of a host come in the order of Ansible's precedence."""

from pathlib import Path

from runner.model.inventory import Inventory, implicit_localhost
from runner.parse.inventory.sources import Reading, read_inventory
from runner.parse.inventory.vars_files import VarsFiles
from runner.parse.settings import Settings
from runner.variables.inventory_layers import LAYERS, inventory_layers
from runner.variables.precedence import NAMES
from runner.vault.secrets import Secrets

FILES = {
    "inv/hosts": "[web]\nh1 n=inventory_host\n[all:vars]\nn=inventory_group_all\n[web:vars]\nn=inventory_group\n",
    "inv/group_vars/all.yml": "n: inventory_group_vars_all",
    "play/group_vars/all.yml": "n: playbook_group_vars_all",
    "inv/group_vars/web.yml": "n: inventory_group_vars",
    "play/group_vars/web.yml": "n: playbook_group_vars",
    "inv/host_vars/h1.yml": "n: inventory_host_vars",
    "play/host_vars/h1.yml": "n: playbook_host_vars",
}


def build(tmp_path: Path, files: dict[str, str], *sources: str) -> Inventory:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_inventory(sources, Reading(Settings(), Secrets(), lambda text: None), str(tmp_path))


def test_every_layer_in_its_place(tmp_path: Path) -> None:
    inventory = build(tmp_path, FILES, "inv/hosts")
    files = VarsFiles(Secrets(), Settings())
    layers = inventory_layers(inventory, inventory.hosts["h1"], files, str(tmp_path / "play"))
    assert [(name, mapping["n"]) for name, mapping in layers] == [(name, name) for name in LAYERS]


def test_the_table_of_precedence_has_the_same_order() -> None:
    assert tuple(name for name in NAMES if name in LAYERS) == LAYERS


def test_groups_by_depth_then_priority_then_name(tmp_path: Path) -> None:
    text = (
        "[b]\nh1\n[a]\nh1\n[c]\nh1\n[deep]\nh1\n[c:children]\ndeep\n[a:vars]\nansible_group_priority=5\n"
        "n=a\n[b:vars]\nn=b\n[c:vars]\nn=c\n[deep:vars]\nn=deep\n"
    )
    inventory = build(tmp_path, {"hosts": text}, "hosts")
    layers = inventory_layers(inventory, inventory.hosts["h1"], VarsFiles(Secrets(), Settings()), None)
    assert [mapping["n"] for name, mapping in layers] == ["b", "c", "a", "deep"]


def test_the_precedence_setting_reorders(tmp_path: Path) -> None:
    inventory = build(tmp_path, FILES, "inv/hosts")
    files = VarsFiles(Secrets(), Settings())
    layers = inventory_layers(inventory, inventory.hosts["h1"], files, None, ("all_plugins_inventory", "all_inventory"))
    assert [name for name, _ in layers] == [
        "inventory_group_vars_all",
        "inventory_group_all",
        "inventory_host",
        "inventory_host_vars",
    ]


def test_two_sources_in_one_folder_count_once_and_localhost_has_what_all_has(tmp_path: Path) -> None:
    inventory = build(tmp_path, {**FILES, "inv/more": "h2\n"}, "inv/hosts", "inv/more")
    layers = inventory_layers(inventory, implicit_localhost("localhost"), VarsFiles(Secrets(), Settings()), None)
    assert [name for name, _ in layers] == ["inventory_group_all", "inventory_group_vars_all", "inventory_host"]
