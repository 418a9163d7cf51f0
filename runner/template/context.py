"""Where a running template finds its names: what it set itself, what an outer template passed in, variables, functions."""

from collections.abc import Mapping, MutableMapping
from typing import Any, cast

from jinja2 import Template as JinjaTemplate
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Context as JinjaContext
from jinja2.utils import missing

from runner.template.lazy import NOTHING, Lazy
from runner.template.rendering import Rendering


class Scope(dict[str, Any]):
    """Names an outer template passes in, with the rendering it belongs to."""

    __slots__ = ("rendering", "shown")

    def __init__(self, rendering: Rendering, names: Mapping[str, Any] = {}, *, shown: bool = True) -> None:
        super().__init__(names)
        self.rendering = rendering
        self.shown = shown


class Context(JinjaContext):
    """One template's names. private: the template changes containers, so it gets copies of them."""

    def __init__(
        self,
        environment: Any,
        parent: Any,
        name: str | None,
        blocks: dict[str, Any],
        globals: MutableMapping[str, Any] | None = None,
        *,
        private: bool = False,
    ) -> None:
        self.parent = parent
        self.scope: Scope = parent
        self.vars = {}
        self.environment = environment
        self.eval_ctx = EvalContext(environment, name)
        self.exported_vars = set()
        self.name = name
        self.globals_keys = set()
        self.blocks = {key: [block] for key, block in blocks.items()} if blocks else {}
        self.rendering: Rendering = parent.rendering
        self.private = private

    def resolve_or_missing(self, key: str) -> Any:
        if key in self.vars:
            return self.vars[key]
        scope = self.scope
        if key in scope:
            return scope[key]
        if scope.shown:
            found = self.rendering.resolve(key)
            if found is not NOTHING:
                return copied(found) if self.private else found
        return self.environment.globals.get(key, missing)

    def get_all(self) -> Any:
        if not self.vars:
            return self.parent
        return Scope(self.rendering, {**self.parent, **self.vars}, shown=self.scope.shown)

    def derived(self, locals: dict[str, Any] | None = None) -> "Context":
        names = {key: value for key, value in (locals or {}).items() if value is not missing}
        scope = Scope(self.rendering, {**self.get_all(), **names}, shown=self.scope.shown)
        made = Context(self.environment, scope, self.name, {}, private=self.private)
        made.eval_ctx = self.eval_ctx
        made.blocks.update((key, list(blocks)) for key, blocks in self.blocks.items())
        return made


class CompiledTemplate(JinjaTemplate):
    """A compiled template. It is rendered in a Scope; an import without context sees functions, but no variables."""

    mutates = False

    @classmethod
    def _from_namespace(cls, environment: Any, namespace: Any, globals: Any) -> "CompiledTemplate":
        made = cast("CompiledTemplate", super()._from_namespace(environment, namespace, globals))
        made.mutates = namespace["mutates"]
        return made

    def new_context(self, vars: Any = None, shared: bool = False, locals: Mapping[str, Any] | None = None) -> Context:
        names = {key: value for key, value in (locals or {}).items() if value is not missing}
        scope = Scope(vars.rendering, {**vars, **names}, shown=vars.shown) if names else vars
        return Context(self.environment, scope, self.name, self.blocks, private=self.mutates)

    def _get_default_module(self, ctx: Any = None) -> TemplateModule:
        return TemplateModule(self, self.new_context(Scope(ctx.rendering, shown=False)))


def copied(value: Any) -> Any:
    """Return a variable forced and copied, so that a method that changes it changes nothing but the copy."""
    forced = value.force() if value.__class__ is Lazy else value
    return _copy(forced)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_copy(each) for each in value]
    return value
