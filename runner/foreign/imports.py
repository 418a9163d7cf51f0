"""Which of Ansible's shared files a Python file imports, told from its text (pure)."""

import ast

from runner.record import dataclass

OURS = ("ansible.module_utils", "ansible_collections")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import. name: full name of a module, or of a name in one. optional: it stands in a `try`. line: where."""

    name: str
    optional: bool
    line: int


def imports_of(source: bytes, dotted: str, is_package: bool) -> list[Wanted]:
    """Return the imports of module_utils files in a Python source. dotted: the file's own full name, for relative ones.

    Raises SyntaxError for a source this Python cannot read.
    """
    found: list[Wanted] = []
    package = dotted if is_package else dotted.rpartition(".")[0]
    _visit(ast.parse(source), package, False, found)
    return found


def _visit(node: ast.AST, package: str, guarded: bool, found: list[Wanted]) -> None:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        found += [Wanted(name, guarded, node.lineno) for name in _names(node, package) if name.startswith(OURS)]
        return
    guarded = guarded or (isinstance(node, ast.Try) and bool(node.handlers))
    for child in ast.iter_child_nodes(node):
        _visit(child, package, guarded, found)


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        above = package.split(".")
        kept = above[: len(above) - node.level + 1]
        base = ".".join([*kept, *([base] if base else [])])
    return [f"{base}.{alias.name}" if alias.name != "*" else base for alias in node.names]
