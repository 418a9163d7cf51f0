"""Inventories of the forms generator and toml, and the names of plugins that are not ours."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli.construct import constructor
from runner.errors import InventoryError
from runner.foreign.earlier_hosts import as_file, without_earlier
from runner.model.inventory import Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Encrypted, Map
from runner.parse.inventory.sources import Reading, read_inventory
from runner.parse.settings import Settings
from runner.record import replace
from runner.vault.secrets import Secrets

Read = Callable[[str, str], Inventory]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def inventory(name: str, text: str) -> Inventory:
        (tmp_path / name).write_text(text)
        settings = replace(Settings(), inventory_any_unparsed_failed=True)
        construct = constructor(settings, Secrets(), Map(), str(tmp_path))
        return read_inventory([name], Reading(settings, Secrets(), lambda text: None, construct), str(tmp_path))

    return inventory


GENERATOR = """
plugin: ansible.builtin.generator
hosts:
  name: "{{ site }}-{{ kind }}"
  parents:
    - name: "{{ kind }}s"
      vars: {kind: "{{ kind }}"}
      parents:
        - name: "in_{{ site }}"
layers:
  site: [north, south]
  kind: [web, db]
"""


def test_generator_makes_a_host_for_each_combination(read: Read) -> None:
    found = read("gen.yml", GENERATOR)
    assert list(found.hosts) == ["north-web", "north-db", "south-web", "south-db"]
    assert list(found.groups["webs"].hosts) == ["north-web", "south-web"]
    assert found.groups["webs"].vars == {"kind": "web"}
    assert set(found.groups["in_north"].children) == {"webs", "dbs"}


def test_generator_without_layers(read: Read) -> None:
    with pytest.raises(InventoryError, match="has no layers"):
        read("gen.yml", "plugin: generator\nhosts: {name: x}\n")


def test_toml(read: Read) -> None:
    found = read("hosts.toml", '[web]\nchildren = ["apache"]\n[web.vars]\nport = 80\n[apache.hosts."a[1:2]"]\nx = true\n')
    assert list(found.groups["apache"].hosts) == ["a1", "a2"]
    assert found.groups["web"].vars == {"port": 80}
    assert found.hosts["a1"].vars == {"x": True}


@pytest.mark.parametrize(("text", "message"), [("[web\n", "is invalid"), ("[web]\nchildren = 1\n", "requires a list")])
def test_toml_that_is_wrong(read: Read, text: str, message: str) -> None:
    with pytest.raises(InventoryError, match=message):
        read("hosts.toml", text)


def test_a_plugin_of_others_needs_ansible(read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(InventoryError, match=r"plugin 'amazon.aws.aws_ec2' is written for Ansible"):
        read("aws.yml", "plugin: amazon.aws.aws_ec2\n")


def test_what_earlier_sources_gave_is_told_and_taken_out_again() -> None:
    draft = Draft(lambda text: None)
    draft.add_host("a", draft.add_group("web"))
    draft.set_host_var("a", "port", 80)
    draft.set_host_var("a", "secret", Encrypted("$ANSIBLE_VAULT;1.1;AES256"))
    with as_file(draft) as words:
        told = json.loads(Path(words[1]).read_text())
        assert Path(words[1]).stat().st_mode & 0o077 == 0
    assert not Path(words[1]).exists()
    assert told["all"]["hosts"] == {"a": {"port": 80}}
    assert told["web"]["hosts"] == {"a": {}}
    listing = {"web": {"hosts": ["a"], "vars": {"x": 1}}, "_meta": {"hostvars": {"a": {"port": "80", "more": 1}}}}
    assert without_earlier(listing, draft) == {"web": {"hosts": ["a"], "vars": {"x": 1}}, "_meta": {"hostvars": {"a": {"more": 1}}}}
