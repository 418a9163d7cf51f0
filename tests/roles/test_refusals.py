"""What roles refuse by looking at their variables alone, before a host is touched; what operators have suffered, see docs/pains.md."""

import json
from pathlib import Path
from typing import Any

import pytest

from runner.cli.main import main

ROOT = Path(__file__).parents[2]
FRONT = {"name": "front", "virtual_router_id": 51, "addresses": ["10.0.0.100/24"]}
OTHER = {**FRONT, "virtual_router_id": 52}
OLD = {**FRONT, "version": 2}
ONE = {"keepalived_instances": [FRONT]}
SCRIPT = {"name": "alive", "command": "/bin/true", "weight": -50}


def refused(tmp_path: Path, capsys: Any, role: str, tasks: str, members: dict[str, Any], given: dict[str, Any]) -> str:
    """Play a file of tasks of a role with its defaults, as a dry run on this machine in the part of two members; return what was said."""
    place = ROOT / "roles" / role
    files = [str(path) for path in (place / "defaults/main.yml", place / "vars/main.yml") if path.is_file()]
    include = {"include_tasks": str(place / "tasks" / tasks)}
    play = {"hosts": "all", "gather_facts": False, "vars_files": files, "tasks": [include]}
    hosts = {name: {"ansible_host": f"10.0.0.{last}", **members.get(name, {})} for name, last in (("one", 11), ("two", 12))}
    (tmp_path / "hosts.json").write_text(json.dumps({"balancers": {"hosts": hosts}}))
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    words = ["-i", str(tmp_path / "hosts.json"), "-c", "local", "--check", "-e", json.dumps(given), str(tmp_path / "play.yml")]
    assert main(["play", *words]) == 2
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("members", "given", "complaint"),
    [
        ({"two": {"ansible_host": "10.0.0.11"}}, {"keepalived_instances": [FRONT]}, "needs an IP address of its own"),
        ({"two": {"ansible_host": "two.example"}}, {"keepalived_instances": [FRONT]}, "needs an IP address of its own"),
        ({}, {"keepalived_priorities": {"one": 100, "two": 100}, "keepalived_instances": [FRONT]}, "a priority of its own"),
        ({}, {"keepalived_priorities": {"one": 255, "two": 100}, "keepalived_instances": [FRONT]}, "from 1 to 254"),
        ({"one": {"keepalived_instances": [FRONT]}, "two": {"keepalived_instances": [OTHER]}}, {}, "two masters"),
        ({"one": {"keepalived_instances": [FRONT]}, "two": {"keepalived_instances": [{**FRONT, "advert_int": 2}]}}, {}, "two masters"),
        ({"one": {"keepalived_instances": [FRONT]}, "two": {"keepalived_instances": [{**FRONT, "unicast": False}]}}, {}, "two masters"),
        ({}, {"keepalived_instances": [{**FRONT, "addresses": ["10.0.0.12/24"]}]}, "that no member has itself"),
        ({}, {"keepalived_instances": [FRONT, {**FRONT, "name": "back", "addresses": ["10.0.0.101"]}]}, "must be the same on every member"),
        ({}, {"keepalived_instances": [{**OLD, "advert_int": 0.5}]}, "whole seconds with version 2"),
        ({}, {"keepalived_instances": [{**FRONT, "track": ["nobody"]}]}, "track names entries of keepalived_scripts"),
        ({}, {"keepalived_priorities": {"one": "high", "two": 100}, "keepalived_instances": [FRONT]}, "from 1 to 254"),
        ({}, {"keepalived_instances": [{**FRONT, "priorities": {"one": 300, "two": 100}}]}, "number of its own from 1 to 254"),
        ({}, {"keepalived_instances": [{**FRONT, "priorities": {"one": 100, "two": 100}}]}, "number of its own from 1 to 254"),
        ({}, {"keepalived_instances": [{**FRONT, "virtual_router_id": 256}]}, "virtual_router_id is 1 to 255"),
        ({}, {"keepalived_instances": [{**FRONT, "addresses": ["10.0.0.300/24"]}]}, "addresses are IP addresses"),
        ({}, {"keepalived_instances": [{**FRONT, "addresses": ["10.0.0.100/33"]}]}, "addresses are IP addresses"),
        ({}, {"keepalived_instances": [{**FRONT, "addresses": ["www.example"]}]}, "addresses are IP addresses"),
        ({}, {"keepalived_instances": [{**FRONT, "name": "front } x {"}]}, "name is letters"),
        ({}, {"keepalived_instances": [{**FRONT, "preempt_delay": 5, "nopreempt": True}]}, "means nothing beside nopreempt"),
        ({}, {"keepalived_instances": [{**FRONT, "preempt_delay": -5}]}, "preempt_delay is 0 to 1000 seconds"),
        ({}, {**ONE, "keepalived_scripts": [SCRIPT, SCRIPT]}, "a name of their own"),
        ({}, {**ONE, "keepalived_scripts": [{**SCRIPT, "command": "true"}]}, "a command with its full path"),
        ({}, {**ONE, "keepalived_scripts": [{**SCRIPT, "command": '/bin/sh -c "exit 1"'}]}, "without double quotes"),
        ({}, {**ONE, "keepalived_scripts": [{**SCRIPT, "interval": 0}]}, "interval, timeout, rise and fall of 1 or more"),
        ({}, {**ONE, "keepalived_scripts": [{**SCRIPT, "weight": 300}]}, "a weight of -253 to 253"),
        ({}, {**ONE, "keepalived_sync_groups": [{"name": "g", "instances": ["front", "nope"]}]}, "name instances"),
        (
            {},
            {"keepalived_instances": [{**FRONT, "nopreempt": True, "track": ["alive"]}], "keepalived_scripts": [SCRIPT]},
            "with nopreempt no other member takes over",
        ),
    ],
)
def test_keepalived(tmp_path, capsys, members, given, complaint):
    assert complaint in refused(tmp_path, capsys, "keepalived", "check.yml", members, given)


