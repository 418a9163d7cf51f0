"""Renders what the user wrote: templates, bare expressions, conditions and template files, in a view of the variables."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from runner.errors import TemplateError
from runner.model.text import Encrypted, Template, Text
from runner.model.variables import Variables
from runner.position import Position
from runner.template import condition, files
from runner.template.environment import Environment
from runner.template.explain import explain
from runner.template.lazy import deep
from runner.template.lookup import Lookups
from runner.template.piece import Piece, piece_of_expression, piece_of_text
from runner.template.plain import SCALARS, SCALARS_AND_KEPT, plain, text
from runner.template.rendering import Rendering
from runner.template.settings import FileOptions, Hooks, TemplateSettings
from runner.template.words import Words, filters_of, globals_of, tests_of

KEPT = 20000


class Templar:
    """The one door to the template room. It keeps compiled templates for the whole run; it holds no variables.

    Raises, in every method: UndefinedVariable, TemplateError, UnknownName; each with the position of the template.
    """

    def __init__(
        self,
        settings: TemplateSettings,
        hooks: Hooks,
        *,
        filters: Mapping[str, Callable[..., Any]] | None = None,
        tests: Mapping[str, Callable[..., Any]] | None = None,
        lookups: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.settings = settings
        self.hooks = hooks
        self.lookups = Lookups(lookups or {})
        self.environment = Environment(settings.extensions, trim_blocks=True)
        known_filters = filters_of(self.environment.filters, filters or {})
        known_tests = tests_of(self.environment.tests, tests or {})
        self.environment.filters = Words(known_filters, partial(hooks.plugin, "filter"))
        self.environment.tests = cast("Any", Words(known_tests, partial(hooks.plugin, "test")))
        self.environment.globals = globals_of(self.environment.globals)
        self._pieces: dict[str, Piece] = {}
        self._expressions: dict[str, Piece] = {}
        self._file_environments: dict[FileOptions, Environment] = {}

    def render(self, value: Any, variables: Variables, *, decrypt: bool = True) -> Any:
        """Return a value with every template in it replaced by what it gives and every vault text decrypted.

        Containers without either are returned as they are, not copied. The result is plain data. decrypt: False leaves a vault
        text that stands for itself as it is, as set_fact does.
        """
        if value.__class__ in SCALARS:
            return value
        rendering = Rendering(self, variables)
        if value.__class__ is Template:
            return rendering.template(value)
        if decrypt:
            return plain(deep(value, rendering, rendering.leaf), SCALARS_AND_KEPT)
        kept = deep(value, rendering, lambda leaf: leaf if isinstance(leaf, Encrypted) else rendering.template(leaf))
        return plain(kept, SCALARS_AND_KEPT)

    def render_text(self, value: Any, variables: Variables) -> str:
        """Return a value rendered as text: None is nothing; text that looks like a list stays as it is written."""
        if value.__class__ is Template:
            rendering = Rendering(self, variables)
            rendering.stack.append((value, variables, None))
            try:
                return self.piece(value, rendering).text(rendering)
            except Exception as error:
                raise self.explained(error, value, rendering) from error
        return text(self.render(value, variables))

    def is_constant(self, source: Template) -> bool:
        """Tell whether a template uses nothing but what is written in it: no variable, function or other file. Raises TemplateError."""
        try:
            tree = self.environment.parse(str(source))
        except TemplateSyntaxError:
            return False
        return not any(tree.find_all((nodes.Name, nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)))

    def expression(self, source: str | Text, variables: Variables) -> Any:
        """Return the value of an expression written without braces, as if it stood in them."""
        rendering = Rendering(self, variables)
        try:
            return self._expression(source).value(rendering, native=self.settings.native, numbers=self.settings.numbers)
        except Exception as error:
            raise self.explained(error, source, rendering) from error

    def condition(self, source: Any, variables: Variables, around: Position | None = None) -> bool:
        """Return whether a `when` (or failed_when, until ...) holds. A list is the caller's. around: the statement it belongs to."""
        return condition.holds(source, Rendering(self, variables), self.settings, around)

    def render_file(self, text: str, path: str, variables: Variables, options: FileOptions) -> str:
        """Return the text of a template file rendered. path: the file, for messages and relative includes."""
        return self.run_file(text, path, Rendering(self, variables), options)

    def lookup(
        self,
        name: str,
        terms: Any,
        variables: Variables,
        *,
        position: Position | None = None,
        kind: str = "files",
        **options: Any,
    ) -> list[Any]:
        """Return what a lookup finds, always as a list: what `query()` gives, and what a `with_<name>` loop walks over.

        terms: a list; templates in it are rendered, so it may be raw, and for first_found should be: that leaves out terms that
        are undefined. kind: the folder that files of this task are kept in: templates for a template task, vars for
        include_vars, else files.
        """
        if isinstance(terms, Mapping):
            raise TemplateError(f"with_{name.rpartition('.')[2]} expects a list", position=position, found="a mapping")
        return self.lookups.run(name, list(terms), Rendering(self, variables), options, position, kind)

    def check_lookup(self, name: str) -> None:
        """Raise UnknownName for a name that is no lookup."""
        self.lookups.check(name, self.hooks)

    def run(self, source: str, rendering: Rendering) -> Any:
        """Return the value of a template's text in a rendering."""
        try:
            piece = self._pieces.get(source) or self.piece(source, rendering)
            return piece.value(rendering, native=self.settings.native, numbers=self.settings.numbers)
        except Exception as error:
            raise self.explained(error, source, rendering) from error

    def run_expression(self, source: str, rendering: Rendering, keep: bool = False) -> Any:
        """Return the value of an expression in a rendering. keep: as it is, also when undefined, not made plain."""
        try:
            value = self._expression(source).parts(rendering)[0]
            return value if keep else plain(value)
        except Exception as error:
            raise self.explained(error, source, rendering) from error

    def _expression(self, source: str) -> Piece:
        found = self._expressions.get(source)
        if found is None:
            found = piece_of_expression(self.environment, source)
            keep_piece(self._expressions, source, found)
        return found

    def run_file(self, text: str, path: str, rendering: Rendering, options: FileOptions, names: dict[str, Any] | None = None) -> str:
        """Return a template file's text rendered in a rendering. names: variables of this file only."""
        known = {"filter": self.environment.filters, "test": self.environment.tests}
        return files.render(files.Source(text, path, options, names or {}), rendering, self.file_environment, known)

    def file_environment(self, options: FileOptions) -> Environment:
        """Return the environment for template files with these options, made once."""
        found = self._file_environments.get(options)
        if found is None:
            found = files.environment_for(options, self.environment, self.settings.extensions)
            self._file_environments[options] = found
        return found

    def piece(self, source: str, rendering: Rendering) -> Piece:
        """Return a template's text compiled, from the cache when it is there."""
        found = self._pieces.get(source)
        if found is None:
            found = piece_of_text(self.environment, source)
            keep_piece(self._pieces, source, found)
        return found

    def explained(self, error: Exception, source: str, rendering: Rendering) -> Exception:
        """Return the user's error for anything raised in a template."""
        known = {"filter": self.environment.filters, "test": self.environment.tests}
        return explain(error, source, rendering, known)


def keep_piece(cache: dict[str, Piece], source: str, piece: Piece) -> None:
    """Keep a compiled text under its plain text; start over when there are very many."""
    if len(cache) >= KEPT:
        cache.clear()
    cache[str(source)] = piece


__all__ = ["Encrypted", "FileOptions", "Hooks", "Templar", "TemplateSettings"]
