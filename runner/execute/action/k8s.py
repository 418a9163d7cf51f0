"""Ensures objects of a Kubernetes cluster; definitions, files and templates of the control machine are read here, so hosts need no YAML."""

import base64
from typing import Any

from runner.errors import TaskError
from runner.execute.context import TaskContext
from runner.position import position_of
from runner.target.modules import k8s as module
from runner.template.filters.data import from_yaml_all
from runner.template.settings import FileOptions

ARGUMENTS = module.ARGUMENTS
RETURNS = module.RETURNS
EXAMPLES = module.EXAMPLES
_OPTIONS = ("newline_sequence", "block_start_string", "block_end_string", "variable_start_string", "variable_end_string", "trim_blocks",
            "lstrip_blocks")  # fmt: skip


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the result of the module with every definition as mappings. Raises TaskError, TemplateError."""
    return await task.call("k8s", await with_definitions(args, task))


async def with_definitions(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the arguments with src, template and text of a definition read into `resource_definition`."""
    full = dict(args)
    if full.get("template"):
        full["resource_definition"] = [each for given in _listed(full["template"]) for each in _template(given, task)]
    elif full.get("src"):
        full["resource_definition"] = documents(await _source(str(full["src"]), task), full["src"], task)
    elif full.get("resource_definition"):
        given = full["resource_definition"]
        rows = given if isinstance(given, list) else [given]
        full["resource_definition"] = [each for row in rows for each in (documents(row, row, task) if isinstance(row, str) else [row])]
    full.update({name: None for name in ("template", "src") if name in full})
    return full


def documents(text: str, at: Any, task: TaskContext) -> list[Any]:
    """Return the YAML documents of a text that are not empty. Raises TaskError."""
    try:
        return [each for each in from_yaml_all(text) if each]
    except Exception as error:
        raise TaskError(
            f"the definition is not YAML: {error}", position=position_of(at) or task.plan.position, remedy="correct it at that line"
        ) from None


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list) else [given]


def _template(given: Any, task: TaskContext) -> list[Any]:
    options = dict(given) if isinstance(given, dict) else {"path": given}
    if not options.get("path"):
        raise TaskError("template needs path", position=task.plan.position, remedy="write template: {path: file.yml.j2}")
    path = task.find_file("templates", str(options["path"])).absolute()
    chosen = {name: options[name] for name in _OPTIONS if options.get(name) is not None}
    text = task.read_source(path).decode("utf-8")
    rendered = task.templar.render_file(text, str(path), task.variables, FileOptions(search_path=(str(path.parent),), **chosen))
    return documents(str(rendered), options["path"], task)


async def _source(name: str, task: TaskContext) -> str:
    try:
        return task.read_source(task.find_file("files", name)).decode("utf-8")
    except TaskError as here:
        found = await task.call("slurp", {"src": name})
        if found.get("failed"):
            raise here from None
        return base64.b64decode(found["content"]).decode("utf-8")
