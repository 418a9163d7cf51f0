"""The example inventories fit the playbooks: every group exists, every playbook reads, and the Vagrant one has the lab's hosts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.cli.main import main

ROOT = Path(__file__).parents[2]
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
EXAMPLES = ("vagrant", "bare-metal")


def listed(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what `muster inventory --list` says of an example."""
    assert main(["inventory", "-i", str(ROOT / "inventory" / name), "--list"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def named_groups(path: Path) -> set[str]:
    """Return the groups in the patterns of a playbook's plays."""
    patterns = [str(play["hosts"]) for play in yaml.safe_load(path.read_text("utf-8")) if "hosts" in play]
    return {re.sub(r"^[!&]|\[.*\]$", "", part) for pattern in patterns for part in re.split(r"[:,]", pattern)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_read_without_a_word(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "-i", str(ROOT / "inventory" / name), "--graph"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("@all:")
    assert said.err == ""


@pytest.mark.parametrize("name", EXAMPLES)
def test_lint_finds_nothing(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--strict", str(ROOT / "inventory" / name)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
def test_every_group_of_a_playbook_has_hosts(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    groups = listed("bare-metal", capsys)
    for name in named_groups(path) - {"all"}:
        members = groups.get(name, {})
        assert members.get("hosts") or members.get("children"), f"{path.name} names {name}"


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("path", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
def test_playbooks_read_and_list_their_tasks_and_hosts(path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With every example; only the bare-metal one has every group."""
    for word, sign in (("--syntax-check", f"playbook: {path}"), ("--list-tasks", "TAGS:"), ("--list-hosts", "hosts (")):
        code = main(["play", "-i", str(ROOT / "inventory" / name), str(path), word])
        said = capsys.readouterr()
        assert code == 0, said.out + said.err
        assert sign in said.out
        assert name != "bare-metal" or "Could not match" not in said.out + said.err


WRITER = "https://10.20.0.92:8086/api/v1/prom/write?db=metrics writer hush-hush"


@pytest.mark.parametrize(("host", "wanted"), [("watch1", WRITER), ("lone", "[]")])
def test_prometheus_writes_to_influxdb_where_there_is_one(tmp_path: Path, capsys: Any, host: str, wanted: str) -> None:
    """With the writer's password, which only the group of InfluxDB has."""
    message = "{% for each in prometheus_remote_write %}{{ each.url }} {{ each.user }} {{ each.password }}{% else %}[]{% endfor %}"
    play = [{"hosts": host, "gather_facts": False, "tasks": [{"debug": {"msg": message}}]}]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    (tmp_path / "group_vars").symlink_to(ROOT / "playbooks" / "group_vars")
    inventory = ROOT / "inventory" / "bare-metal" if host == "watch1" else "lone,"
    given = ["-e", json.dumps({"vault_influxdb_writer_password": "hush-hush"})]
    assert main(["play", "-i", str(inventory), "-c", "local", *given, str(tmp_path / "play.yml")]) == 0
    assert wanted in capsys.readouterr().out


def test_site_and_reset_name_every_role() -> None:
    """But those that others bring along; and what site.yml makes, reset.yml takes away."""
    brought = {"packages", "certificates"}
    for playbook in ("site.yml", "reset.yml"):
        text = "".join(path.read_text("utf-8") for path in played(ROOT / "playbooks" / playbook))
        named = set(re.findall(r"(?m)^ +- (?:role: )?(\w+)$|\{name: (\w+)[,}]", text))
        roles = {path.name for path in (ROOT / "roles").iterdir()} - brought
        assert roles - {one or other for one, other in named} == set(), playbook


def played(path: Path) -> list[Path]:
    """Return a playbook and those that it imports."""
    imported = [path.parent / play["import_playbook"] for play in yaml.safe_load(path.read_text("utf-8")) if "import_playbook" in play]
    return [path, *imported]


def test_every_host_has_an_address_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    for name in EXAMPLES:
        hosts = listed(name, capsys)["_meta"]["hostvars"]
        addresses = [variables["ansible_host"] for variables in hosts.values()]
        assert len(set(addresses)) == len(addresses) == len(hosts)


def test_the_vagrant_example_has_the_hosts_of_the_lab(capsys: pytest.CaptureFixture[str]) -> None:
    """The Vagrantfile makes its machines of inventory/lab.yml."""
    lab = yaml.safe_load((ROOT / "inventory" / "lab.yml").read_text("utf-8"))
    found = listed("vagrant", capsys)
    addresses = {name: variables["ansible_host"] for name, variables in found["_meta"]["hostvars"].items()}
    assert addresses == {name: host["address"] for name, host in lab["hosts"].items()}
    for name, group in lab["groups"].items():
        assert found[name].get("hosts", []) == group.get("hosts", [])
        for member in group.get("hosts", []):
            assert (group.get("variables") or {}).items() <= found["_meta"]["hostvars"][member].items()
