"""A template's text compiled once: what to run, and what its pieces become."""

from typing import Any

from jinja2 import nodes

from runner.model.text import Template
from runner.template.context import CompiledTemplate, Context, Scope
from runner.template.environment import Environment, doubled_backslashes
from runner.template.kept import KeepText
from runner.template.lazy import NOTHING, Lazy
from runner.template.plain import SCALARS, SCALARS_AND_KEPT, join, literal, looks_literal, native_literal, plain, text
from runner.template.rendering import Rendering
from runner.template.undefined import Undefined, Used


class Piece:
    """A compiled text. single: it is exactly one expression. name: that expression is just a variable.

    newlines: how many newlines the text ends with; Jinja2 drops one.
    """

    __slots__ = ("environment", "name", "newlines", "single", "template", "tree")

    def __init__(self, environment: Environment, tree: nodes.Template, newlines: int = 0) -> None:
        self.environment = environment
        expression = _single(tree)
        self.single = expression is not None
        self.name = expression.name if isinstance(expression, nodes.Name) else None
        self.newlines = newlines
        self.template: CompiledTemplate = environment.made(tree)

    def parts(self, rendering: Rendering) -> list[Any]:
        """Return what the template yields: text and values. Raises whatever an expression raises."""
        if self.name is not None:
            found = rendering.resolve(self.name)
            if found.__class__ is Lazy:
                return [found.force()]
            if found is not NOTHING:
                return [found]
            found = self.environment.globals.get(self.name, NOTHING)
            return [Undefined(name=self.name) if found is NOTHING else found]
        template = self.template
        context = Context(self.environment, Scope(rendering), None, template.blocks, private=template.mutates)
        return list(template.root_render_func(context))

    def value(self, rendering: Rendering, *, native: bool, numbers: bool = False) -> Any:
        """Return the template's value: the expression's own when it is a single one, else text or the literal it reads as.

        numbers: a number stays one also where the expression is more than the name of a variable.
        """
        parts = self.parts(rendering)
        if len(parts) == 1 and isinstance(parts[0], KeepText):
            return self._kept(parts[0])  # also where it stands in an `if` or `for`, with nothing beside it
        if len(parts) == 1 and (self.single or not isinstance(parts[0], (str, int, float))):
            value = parts[0]
            if isinstance(value, Undefined):
                raise Used(value)
            value = plain(value, SCALARS_AND_KEPT if native else SCALARS)
            if value is None and not native and not self.name:
                return self.ended("")  # an expression that gives nothing is empty text; a variable that holds nothing stays so
            if not isinstance(value, str):
                if native or not isinstance(value, (int, float)) or isinstance(value, bool):
                    return value
                return value if self._stays_number(rendering, numbers) else self.ended(text(value))
        else:
            value = "".join(map(str, parts)) if native else join(parts)
        if native:
            found = native_literal(value)
            return self.ended(found) if isinstance(found, str) else found
        if looks_literal(value):
            found = literal(value)
            if not isinstance(found, str):
                return found
        return self.ended(value) if self.newlines else value

    def _kept(self, value: KeepText) -> str:
        """Return text that is still marked to stay text, for whoever uses the variable that it becomes the value of."""
        return value.__class__(self.ended(value)) if self.newlines else value

    def _stays_number(self, rendering: Rendering, numbers: bool) -> bool:
        """Tell whether a number is given as one: at the level of 2.18 where the text names a variable that was written as a number."""
        if self.name is None:
            return numbers and not self.newlines
        return numbers or rendering.variables.find(self.name).__class__ is not Template

    def ended(self, value: str) -> str:
        """Return a text with as many newlines at its end as the template's source has."""
        lacking = self.newlines - (len(value) - len(value.rstrip("\n")))
        return value + "\n" * lacking if lacking > 0 else value

    def text(self, rendering: Rendering) -> str:
        """Return the template's value as text, never turned into anything else."""
        return self.ended(join(self.parts(rendering)))


def _single(tree: nodes.Template) -> nodes.Expr | None:
    if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) and len(tree.body[0].nodes) == 1:
        node = tree.body[0].nodes[0]
        return None if isinstance(node, nodes.TemplateData) else node
    return None


def piece_of_text(environment: Environment, source: str) -> Piece:
    """Return a template string compiled. Raises TemplateSyntaxError."""
    source = str(source)
    tree = environment.parse(doubled_backslashes(environment, source))
    return Piece(environment, tree, len(source) - len(source.rstrip("\n")))


def piece_of_expression(environment: Environment, source: str) -> Piece:
    """Return a bare expression compiled. Raises TemplateSyntaxError."""
    return Piece(environment, environment.expression_tree(str(source)))
