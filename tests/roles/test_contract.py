"""Every role that ships keeps the contract: it says what it takes, works by default, explains itself and can be taken away."""

import ast
import re
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import pytest
import yaml

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.parent.parent for path in (ROOT / "roles").glob("*/tasks/main.yml"))
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
NAMES = [role.name for role in ROLES]

# What a role may use without saying so: the language's own words, and what a task sets for itself.
MAGIC = {
    "ansible_check_mode",
    "ansible_facts",
    "ansible_play_hosts",
    "group_names",
    "groups",
    "hostvars",
    "inventory_hostname",
    "inventory_hostname_short",
    "item",
    "omit",
}
PARTS = ("README.md", "meta/main.yml", "meta/argument_specs.yml", "defaults/main.yml", "tasks/main.yml", "tasks/reset.yml")
CODE = ("tasks", "handlers", "templates", "vars", "defaults")
FUNCTIONS = {"lookup", "query", "range", "dict"}
# Facts of a run that one role sets for the others.
SHARED = {"packages_installed", "certificates_authority"}
TASK_WORDS = ("when", "changed_when", "failed_when", "until", "that")


class Anything(dict[str, Any]):
    """Knows every filter and every test: here only names of variables matter."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        return lambda value, *args, **options: value

    def get(self, name: str, default: Any = None) -> Any:
        return self[name]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def specification(role: Path) -> dict[str, Any]:
    return load(role / "meta" / "argument_specs.yml")["argument_specs"]


def tasks_of(role: Path) -> list[dict[str, Any]]:
    files = [*(role / "tasks").glob("*.yml"), *(role / "handlers").glob("*.yml")]
    return [task for path in files for listed in load(path) or [] for task in with_inner(listed)]


def with_inner(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a task and those of its block, rescue and always, however deep."""
    inner = [each for part in ("block", "rescue", "always") for each in task.get(part, [])]
    return [task, *(found for each in inner for found in with_inner(each))]


def expressions(value: Any, bare: bool = False) -> list[str]:
    """Return the templates and bare expressions in some YAML, as templates."""
    if isinstance(value, dict):
        found = [expressions(each, bare or key in TASK_WORDS) for key, each in value.items()]
        return [text for texts in found for text in texts]
    if isinstance(value, list):
        return [text for each in value for text in expressions(each, bare)]
    if not isinstance(value, str):
        return []
    return [value] if "{{" in value or "{%" in value else ["{{ " + value + " }}"] if bare else []


def used_names(texts: list[str]) -> set[str]:
    environment = jinja2.Environment(trim_blocks=True)
    environment.filters = environment.tests = Anything()
    names: set[str] = set()
    for text in texts:
        names |= jinja2.meta.find_undeclared_variables(environment.parse(text))
    return names


def own_names(role: Path) -> set[str]:
    """Return the names that a role sets itself: vars, registered results, facts, and the vars of its tasks."""
    path = role / "vars" / "main.yml"
    names = set(load(path) or {}) if path.exists() else set()
    for task in tasks_of(role):
        names |= set(task.get("vars", {})) | set(task.get("set_fact", {}))
        names |= {task["register"]} if "register" in task else set()
        names |= {task["loop_control"]["loop_var"]} if "loop_var" in task.get("loop_control", {}) else set()
    return names


def texts_of(role: Path) -> list[str]:
    files = [*role.glob("templates/*.j2")]
    data = [load(path) for path in (role / "defaults" / "main.yml", role / "vars" / "main.yml") if path.exists()]
    return [path.read_text("utf-8") for path in files] + expressions(tasks_of(role)) + expressions(data)


def test_there_are_roles():
    assert {"systemd_units", "host_files", "keepalived", "haproxy", "web_backend", "packages"} <= set(NAMES)


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_has_all_its_parts(role):
    for part in (
        "README.md",
        "meta/main.yml",
        "meta/argument_specs.yml",
        "defaults/main.yml",
        "tasks/main.yml",
        "tasks/reset.yml",
    ):
        assert (role / part).is_file(), part
    assert load(role / "meta" / "main.yml")["galaxy_info"]["role_name"] == role.name


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_yaml_loads_and_tasks_are_named(role):
    for path in role.rglob("*.yml"):
        load(path)
    for task in tasks_of(role):
        assert task.get("name"), task


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_says_what_it_takes(role):
    for entry, words in specification(role).items():
        assert words["short_description"], entry
        assert_described(words["options"], role.name)


def assert_described(options: dict[str, Any], where: str) -> None:
    for name, words in options.items():
        assert words.get("description"), f"{where}.{name} has no description"
        assert words.get("type"), f"{where}.{name} has no type"
        assert_described(words.get("options", {}), f"{where}.{name}")


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_defaults_agree_with_what_it_says(role):
    defaults = load(role / "defaults" / "main.yml") or {}
    options = specification(role)["main"]["options"]
    required = {name for name, words in options.items() if words.get("required")}
    assert set(defaults) == set(options) - required
    for name, words in options.items():
        if "default" in words:
            assert defaults[name] == words["default"], name


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_names_begin_with_the_roles_name(role):
    for name in specification(role)["main"]["options"]:
        assert name == role.name or name.startswith(f"{role.name}_"), name


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_uses_only_what_it_says_or_sets(role):
    said = {name for entry in specification(role).values() for name in entry["options"]}
    known = said | own_names(role) | MAGIC | FUNCTIONS | SHARED
    assert used_names(texts_of(role)) - known == set()


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_takes_no_variable_that_it_does_not_use(role):
    own = specification(role)["main"]["options"]
    text = "".join(path.read_text("utf-8") for path in role.rglob("*") if path.is_file() and path.parent.name in CODE)
    for name in own:
        assert len(re.findall(rf"\b{name}\b", text)) > (name in (load(role / "defaults" / "main.yml") or {})), name


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_the_readme_is_one_page(role):
    text = (role / "README.md").read_text("utf-8")
    assert text.startswith(f"# {role.name}\n")
    assert "```yaml" in text
    assert "Tear-down" in text
    assert len(text.splitlines()) <= 70


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_the_readme_says_where_it_ran(role):
    """Each system that the role is meant for is named, and what was never run is called so."""
    last = " ".join((role / "README.md").read_text("utf-8").rpartition("\n\n")[2].split())
    named = [name for name in ("Debian 12", "Debian 13", "Ubuntu 24.04", "RHEL") if name not in last]
    assert named == []
    assert re.search(r"not (run here|covered)|Not run here", last)


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_examples_of_the_readme_use_only_its_variables(role):
    options = specification(role)["main"]["options"]
    for block in re.findall(r"```yaml\n(.*?)```", (role / "README.md").read_text("utf-8"), re.DOTALL):
        yaml.safe_load(block)
        for name in re.findall(rf"^ *-? *({role.name}_\w+):", block, re.MULTILINE):
            assert name in options, name


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_looking_changes_nothing(role):
    """A command says whether it changed something; one that only looks runs in check mode as well, if a later task needs it."""
    for task in tasks_of(role):
        if "command" in task or "shell" in task:
            assert "changed_when" in task, task["name"]


@pytest.mark.parametrize("path", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
def test_playbooks_load_and_name_roles_that_exist(path):
    for play in load(path):
        names = [role if isinstance(role, str) else role["role"] for role in play.get("roles", [])]
        names += [task["include_role"]["name"] for task in play.get("tasks", []) if "include_role" in task]
        assert set(names) <= set(NAMES)
        if "import_playbook" in play:
            assert (path.parent / play["import_playbook"]).is_file()


def test_checks_are_python():
    for path in (ROOT / "playbooks" / "verify").glob("test_*.py"):
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path.name
