"""Jinja2 set up for playbooks: sandboxed, lazy paths, values instead of text, Ansible's order of attribute and key."""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from jinja2 import Undefined as JinjaUndefined
from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment

from runner.model.text import trusted
from runner.template.context import CompiledTemplate, Context
from runner.template.generate import Generator
from runner.template.lazy import DICT_WORDS, LIST_WORDS, MAPPING_WORDS, Lazy, Shown, force
from runner.template.plain import join, ready
from runner.template.undefined import Undefined

ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPABLE = frozenset("\n\\'\"abfnrtv01234567xNuU")
STR_WORDS = frozenset(name for name in dir(str) if not name.startswith("_"))


class Environment(SandboxedEnvironment):
    """A sandboxed environment whose compiled templates yield values.

    `.x` finds a method of the value's plain type first, then a key; `['x']` the key first. Our own string and container types
    show only what str, dict and list have, so a key named `position` is a key.
    """

    code_generator_class = Generator
    context_class = Context
    template_class = CompiledTemplate

    def __init__(self, extensions: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(extensions=extensions, undefined=Undefined, optimized=False, autoescape=False, **options)
        self.concat: Callable[..., str] = join
        self.force = force
        self.ready = ready
        self.trusted = trusted
        self.main_templates: dict[tuple[str, str], CompiledTemplate] = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return obj.attribute rendered: what Jinja2's own filters (map, selectattr, groupby ...) ask for."""
        return force(self.path_attribute(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return obj[argument] rendered: what Jinja2's own filters ask for."""
        return force(self.path_item(obj, argument))

    def path_attribute(self, obj: Any, attribute: str) -> Any:
        """Return obj.attribute as a step of a path in an expression sees it, perhaps Lazy, or an Undefined."""
        if obj.__class__ is Lazy:
            return obj.attribute(attribute)
        if isinstance(obj, Shown) and attribute not in MAPPING_WORDS:
            return Lazy(obj.rendering, obj.raw).attribute(attribute)
        found = self._word(obj, attribute)
        if found is not None:
            return found
        if isinstance(obj, dict):
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, (str, list, JinjaUndefined)):
            return obj if isinstance(obj, Undefined) else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def path_item(self, obj: Any, argument: Any) -> Any:
        """Return obj[argument] as a step of a path in an expression sees it, perhaps Lazy, or an Undefined."""
        if obj.__class__ is Lazy:
            return obj.item(argument)
        if isinstance(obj, Shown):
            return Lazy(obj.rendering, obj.raw).item(argument)
        try:
            return obj[argument]
        except (TypeError, LookupError, AttributeError):
            if isinstance(argument, str) and not isinstance(obj, JinjaUndefined):
                found = self._word(obj, argument)
                if found is not None:
                    return found
                if not isinstance(obj, (dict, list, str)):
                    return super().getitem(obj, argument)
        return self.undefined(obj=obj, name=argument)

    def _word(self, obj: Any, word: str) -> Any:
        """Return a method of a plain type, or None."""
        if isinstance(obj, dict):
            return getattr(obj, word) if word in DICT_WORDS else None
        if isinstance(obj, str):
            if word not in STR_WORDS:
                return None
            found = getattr(obj, word)
            return self.wrap_str_format(found) or found
        if isinstance(obj, list):
            return getattr(obj, word) if word in LIST_WORDS else None
        if isinstance(obj, Mapping):
            return getattr(obj, word) if word in MAPPING_WORDS else None
        return None

    def expression_tree(self, source: str) -> nodes.Template:
        """Return the syntax tree of a bare expression. Raises TemplateSyntaxError."""
        parser = Parser(self, escaped(self, source, state="variable"), state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            current = parser.stream.current
            raise TemplateSyntaxError(f"expected token 'end of statement block', got {current.value!r}", current.lineno)
        body: list[nodes.Node] = [nodes.Output([expression], lineno=1)]
        tree = nodes.Template(body, lineno=1)
        tree.set_environment(self)
        return tree

    def made(self, tree: nodes.Template, name: str | None = None, path: str = "<template>") -> CompiledTemplate:
        """Return a syntax tree compiled. name, path: of the file it comes from."""
        code = self.compile(tree, name, path)
        return cast("CompiledTemplate", CompiledTemplate.from_code(self, code, self.globals))


def doubled_backslashes(environment: Environment, source: str) -> str:
    """Return a template in which the backslashes of string literals in `{{ }}` are doubled, so that they mean themselves.

    Ansible does so for every template but files, so that regular expressions need no second escape. Elsewhere, in `{% %}`,
    Python's escapes hold.
    """
    return escaped(environment, source, doubled=True)


def escaped(environment: Environment, source: str, *, doubled: bool = False, state: str | None = None) -> str:
    """Return a source in which no string literal has a backslash that escapes nothing, which Python is giving up.

    doubled: in `{{ }}` every backslash is doubled. state: `variable` for a bare expression.
    """
    if "\\" not in source:
        return source
    pieces = []
    inside = False
    for _, kind, value in environment.lexer.tokeniter(source, None, None, state):
        if kind == "variable_begin":
            inside = doubled
        elif kind == "variable_end":
            inside = False
        elif kind == "string":
            value = value.replace("\\", "\\\\") if inside else ESCAPE.sub(_escape, value)
        pieces.append(value)
    return "".join(pieces)


def _escape(match: re.Match[str]) -> str:
    return match.group() if match.group(1) in ESCAPABLE else "\\" + match.group()
