"""Runs lookups: `lookup()`, `query()` and the `with_<name>` loops."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from runner.errors import RunnerError, TemplateError, UndefinedVariable, UnknownName, nearest_names
from runner.model.text import untrusted
from runner.model.variables import Variables
from runner.position import Position
from runner.record import dataclass
from runner.template.lazy import deep
from runner.template.plain import SCALARS_AND_KEPT, plain
from runner.template.rendering import Rendering
from runner.template.search import find_file, places
from runner.template.settings import Hooks
from runner.template.undefined import Undefined, Used

PREFIXES = ("ansible.builtin.", "ansible.legacy.", "community.general.", "ansible.utils.")
Run = Callable[..., list[Any]]


class Ignored(list[Any]):
    """The empty list of a lookup that failed and was told not to mind."""


class LookupFailed(Exception):
    """A lookup did not find what it was asked for; the message is the whole story."""


@dataclass(frozen=True, slots=True)
class LookupContext:
    """What a lookup is given beside its terms: variables, files, and the calls out of the room.

    kind: the folder that files of this task are kept in (files; templates for a template task, vars for include_vars).
    """

    rendering: Rendering
    name: str
    kind: str = "files"

    @property
    def variables(self) -> Variables:
        """The view of the variables."""
        return self.rendering.variables

    @property
    def hooks(self) -> Hooks:
        """The calls out of the room."""
        return self.rendering.room.hooks

    def value(self, name: str, default: Any = None) -> Any:
        """Return a variable rendered, or the default when there is none."""
        found = self.rendering.value(name)
        return default if isinstance(found, Undefined) else found

    def find_file(self, kind: str, name: str) -> Path | None:
        """Return a file of a kind (files, templates, vars) on the search path of the task, or None."""
        return find_file(self.value, kind, name)

    def places(self, kind: str, name: str) -> list[Path]:
        """Return every path at which a file would be looked for, best first."""
        return places(self.value, kind, name)

    def read(self, path: Path) -> bytes:
        """Return a file's content, decrypted when it is a vault file."""
        return self.hooks.read_file(path)

    def warn(self, text: str) -> None:
        """Tell the user something."""
        self.hooks.warn(text, None)


@cache
def own_names() -> frozenset[str]:
    """Return the names of the lookups that come with us: one file each."""
    folder = Path(__file__).parent / "lookups"
    return frozenset(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def short(name: str) -> str:
    """Return a lookup's name without the prefix of a collection that is carried natively."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


class Lookups:
    """The lookups by name. added: a project's own, name -> run function."""

    def __init__(self, added: Mapping[str, Run]) -> None:
        self.added = added

    def names(self) -> Iterable[str]:
        """Return every name."""
        return sorted({*own_names(), *self.added})

    def find(self, name: str, hooks: Hooks | None = None) -> Run:
        """Return a lookup's run function: the project's own, ours, or that of a collection. Raises UnknownName."""
        if name in self.added:
            return self.added[name]
        plugin = hooks.plugin("lookup", name, short(name) in own_names()) if hooks is not None else None
        if plugin is not None:
            return plugin
        if short(name) in own_names():
            return import_module(f"runner.template.lookups.{short(name)}").run  # type: ignore[no-any-return]
        raise self._unknown(name)

    def check(self, name: str, hooks: Hooks) -> None:
        """Raise UnknownName for a name that is no lookup; none is loaded for it."""
        if short(name) not in own_names() and name not in self.added and hooks.plugin("lookup", name, False) is None:
            raise self._unknown(name)

    def _unknown(self, name: str) -> UnknownName:
        return UnknownName(
            f"lookup plugin ({name}) not found",
            expected="the name of a lookup",
            found=name,
            nearest=nearest_names(short(name), self.names()),
            remedy="correct the name, or put the lookup into lookup_plugins beside the playbook",
        )

    def run(
        self,
        name: str,
        terms: list[Any],
        rendering: Rendering,
        options: Mapping[str, Any],
        position: Position | None = None,
        kind: str = "files",
    ) -> list[Any]:
        """Return what a lookup finds, as a list of plain data. Raises TemplateError when it fails and errors is `strict`."""
        run = self.find(name, rendering.room.hooks)
        lenient = getattr(import_module(run.__module__), "UNDEFINED_TERMS", "") == "skip"
        options = dict(options)
        errors = options.pop("errors", "strict")
        options.pop("allow_unsafe", None)
        wanted = [ready(term, rendering, lenient) for term in terms]
        chosen = {key: ready(value, rendering) for key, value in known_options(run, name, options, rendering).items()}
        try:
            found = plain(run(wanted, LookupContext(rendering, short(name), kind), **chosen), SCALARS_AND_KEPT)
            # what a lookup gives is data, also where it hands on what the user wrote
            return [untrusted(each) for each in found]
        except (UndefinedVariable, Used):
            raise
        except Exception as error:
            told = failure(name, error, position)
            if errors not in ("ignore", "warn"):
                raise told from error
            if errors == "warn":
                rendering.room.hooks.warn(f"Lookup failed but the error is being ignored: {told.message}", position)
            return Ignored()


@cache
def parameters_of(run: Run) -> Mapping[str, Parameter]:
    """Return the parameters of a lookup."""
    return signature(run).parameters


def known_options(run: Run, name: str, options: Mapping[str, Any], rendering: Rendering) -> dict[str, Any]:
    """Return the options that a lookup takes; the others are left out with a warning, as Ansible leaves them out silently."""
    parameters = parameters_of(run)
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return dict(options)
    for key in options:
        if key not in parameters:
            near = nearest_names(key, list(parameters)[2:])
            hint = f"; perhaps you mean {near[0]}" if near else ""
            rendering.room.hooks.warn(f"the lookup '{name}' has no option '{key}'{hint}", None)
    return {key: value for key, value in options.items() if key in parameters}


def ready(value: Any, rendering: Rendering, lenient: bool = False) -> Any:
    """Return an argument rendered where it still holds templates. Raises Used for an undefined one, unless lenient."""
    if isinstance(value, Undefined) and not lenient:
        raise Used(value)
    return deep(value, rendering, rendering.force if lenient else rendering.leaf)


def failure(name: str, error: Exception, position: Position | None) -> RunnerError:
    """Return the user's error for a lookup that raised something."""
    if isinstance(error, RunnerError):
        return error
    if isinstance(error, LookupFailed):
        return TemplateError(str(error), position=position)
    return TemplateError(
        f"An unhandled exception occurred while running the lookup plugin '{name}'. "
        f"Error was a {type(error).__name__}, original message: {error}",
        position=position,
    )


def as_lookup_value(found: list[Any], wantlist: bool) -> Any:
    """Return what `lookup()` gives for a list: texts joined by commas, a single value itself, else the list."""
    if wantlist:
        return found
    if not found:
        return "" if isinstance(found, Ignored) else found
    if all(isinstance(each, str) for each in found):
        return found[0] if len(found) == 1 else ",".join(found)
    return found[0] if len(found) == 1 else found
