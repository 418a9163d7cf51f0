"""Turns a template's syntax tree into Python: values stay values, and a path into a variable is walked lazily."""

# ruff: noqa: N802 Jinja2 finds its visitors by these names

from collections.abc import Iterator
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.idtracking import VAR_LOAD_PARAMETER, VAR_LOAD_UNDEFINED

MUTATORS = frozenset(
    [
        "append",
        "extend",
        "insert",
        "pop",
        "remove",
        "clear",
        "sort",
        "reverse",
        "update",
        "setdefault",
        "popitem",
        "add",
        "discard",
    ]
)
LOOKUPS = frozenset({"lookup", "query", "q"})
PATH = (nodes.Name, nodes.Getattr, nodes.Getitem)


def mutates(tree: nodes.Node) -> bool:
    """Tell whether a template calls a method that would change a list or mapping, so that it must be given copies."""
    return any(isinstance(call.node, nodes.Getattr) and call.node.attr in MUTATORS for call in tree.find_all(nodes.Call))


def constants(node: nodes.Node) -> Iterator[nodes.Const]:
    """Yield the text constants in an argument, itself included."""
    for each in (node, *node.find_all(nodes.Const)):
        if isinstance(each, nodes.Const) and isinstance(each.value, str):
            yield each


class Generator(CodeGenerator):
    """Jinja2's code generator, changed in four points.

    Pieces are yielded as values, not as text. `a.b['c']` passes unforced steps on, so that only what lies on the path is
    rendered; everywhere else a variable is forced. The module gets a constant `mutates`. A constant argument of a lookup that
    holds `{{ }}` is a template, as in Ansible: the user wrote it.
    """

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("force, ready = environment.force, environment.ready")

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        super().visit_Template(node, frame)
        self.writeline(f"mutates = {mutates(node)!r}", extra=1)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if isinstance(node, nodes.TemplateData):
            return node.data
        raise nodes.Impossible

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("ready(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(")")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if isinstance(node.node, nodes.Name) and node.node.name in LOOKUPS:
            for const in (each for argument in (*node.args, *node.kwargs) for each in constants(argument)):
                const.template = "{{" in const.value  # type: ignore[attr-defined]
        super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:
        if getattr(node, "template", False):
            self.write(f"environment.trusted({node.value!r})")
        else:
            super().visit_Const(node, frame)

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:
        if node.name.rpartition(".")[2] == "vault_encrypted" and isinstance(node.node, PATH):
            node.node.lazy = True  # type: ignore[union-attr]
        super().visit_Test(node, frame)

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:
        if node.name.rpartition(".")[2] == "unvault" and isinstance(node.node, PATH):
            node.node.lazy = True  # type: ignore[union-attr]
        super().visit_Filter(node, frame)

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:
        if node.ctx != "load":
            super().visit_Name(node, frame)
            return
        ref = frame.symbols.ref(node.name)
        load = frame.symbols.find_load(ref)
        forced = not getattr(node, "lazy", False) and not (load and load[0] in (VAR_LOAD_PARAMETER, VAR_LOAD_UNDEFINED))
        if forced:
            self.write("force(")
        super().visit_Name(node, frame)
        if forced:
            self.write(")")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        self._step(node, frame)

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        self._step(node, frame)

    def _step(self, node: nodes.Getattr | nodes.Getitem, frame: Frame) -> None:
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        forced = not getattr(node, "lazy", False)
        if isinstance(node.node, PATH):
            node.node.lazy = True  # type: ignore[union-attr]
        if forced:
            self.write("force(")
        # Not environment.getattr and getitem: those are what filters call, and give forced values.
        self.write("environment.path_attribute(" if isinstance(node, nodes.Getattr) else "environment.path_item(")
        self.visit(node.node, frame)
        self.write(", ")
        if isinstance(node, nodes.Getattr):
            self.write(repr(node.attr))
        else:
            self.visit(node.arg, frame)
        self.write(")")
        if forced:
            self.write(")")
