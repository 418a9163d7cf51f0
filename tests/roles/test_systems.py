"""What each role takes from the system that it meets: packages, units, paths, on each of the systems that the roles are meant for."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.errors import RunnerError
from runner.target.facts import distribution
from tests.roles.test_contract import NAMES, ROLES, expressions, load, tasks_of
from tests.target.fake_system import FakeSystem
from tests.template.conftest import HostVars, Run, View

TABLE = load(Path(__file__).parents[1] / "cases" / "systems.yml")
SYSTEMS: dict[str, dict[str, str]] = TABLE["systems"]
ROWS = [(role, row) for role, rows in TABLE["roles"].items() for row in rows]
OF_THE_SYSTEM = re.compile(r"ansible_facts\.(os_family|distribution\w*)")
# What an inventory would give, as far as the expressions of the table go.
GIVEN: dict[str, Any] = {
    "ansible_check_mode": False,
    "ansible_play_hosts": ["one"],
    "group_names": [],
    "inventory_hostname": "one",
    "omit": "omitted",
    "packages_installed": [],
    "alertmanager_receivers": [{"name": "nobody"}],
    "docker_planned": {},
    "haproxy_unit": {"rc": 0},
    "kubeadm_files": ["packages/kubelet.deb"],
    "kubeadm_missing": False,
    "kubeadm_version": "1.34.2",
    "nginx_lb_services": [{"name": "db", "listen": ["5432"], "mode": "tcp", "group": "web", "port": 5432}],
    "packages_sources": [{"name": "other"}],
    "packages_sources_known": {"changed": False},
    "registry_mirror_upstream": "https://registry-1.docker.io",
}


class Groups(dict[str, list[str]]):
    """Has every group, with the one host."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> list[str]:
        return ["one"]


def facts_of(system: str) -> dict[str, Any]:
    """Return the facts that `setup` finds on a system, by the files that say what it is."""
    texts = {f"/etc/{name}": text for name, text in SYSTEMS[system].items() if name != "pkg_mgr"}
    return {**distribution.collect(FakeSystem(texts)), "pkg_mgr": SYSTEMS[system]["pkg_mgr"]}


def variables_of(role: str) -> dict[str, Any]:
    place = ROLES[NAMES.index(role)]
    parts = [load(path) or {} for path in (place / "defaults" / "main.yml", place / "vars" / "main.yml") if path.exists()]
    return {name: value for part in parts for name, value in part.items()}


def on(system: str, role: str, expression: str) -> Any:
    """Return what an expression of a role comes to on a system."""
    run = Run()
    hosts = HostVars()
    given = {**GIVEN, "groups": Groups(), "hostvars": hosts, "ansible_facts": facts_of(system)}
    hosts.views["one"] = run.view({"ansible_host": "10.0.0.1"})
    return run.render(expression, View(run.view(variables_of(role)).layers[0], given))


def whole(row: list[Any]) -> Iterator[tuple[str, Any]]:
    """Give each system with what a row says of it."""
    value = None
    for system, said in zip(SYSTEMS, row[1:], strict=True):
        value = value if said == "same" else said
        yield system, value


def texts_of_the_system(role: Path) -> set[str]:
    """Return the expressions of a role's tasks, handlers and templates that ask which system it is."""
    found = expressions([without_messages(task) for task in tasks_of(role)])
    for path in role.glob("templates/*.j2"):
        found += re.findall(r"\{\{.*?\}\}", path.read_text("utf-8"))
        assert not OF_THE_SYSTEM.search(" ".join(re.findall(r"\{%.*?%\}", path.read_text("utf-8")))), path
    return {" ".join(text.split()) for text in found if OF_THE_SYSTEM.search(text)}


def without_messages(task: dict[str, Any]) -> dict[str, Any]:
    """Return a task less what it tells the user, and less its inner tasks, which are looked at by themselves."""
    kept = {key: value for key, value in task.items() if key not in ("block", "rescue", "always")}
    return {**kept, "assert": {**kept["assert"], "fail_msg": ""}} if "assert" in kept else kept


def reached(names: dict[str, str], begin: str) -> set[str]:
    """Return the variables that an expression uses, and those that they use."""
    found: set[str] = set()
    waiting = [begin]
    while waiting:
        text = waiting.pop()
        new = {name for name in names if name not in found and re.search(rf"\b{name}\b", text)}
        found |= new
        waiting += [names[name] for name in new]
    return found


@pytest.mark.parametrize(("role", "row"), ROWS, ids=[f"{role}-{row[0][:60]}" for role, row in ROWS])
def test_is_on_each_system_what_the_table_says(role: str, row: list[Any]) -> None:
    for system, wanted in whole(row):
        if wanted is not None:
            found = on(system, role, row[0])
            assert (found if wanted != "refused" else bool(found) or "refused") == wanted, system


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_the_table_has_all_that_depends_on_the_system(role: Path) -> None:
    """A variable that asks which system it is, and each list of packages, is part of some row; so is what tasks and templates ask."""
    rows = [row[0] for row in TABLE["roles"].get(role.name, [])]
    names = {name: yaml.safe_dump(value, width=10_000) for name, value in variables_of(role.name).items()}
    depends = {name for name, text in names.items() if OF_THE_SYSTEM.search(text)}
    depends |= {name for name in names if re.fullmatch(rf"{role.name}_(\w+_)?packages", name) and "grafana" not in name}
    covered = set().union(*(reached(names, text) for text in rows))
    assert depends - covered == set()
    assert texts_of_the_system(role) - {" ".join(text.split()) for text in rows} == set()


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_families_have_the_same_keys(role: Path) -> None:
    for name, value in variables_of(role.name).items():
        if "_of_family" in name:
            assert set(value) == {"Debian", "RedHat"}, name
            kinds = {frozenset(each) if isinstance(each, dict) else type(each) for each in value.values()}
            assert len(kinds) == 1, name


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_what_it_says_of_systems_agrees(role: Path) -> None:
    platforms = load(role / "meta" / "main.yml")["galaxy_info"]["platforms"]
    said = {(each["name"], version) for each in platforms for version in each["versions"]}
    assert said == {("Debian", "bookworm"), ("Debian", "trixie"), ("Ubuntu", "noble"), ("EL", "9")}


def test_a_misspelt_variable_would_be_noticed() -> None:
    with pytest.raises(RunnerError, match="docker_package_wanted"):
        on("debian13", "docker", "{{ docker_package_wanted }}")
