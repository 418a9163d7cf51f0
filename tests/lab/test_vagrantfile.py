"""The Vagrantfile describes the same hosts as the lab's file, and hands them to muster; run by a stand-in for Vagrant."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.lab import description

ROOT = Path(__file__).parents[2]
STUB = Path(__file__).with_name("vagrant_stub.rb")
LAB = description.read(ROOT / "inventory/lab.yml")
RUBY = shutil.which("ruby")
pytestmark = pytest.mark.skipif(RUBY is None, reason="there is no ruby on this machine to read a Vagrantfile with")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with our Vagrantfile and lab, and a `muster` that keeps its words."""
    (tmp_path / "inventory").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "Vagrantfile", tmp_path)
    shutil.copy(ROOT / "inventory/lab.yml", tmp_path / "inventory")
    muster = tmp_path / "bin/muster"
    muster.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/words\nexit ${{MUSTER_EXIT:-0}}\n')
    muster.chmod(0o755)
    return tmp_path


def load(project: Path, **environment: str) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    given = {**os.environ, "PATH": f"{project}/bin:{os.environ['PATH']}", **environment}
    done = subprocess.run(
        [str(RUBY), str(STUB), str(project / "Vagrantfile")], capture_output=True, text=True, env=given, timeout=60
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done


def machines(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {call["words"][0]: call["inner"] for call in config["set"]["vm"]["calls"] if call["call"] == "define"}


def test_same_hosts_and_addresses_for_both_providers(project: Path) -> None:
    config, done = load(project)
    assert done.returncode == 0, done.stderr
    nodes = machines(config)
    assert list(nodes) == [host.name for host in LAB.hosts]
    for host in LAB.hosts:
        vm = nodes[host.name]["set"]["vm"]
        assert vm["set"]["hostname"] == host.name
        (network,) = [call for call in vm["calls"] if call["call"] == "network"]
        assert network["words"] == ["private_network"]
        assert (network["options"]["ip"], network["options"]["netmask"]) == (host.address, "255.255.255.0")
        providers = {call["words"][0]: call["inner"]["set"] for call in vm["calls"] if call["call"] == "provider"}
        assert providers == {"virtualbox": {"memory": 768, "cpus": 1}, "libvirt": {"memory": 768, "cpus": 1}}
        assert not [call for call in vm["calls"] if call["call"] == "provision"]


def test_after_the_last_machine_muster_plays(project: Path) -> None:
    config, _ = load(project)
    (trigger,) = config["set"]["trigger"]["calls"]
    assert (trigger["call"], trigger["words"]) == ("after", ["up", "provision", "reload"])
    state = project / ".lab/lab-vagrant"
    assert (project / "words").read_text() == f"play -i {state}/hosts.yml playbooks/site.yml\n"
    inventory = yaml.safe_load((state / "hosts.yml").read_text())["all"]
    assert inventory["hosts"]["ops1"] == {
        "ansible_host": "172.30.50.31",
        "ansible_user": "vagrant",
        "ansible_ssh_private_key_file": "/keys/ops1",
    }
    assert inventory["children"]["balancers"] == {"hosts": {"lb1": {}, "lb2": {}}, "vars": {"vip": "172.30.50.100"}}
    children = {"balancers": {}, "web": {}, "operations": {}}
    assert inventory["children"]["cluster"] == {"children": children, "vars": {"drill_target": True}}
    assert inventory["vars"]["ansible_become"] is True
    assert "StrictHostKeyChecking=yes" in inventory["vars"]["ansible_ssh_common_args"]
    assert (state / "known_hosts").read_text().splitlines()[0] == "lb1,172.30.50.11 ssh-ed25519 KEYlb1"
    assert oct(state.stat().st_mode)[-3:] == "700"


def test_a_failed_play_fails_the_provisioning(project: Path) -> None:
    _, done = load(project, MUSTER_EXIT="2")
    assert done.returncode != 0
    assert "muster play failed" in done.stderr


def test_the_play_waits_for_all_machines(project: Path) -> None:
    _, done = load(project, LEAVE_OFF="web1")
    assert done.returncode == 0
    assert "muster play waits for web1" in done.stderr
    assert not (project / "words").exists()


def test_another_lab_with_its_options(project: Path) -> None:
    mine = project / "mine.yml"
    text = "name: mine\nnetwork: {subnet: 10.9.0.0/16}\nhosts:\n  ops1: {address: 10.9.1.1, memory: 2g, python: false}\n"
    mine.write_text(text)
    config, _ = load(project, MUSTER_LAB=str(mine), MUSTER_PLAYBOOK="other.yml", MUSTER_BOX="bento/debian-12")
    assert config["set"]["vm"]["set"]["box"] == "bento/debian-12"
    calls = machines(config)["ops1"]["set"]["vm"]["calls"]
    assert next(call["options"]["netmask"] for call in calls if call["call"] == "network") == "255.255.0.0"
    assert {call["inner"]["set"]["memory"] for call in calls if call["call"] == "provider"} == {2048}
    (provision,) = [call for call in calls if call["call"] == "provision"]
    assert provision["words"] == ["shell"]
    assert "purge --yes 'python3*'" in provision["options"]["inline"]
    assert (project / "words").read_text().endswith("mine-vagrant/hosts.yml other.yml\n")


def test_vagrants_own_provisioner_runs_muster_playbook(project: Path) -> None:
    config, _ = load(project, MUSTER_PROVISIONER="ansible")
    assert "trigger" not in config["set"]
    provisions = {
        name: [call for call in node["set"]["vm"]["calls"] if call["call"] == "provision"]
        for name, node in machines(config).items()
    }
    assert [name for name, calls in provisions.items() if calls] == ["ops1"]
    options = provisions["ops1"][0]["inner"]["set"]
    assert options["playbook_command"] == "muster-playbook"
    assert (options["playbook"], options["limit"], options["become"]) == ("playbooks/site.yml", "all", True)
    assert options["host_vars"]["web1"] == {"ansible_host": "172.30.50.21", "ansible_port": 22}
    assert options["groups"]["balancers"] == ["lb1", "lb2"]
    assert options["groups"]["balancers:vars"] == {"vip": "172.30.50.100"}
    assert options["groups"]["cluster:children"] == ["balancers", "web", "operations"]