@pytest.mark.parametrize("instance", [{**OLD, "password": "nine-char"}, {**FRONT, "password": "eightchr"}, {**OLD, "password": ""}])
def test_a_password_that_vrrp_cannot_carry_is_named_and_not_shown(tmp_path, capsys, instance):
    said = refused(tmp_path, capsys, "keepalived", "check.yml", {}, {"keepalived_instances": [instance]})
    assert "keepalived_instances[].password (front) works with version 2 only" in said
    assert not instance["password"] or instance["password"] not in said


@pytest.mark.parametrize(
    "given",
    [
        {"docker_registry_mirrors": ["10.0.0.5:5000"]},
        {"docker_insecure_registries": ["http://10.0.0.5:5000"]},
        {"docker_registry_authorities": [{"registry": "mirror.example/library", "certificate": "x"}]},
    ],
)
def test_docker_takes_mirrors_with_a_scheme_and_registries_without(tmp_path, capsys, given):
    assert "URL with its scheme" in refused(tmp_path, capsys, "docker", "main.yml", {}, given)


@pytest.mark.parametrize(
    "given",
    [
        {"containerd_registries": [{"name": "http://docker.io", "server": "https://docker.io", "hosts": []}]},
        {"containerd_registries": [{"name": "docker.io", "server": "registry-1.docker.io", "hosts": []}]},
    ],
)
def test_containerd_the_same(tmp_path, capsys, given):
    assert "without scheme and path" in refused(tmp_path, capsys, "containerd", "main.yml", {}, given)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"etcd_settings": {"NAME": "x"}}, "names in etcd_settings begin with ETCD_"),
        ({"etcd_group": "nobody"}, "is in the group nobody"),
        ({"etcd_client_port": 2380}, "two ports from 1 to 65535"),
        ({"etcd_client_port": 99999}, "two ports from 1 to 65535"),
        ({"etcd_data": "var/lib"}, "absolute paths"),
        ({"etcd_backup_keep": 0}, "etcd_backup_keep is 1 or more"),
        ({"etcd_token": "a b"}, "etcd_token is letters"),
        ({"etcd_settings": {"ETCD_NAME": "x"}}, "which the role sets"),
        ({"etcd_settings": {"ETCD_HEARTBEAT_INTERVAL": "500"}}, "at least five times ETCD_HEARTBEAT_INTERVAL (500 ms)"),
    ],
)
def test_etcd(tmp_path, capsys, given, complaint):
    assert complaint in refused(tmp_path, capsys, "etcd", "main.yml", {}, {"etcd_group": "balancers", **given})


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"registry_mirror_upstream": "mirror.example:5000"}, "is a URL with its scheme"),
        ({"registry_mirror_upstream": "https://mirror.example/library"}, "without a path"),
        ({"registry_mirror_upstream_user": "me"}, "go together"),
        ({"registry_mirror_group": "nobody"}, "there is a group nobody"),
        ({"registry_mirror_port": 0}, "registry_mirror_port is 1 to 65535"),
        ({"registry_mirror_storage": "cache"}, "an absolute path"),
        ({"registry_mirror_of": "https://docker.io"}, "without scheme and path"),
        ({"registry_mirror_upstream_authority": "/etc/ssl/ca.crt"}, "not the name of a file"),
    ],
)
def test_a_cache_of_a_registry(tmp_path, capsys, given, complaint):
    assert complaint in refused(tmp_path, capsys, "registry_mirror", "main.yml", {}, {"registry_mirror_group": "balancers", **given})


BALANCED = {"name": "a", "bind": ["*:80"], "servers": [{"name": "s", "address": "10.0.0.1:80"}]}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"haproxy_services": [BALANCED, {**BALANCED, "name": "b"}]}, "each address may be there once"),
        ({"haproxy_services": [{**BALANCED, "bind": ["127.0.0.1:8404"]}]}, "each address may be there once"),
        ({"haproxy_services": [BALANCED], "haproxy_maxconn": 0}, "haproxy_maxconn is 1 or more"),
        ({"haproxy_services": [BALANCED], "haproxy_alive_path": "alive"}, "haproxy_alive_path begins with a slash"),
        ({"haproxy_services": [{**BALANCED, "health_path": "healthz"}]}, "health_path begins with a slash"),
        ({"haproxy_services": [{**BALANCED, "name": "a b"}]}, "letters, digits, dots, dashes"),
        ({"haproxy_services": [{**BALANCED, "bind": []}]}, "an address to listen on"),
        ({"haproxy_services": [{**BALANCED, "servers": []}]}, "or a list of servers"),
    ],
)
def test_a_balancer_that_could_not_start(tmp_path, capsys, given, complaint):
    assert complaint in refused(tmp_path, capsys, "haproxy", "main.yml", {}, given)


@pytest.mark.parametrize("service", [{"name": "a", "bind": ["*:80"]}, {"name": "a", "bind": ["*:80"], "group": "nobody", "port": 80}])
def test_a_balancer_without_back_ends(tmp_path, capsys, service):
    assert "either a group of the inventory" in refused(tmp_path, capsys, "haproxy", "main.yml", {}, {"haproxy_services": [service]})
