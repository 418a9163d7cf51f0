"""What is packed for the host: every file of ours that a module needs, found without parsing."""

import ast

import pytest

from runner.connect import ship

FILES = sorted(
    f"{ship.PACKAGE}.{'.'.join(path.relative_to(ship._TARGET).with_suffix('').parts)}"
    for path in ship._TARGET.rglob("*.py")
    if path.stem != "__init__"
)


def parsed_imports(name: str) -> set[str]:
    """The files of ours a file imports, found by parsing it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(ship._source(name))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {each for each in found if each.startswith(ship.PACKAGE + ".") and ship._path(each).is_file()}


@pytest.mark.parametrize("name", FILES)
def test_finds_the_imports_that_parsing_finds(name):
    assert ship._imports(name) == parsed_imports(name)


@pytest.mark.parametrize("name", [each for each in FILES if ".modules." in each])
def test_knows_who_must_finish(name):
    tree = ast.parse(ship._source(name))
    says = any(
        isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "INTERRUPT" and ast.literal_eval(node.value) == "finish"
        for node in tree.body
    )
    assert ship.must_finish(name.rpartition(".")[2]) == says


def test_setup_brings_the_families_of_facts():
    assert any(".facts." in each for each in ship.module_files("setup"))
