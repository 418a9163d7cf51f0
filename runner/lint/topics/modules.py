"""Modules that do not exist, and arguments that they do not take."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runner import find
from runner.errors import ArgumentError, RunnerError, nearest_names
from runner.foreign.places import Near
from runner.lint.facts import Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.sources import wart_of
from runner.lint.texts import static, templates
from runner.model.text import Template
from runner.plan.arguments import Schema, prepare
from runner.plan.inherit import many
from runner.position import position_of

# What a template stands for until the run: any value.
SOME = "1"
NEEDS = ("required", "required_one_of", "required_if", "required_together", "required_by")
TOGETHER = ("mutually_exclusive", "required_together", "required_by")


def near_of(site: Site, others: Iterable[str] = ()) -> Near:
    """Return the surroundings in which a task's module is looked for. others: folders of roles that may run in the same play."""
    words = [str(each) for keywords in site.around for each in many(keywords.get("collections"))]
    roles = [role.path for role in (site.role,) if role is not None]
    words += [str(each) for each in many(site.role.meta.get("collections"))] if site.role is not None else []
    parts = Path(site.role.path).resolve().parts if site.role is not None else ()
    if "ansible_collections" in parts:
        at = len(parts) - 1 - parts[::-1].index("ansible_collections")
        words += [".".join(parts[at + 1 : at + 3])]
    return Near(site.place.playbook_dir, tuple(dict.fromkeys((*roles, *others))), tuple(words))


def unknown(site: Site, project: Project) -> Iterable[Wart]:
    """Find the name of a module that is neither ours nor installed."""
    name = str(site.task.action)
    if isinstance(site.task.action, Template) or find.action(name) is not None:
        return
    try:
        # a role's library/ is there for all of its play, and which roles meet in a play is not known here
        if project.foreign.module(name, near_of(site, (role.path for role in project.roles.values()))) is not None:
            return
    except RunnerError as error:
        yield wart_of(error.at(site.task.action.position or site.position), site.position.file)  # type: ignore[arg-type]
        return
    collection = ".".join(name.split(".")[:2]) if name.count(".") >= 2 else ""
    yield Wart(
        f"there is no module '{name}'",
        site.task.action.position or site.position,
        expected="a module of muster, of the project's library, or of an installed collection",
        found=name,
        nearest=tuple(nearest_names(find.short_name(name), find.names())),
        remedy=f"correct the name, or install it: `ansible-galaxy collection install {collection}`" if collection else "correct the name",
    )


def options(site: Site, project: Project) -> Iterable[Wart]:
    """Find arguments that a module of ours does not take, lacks, or cannot use."""
    schema = _schema(site)
    args = site.task.args
    if schema is None or not isinstance(args, dict):
        return
    given = {key: value for key, value in args.items() if key not in ("_extra_params", "_variable_params")}
    if any(isinstance(key, Template) for key in given):
        return
    partly = len(given) < len(args) or site.keyword("module_defaults") is not None
    found, allowed = _without_templates(given, schema, partly)
    try:
        prepare(find.short_name(str(site.task.action)), allowed, found, position_of(args) or site.position)
    except ArgumentError as error:
        yield wart_of(error.at(site.position), site.position.file)  # type: ignore[arg-type]


def _schema(site: Site) -> Schema | None:
    found = find.action(str(site.task.action)) if not isinstance(site.task.action, Template) else None
    if found is None or found.kind not in ("module", "action"):
        return None
    loaded = find.load_action(found.name) if found.kind == "action" else find.load_module(found.name)
    schema: Schema | None = getattr(loaded, "ARGUMENTS", None)
    return schema


def _without_templates(given: Mapping[str, Any], schema: Schema, partly: bool) -> tuple[dict[str, Any], Schema]:
    """Return the arguments with any value in place of templates, and the schema that takes them."""
    properties = dict(schema["properties"])
    aliases = {alias: key for key, each in properties.items() for alias in each.get("aliases", ())}
    found: dict[str, Any] = {}
    omitted = False
    for key, value in given.items():
        if static(value):
            found[key] = value
            continue
        omitted = omitted or any("omit" in text for text in templates(value))
        found[key] = SOME
        real = schema.get("free_form", key) if key == "_raw_params" else aliases.get(str(key), key)
        if real in properties:
            properties[real] = {"format": "raw", "aliases": properties[real].get("aliases", ())}
    dropped = (*(NEEDS if partly else ()), *(TOGETHER if omitted else ()))
    return found, {**{key: value for key, value in schema.items() if key not in dropped}, "properties": properties}


RULES = (
    Rule("module-unknown", "error", "task", "A module that is neither muster's nor installed.", unknown),
    Rule("module-options", "error", "task", "An argument that the module does not take, lacks, or cannot use.", options),
)
