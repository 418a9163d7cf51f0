"""Templates: syntax, filters, tests and lookups that do not exist, in tasks, variables and template files."""

from collections.abc import Iterable, Iterator

from runner.errors import TemplateError
from runner.lint.facts import RoleFacts, Site, TemplateFacts
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.sources import wart_of
from runner.lint.texts import conditions, templates
from runner.model.text import Template
from runner.position import Position
from runner.template.inspect import Uses
from runner.template.settings import FileOptions

INSTALL = "correct the name, or install the collection it is from where muster runs"


def in_task(site: Site, project: Project) -> Iterable[Wart]:
    """Find templates of a task that cannot be compiled, or use what does not exist."""
    yield from _checked(_of_task(site), project)


def _of_task(site: Site) -> Iterator[Template]:
    yield from templates(site.task.args)
    yield from templates({key: value for key, value in site.task.keywords.items() if key != "listen"})
    if site.task.loop is not None:
        yield from templates(site.task.loop[1])


def in_role(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find the same in the variables of a role."""
    yield from _checked(templates([role.defaults, role.vars]), project)


def _checked(texts: Iterable[Template], project: Project) -> Iterator[Wart]:
    for text in texts:
        try:
            project.inspector.text(text)
        except TemplateError as error:
            yield wart_of(error, text.position.file if text.position else "")


def in_file(template: TemplateFacts, project: Project) -> Iterable[Wart]:
    """Find template files that cannot be compiled; only those that look like templates by their name or their first marks."""
    if template.path.endswith(".j2"):
        try:
            project.inspector.file(template.text, template.path, FileOptions())
        except TemplateError as error:
            # files may be rendered with marks of their own
            custom = "jinja2:" in template.text.splitlines()[0] if template.text else False
            if not custom:
                yield wart_of(error, template.path)


def names_in_task(site: Site, project: Project) -> Iterable[Wart]:
    """Find filters, tests and lookups of a task that do not exist."""
    for text in _of_task(site):
        yield from _unknown(_uses(project, text), text.position or site.position, project)
    for _word, value, at in conditions(site):
        if isinstance(value, str) and not isinstance(value, Template):
            try:
                yield from _unknown(project.inspector.expression(value), at, project)
            except TemplateError:
                continue
    if site.task.loop is not None and site.task.loop[0] != "loop":
        name = str(site.task.loop[0])
        near = project.inspector.unknown("lookup", name)
        if near is not None:
            at = site.task.loop[0].position if hasattr(site.task.loop[0], "position") else site.position
            yield _wart("lookup", name, at, near, f"with_{name}")


def names_in_role(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find the same in a role's variables."""
    for text in templates([role.defaults, role.vars]):
        if text.position is not None:
            yield from _unknown(_uses(project, text), text.position, project)


def names_in_file(template: TemplateFacts, project: Project) -> Iterable[Wart]:
    """Find the same in a template file."""
    if template.path.endswith(".j2"):
        try:
            uses = project.inspector.file(template.text, template.path, FileOptions())
        except TemplateError:
            return
        yield from _unknown(uses, Position(template.path, 1), project, in_file=True)


def _uses(project: Project, text: Template) -> Uses | None:
    try:
        return project.inspector.text(text)
    except TemplateError:
        return None


def _unknown(uses: Uses | None, at: Position, project: Project, *, in_file: bool = False) -> Iterator[Wart]:
    if uses is None:
        return
    for kind, found in (("filter", uses.filters), ("test", uses.tests), ("lookup", uses.lookups)):
        for name, line in dict.fromkeys(found):
            try:
                near = project.inspector.unknown(kind, name)
            except TemplateError as error:
                yield wart_of(error.at(at), at.file)  # type: ignore[arg-type]
                continue
            if near is not None:
                yield _wart(kind, name, Position(at.file, line) if in_file else at, near, name)


def _wart(kind: str, name: str, at: Position | None, near: list[str], found: str) -> Wart:
    return Wart(f"there is no {kind} named '{name}'", at, f"the name of a {kind}", found, tuple(near), INSTALL)


RULES = (
    Rule("template-syntax", "error", "task", "A template that cannot be compiled.", in_task),
    Rule("template-syntax", "error", "role", "The same in a role's variables.", in_role),
    Rule("template-syntax", "error", "template", "The same in a template file.", in_file),
    Rule("template-name", "error", "task", "A filter, test or lookup that does not exist.", names_in_task),
    Rule("template-name", "error", "role", "The same in a role's variables.", names_in_role),
    Rule("template-name", "error", "template", "The same in a template file.", names_in_file),
)
