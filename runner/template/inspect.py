"""What a template or expression uses, told from its syntax tree without running it: names, filters, tests, lookups, kind of result."""

from collections.abc import Iterator

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from runner.errors import TemplateError, nearest_names
from runner.model.text import Text
from runner.position import Position, position_of
from runner.record import dataclass
from runner.template.environment import Environment, doubled_backslashes
from runner.template.lookup import own_names
from runner.template.lookup import short as short_lookup
from runner.template.result_kind import kind_of
from runner.template.settings import FileOptions
from runner.template.templar import Templar

LOOKUPS = frozenset({"lookup", "query", "q"})
ASKED = frozenset({"default", "d", "defined", "undefined", "mandatory"})


@dataclass(frozen=True, slots=True)
class Uses:
    """What a text uses. names: its free variables; asked: those of them whose absence is provided for (`default`, `is defined`).

    filters, tests, lookups: (name, line in the text, from 1). kind: what the expression gives: boolean, string, number, list,
    mapping; `name` for a bare variable, whose name is then `bare`; "" where it cannot be told. attribute: `a.b`, where that is all
    there is. paths: (variable, attribute) of every `a.b` in it.
    """

    names: frozenset[str]
    asked: frozenset[str]
    filters: tuple[tuple[str, int], ...]
    tests: tuple[tuple[str, int], ...]
    lookups: tuple[tuple[str, int], ...]
    kind: str = ""
    bare: str = ""
    attribute: str = ""
    paths: tuple[tuple[str, str], ...] = ()


class Inspector:
    """Reads templates with the filters, tests and lookups of a templar."""

    def __init__(self, templar: Templar) -> None:
        self.templar = templar

    def text(self, source: Text) -> Uses:
        """Return what a template uses. Raises TemplateError for one that cannot be compiled."""
        environment = self.templar.environment
        try:
            return _uses(environment.parse(doubled_backslashes(environment, str(source))), environment)
        except TemplateSyntaxError as error:
            raise _wrong(error, str(source), _in_text(source, error.lineno)) from error

    def expression(self, source: str) -> Uses:
        """Return what a bare expression uses. Raises TemplateError for one that cannot be compiled."""
        environment = self.templar.environment
        try:
            return _uses(environment.expression_tree(str(source)), environment)
        except TemplateSyntaxError as error:
            raise _wrong(error, str(source), position_of(source)) from error

    def file(self, text: str, path: str, options: FileOptions) -> Uses:
        """Return what a template file uses. Raises TemplateError with the line in the file."""
        environment = self.templar.file_environment(options)
        try:
            return _uses(environment.parse(text), environment)
        except TemplateSyntaxError as error:
            raise _wrong(error, text, Position(path, error.lineno or 1)) from error

    def unknown(self, kind: str, name: str) -> list[str] | None:
        """Return None for a filter, test or lookup that exists, else the nearest names. kind: filter, test or lookup."""
        if kind == "lookup":
            known = own_names()
            found = short_lookup(name) in known or self.templar.hooks.plugin("lookup", name, False) is not None
            return None if found else nearest_names(short_lookup(name), known)
        table = self.templar.environment.filters if kind == "filter" else self.templar.environment.tests
        return None if name in table else nearest_names(name, list(table))


def _in_text(source: Text, line: int) -> Position | None:
    """Return the place of a line of a text; of a block of text its lines stand below the mark."""
    at = position_of(source)
    return at if at is None or line <= 1 else Position(at.file, at.line + line - 1)


def _wrong(error: TemplateSyntaxError, source: str, position: Position | None) -> TemplateError:
    lines = source.splitlines()
    line = lines[error.lineno - 1].strip() if 0 < error.lineno <= len(lines) else source
    return TemplateError(
        f"the template cannot be compiled: {error.message}",
        position=position,
        expected="an expression of Jinja2",
        found=line[:120],
        remedy="correct the expression; text that only looks like a template stands between {% raw %} and {% endraw %}",
    )


def _uses(tree: nodes.Template, environment: Environment) -> Uses:
    single = _single(tree)
    named = list(tree.find_all(nodes.Name))
    made = {each.name for each in named if each.ctx != "load"} | _declared(tree) | set(environment.globals)
    names = frozenset(each.name for each in named) - made
    return Uses(
        names=names,
        asked=frozenset(_asked(tree)) & names,
        filters=tuple((each.name, each.lineno) for each in tree.find_all((nodes.Filter,))),
        tests=tuple((each.name, each.lineno) for each in tree.find_all((nodes.Test,))),
        lookups=tuple(_lookups(tree)),
        kind=kind_of(single) if single is not None else "",
        bare=single.name if isinstance(single, nodes.Name) else "",
        attribute=".".join(_path(single)),
        paths=tuple(found for each in tree.find_all((nodes.Getattr, nodes.Getitem)) if (found := _path(each))),
    )


def _declared(tree: nodes.Template) -> set[str]:
    """Return the names of macros and imports, and those that Jinja2 sets inside loops, macros and blocks."""
    found = {"loop", "self", "super", "caller", "varargs", "kwargs"}
    for node in tree.find_all((nodes.Macro, nodes.Import, nodes.FromImport)):
        if isinstance(node, nodes.Macro):
            found.add(node.name)
        elif isinstance(node, nodes.Import):
            found.add(node.target)
        elif isinstance(node, nodes.FromImport):
            found.update(each if isinstance(each, str) else each[1] for each in node.names)
    return found


def _single(tree: nodes.Template) -> nodes.Expr | None:
    if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) and len(tree.body[0].nodes) == 1:
        node = tree.body[0].nodes[0]
        return None if isinstance(node, nodes.TemplateData) else node
    return None


def _lookups(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in LOOKUPS and call.args:
            first = call.args[0]
            if isinstance(first, nodes.Const) and isinstance(first.value, str):
                yield first.value, call.lineno


def _asked(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        if isinstance(node, (nodes.Filter, nodes.Test)) and node.name in ASKED and node.node is not None:
            root = _root(node.node)
            if root is not None:
                yield root


def _root(node: nodes.Node) -> str | None:
    while isinstance(node, (nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Call)):
        if node.node is None:
            return None
        node = node.node
    return node.name if isinstance(node, nodes.Name) else None


def _path(node: nodes.Node | None) -> tuple[str, str] | tuple[()]:
    """Return (a, b) of `a.b` or `a['b']`, where `a` is a variable; else nothing."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return node.node.name, node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and isinstance(node.arg, nodes.Const):
        return node.node.name, str(node.arg.value)
    return ()
