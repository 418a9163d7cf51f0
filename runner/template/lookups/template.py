"""The lookup template: template files rendered."""

from pathlib import Path
from typing import Any

from runner.template.file_names import DEFAULT, names_of_template
from runner.template.kept import KeptData
from runner.template.lookup import LookupContext, LookupFailed
from runner.template.plain import literal, looks_literal, native_literal
from runner.template.settings import FileOptions


def run(
    terms: list[Any],
    context: LookupContext,
    convert_data: bool = True,
    template_vars: dict[str, Any] | None = None,
    jinja2_native: bool = False,
    variable_start_string: str = "{{",
    variable_end_string: str = "}}",
    comment_start_string: str = "{#",
    comment_end_string: str = "#}",
    trim_blocks: bool = True,
    lstrip_blocks: bool = False,
) -> list[Any]:
    """Return the text of each template file rendered; text that looks like a list or mapping becomes one unless told.

    jinja2_native: with that setting on, let text that is a literal become its value here too; it stays text otherwise.
    """
    result = []
    for term in terms:
        path = _found(str(term), context)
        options = FileOptions(
            trim_blocks=trim_blocks,
            lstrip_blocks=lstrip_blocks,
            variable_start_string=variable_start_string,
            variable_end_string=variable_end_string,
            comment_start_string=comment_start_string,
            comment_end_string=comment_end_string,
            search_path=tuple(str(each) for each in context.places("templates", "")),
        )
        text = context.read(path).decode("utf-8")
        names = {**names_of_template(path, str(term), _managed(context)), **(template_vars or {})}
        made = context.rendering.room.run_file(text, str(path), context.rendering, options, names)
        if context.rendering.room.settings.native:
            result.append(native_literal(made) if jinja2_native else KeptData(made))
        else:
            result.append((literal(made) if looks_literal(made) else made) if convert_data else KeptData(made))
    return result


def _found(name: str, context: LookupContext) -> Path:
    path = context.find_file("templates", name)
    if path is None:
        places = ", ".join(map(str, context.places("templates", name)))
        raise LookupFailed(f"the template file {name} could not be found for the lookup; looked at {places}")
    return path


def _managed(context: LookupContext) -> str:
    try:
        return str(context.hooks.setting("ansible_managed", {}))
    except KeyError:
        return DEFAULT
