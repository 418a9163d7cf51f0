"""Rendering that the engine needs beyond the plain one: names that may stay unrendered, loop items, arguments without `omit`."""

from collections.abc import Mapping
from typing import Any

from runner.errors import TemplateError
from runner.model.text import Template, Text, is_unsafe
from runner.model.variables import Variables
from runner.position import position_of
from runner.template.omit import OMIT
from runner.template.templar import Templar


def loosely(templar: Templar, value: Any, variables: Variables) -> Any:
    """Return a name or tag rendered; text that cannot be rendered (yet) is returned as written."""
    if not isinstance(value, Template):
        return value
    try:
        return templar.render(value, variables)
    except TemplateError:
        return str(value)


def kind_of_files(action: str) -> str:
    """Return the folder in which lookups of a task look for files: templates, vars or files, by the words in its action's name."""
    return next((folder for word, folder in (("template", "templates"), ("var", "vars")) if word in action), "files")


def loop_items(templar: Templar, name: str, value: Any, variables: Variables, action: str = "") -> Any:
    """Return the items of a loop. name: `loop`, or the lookup of `with_<lookup>`. action: the task's, which says where files are."""
    if name.split(".")[-1] == "first_found" and isinstance(value, list):
        # A term that is undefined is passed over, so the lookup renders them one by one.
        return templar.lookup(name, list(value), variables, position=position_of(value, name), kind=kind_of_files(action))
    rendered = templar.render(value, variables)
    if name == "loop":
        return rendered
    terms = rendered if isinstance(rendered, (list, tuple)) else [rendered]
    if isinstance(rendered, Mapping) and name.split(".")[-1] != "dict":
        short = name.split(".")[-1]
        if short in ("list", "indexed_items"):
            raise TemplateError(f"with_{short} expects a list", position=position_of(value, name), found="a mapping", remedy="give a list")
        terms = list(rendered)
    return templar.lookup(name, list(terms), variables, position=position_of(value, name), kind=kind_of_files(action))


def still_templates(templar: Templar, raw: Any, made: Any) -> Any:
    """Return a rendered value in which a text that is a template is one, where it was made of nothing but what the user wrote.

    So `{{ '{{' }} name }}` and `{% raw %}` in set_fact give a template that is rendered where the variable is used, as Ansible has it.
    """
    if isinstance(raw, Template):
        again = isinstance(made, str) and not isinstance(made, Text) and is_unsafe(Text(made)) and templar.is_constant(raw)
        return Template(made, raw.position) if again else made
    if isinstance(raw, dict) and isinstance(made, dict):
        return {key: still_templates(templar, raw[key], each) if key in raw else each for key, each in made.items()}
    if isinstance(raw, list) and isinstance(made, list) and len(raw) == len(made):
        return [still_templates(templar, each, new) for each, new in zip(raw, made)]
    return made


def without_omitted(value: Any) -> Any:
    """Return nested arguments without every entry whose value is the `omit` placeholder."""
    if isinstance(value, dict):
        return {key: without_omitted(each) for key, each in value.items() if each is not OMIT and each != OMIT}
    if isinstance(value, list):
        return [without_omitted(each) for each in value if each is not OMIT and each != OMIT]
    return value
