"""Template files: their own options, includes along a search path, and errors at their own lines."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from runner.errors import RunnerError, TemplateError, nearest_names
from runner.position import Position
from runner.record import dataclass, replace
from runner.template.context import CompiledTemplate, Context, Scope
from runner.template.environment import Environment, escaped
from runner.template.explain import explain_file
from runner.template.plain import join
from runner.template.rendering import Rendering
from runner.template.settings import FileOptions

HEADER = "#jinja2:"
FLAGS = frozenset({"trim_blocks", "lstrip_blocks", "keep_trailing_newline"})
MARKS = [f"{kind}_{end}_string" for kind in ("block", "variable", "comment") for end in ("start", "end")]
WORDS = frozenset([*MARKS, "newline_sequence", "line_statement_prefix", "line_comment_prefix"])


@dataclass(frozen=True, slots=True)
class Source:
    """A template file. names: variables of this file only."""

    text: str
    path: str
    options: FileOptions
    names: Mapping[str, Any]


def environment_for(options: FileOptions, base: Environment, extensions: tuple[str, ...]) -> Environment:
    """Return an environment with a file's options and the filters, tests and functions of another one."""
    made = Environment(
        extensions,
        trim_blocks=options.trim_blocks,
        lstrip_blocks=options.lstrip_blocks,
        block_start_string=options.block_start_string,
        block_end_string=options.block_end_string,
        variable_start_string=options.variable_start_string,
        variable_end_string=options.variable_end_string,
        comment_start_string=options.comment_start_string,
        comment_end_string=options.comment_end_string,
        newline_sequence=options.newline_sequence,
        line_statement_prefix=options.line_statement_prefix,
        line_comment_prefix=options.line_comment_prefix,
        loader=FileSystemLoader(list(options.search_path)),
    )
    made.filters, made.tests, made.globals = base.filters, base.tests, base.globals
    return made


def render(
    source: Source,
    rendering: Rendering,
    environment_of: Callable[[FileOptions], Environment],
    known: Mapping[str, Iterable[str]],
) -> str:
    """Return a template file's text rendered. Raises TemplateError with the line in the file and the includes that led there."""
    body, options = with_header(source, rendering.room.hooks.warn)
    folder = str(Path(source.path).parent)
    if folder not in options.search_path:
        options = replace(options, search_path=(folder, *options.search_path))
    environment = environment_of(options)
    try:
        template = compiled(environment, body, source.path)
        scope = Scope(rendering, source.names)
        context = Context(environment, scope, template.name, template.blocks, private=template.mutates)
        result = join(template.root_render_func(context))
    except Exception as error:
        raise told(error, body, source.path, rendering, known) from error
    return ended(result, body, options)


def told(error: Exception, body: str, path: str, rendering: Rendering, known: Mapping[str, Iterable[str]]) -> RunnerError:
    """Return the user's error for anything raised in a template file."""
    return explain_file(error, body, path, rendering, known)


def compiled(environment: Environment, body: str, path: str) -> CompiledTemplate:
    """Return a template file compiled, from the environment's own cache when its text was seen before."""
    key = (path, body)
    found = environment.main_templates.get(key)
    if found is None:
        tree = environment.parse(escaped(environment, body), Path(path).name, path)
        found = environment.made(tree, Path(path).name, path)
        if len(environment.main_templates) > 1000:
            environment.main_templates.clear()
        environment.main_templates[key] = found
    return found


def ended(result: str, body: str, options: FileOptions) -> str:
    """Return the text with the newlines at its end that the file has, as the option says; Jinja2 drops one."""
    if options.keep_trailing_newline:
        wanted = len(body) - len(body.rstrip("\n"))
        lacking = wanted - (len(result) - len(result.rstrip("\n")))
        if lacking > 0:
            result += options.newline_sequence * lacking
    return result


def with_header(source: Source, warn: Callable[[str, Position | None], None]) -> tuple[str, FileOptions]:
    """Return the text below a `#jinja2: key:value, ...` first line, kept at its line, and the options it changes.

    A key that is no option is told to `warn` and left out. Raises TemplateError for what is no `key:value`.
    """
    if not source.text.startswith(HEADER):
        return source.text, source.options
    line, _, rest = source.text.partition("\n")
    changes: dict[str, Any] = {}
    for pair in line[len(HEADER) :].split(","):
        if pair.strip():
            key, value = header_pair(pair, source.path)
            if key in FLAGS | WORDS:
                changes[key] = value
            else:
                near = nearest_names(key, FLAGS | WORDS)
                hint = f"; perhaps you mean {near[0]}" if near else ""
                warn(f"Could not find Jinja2 environment setting to override: '{key}'{hint}", Position(source.path, 1))
    options = replace(source.options, **changes)
    return rest, options


def header_pair(pair: str, path: str) -> tuple[str, Any]:
    """Return one `key:value` of the header. Raises TemplateError when it has no colon."""
    key, colon, value = pair.partition(":")
    key = key.strip()
    if not colon:
        raise TemplateError(
            f"failed to parse jinja2 override '{pair.strip()}'. Did you use something different from colon as key-value separator?",
            position=Position(path, 1),
            expected="key:value with one of " + ", ".join(sorted(FLAGS | WORDS)),
            found=pair.strip(),
        )
    value = value.strip()
    if key in FLAGS:
        return key, value.lower() in {"true", "yes", "on", "1"}
    return key, re.sub(r"^(['\"])(.*)\1$", r"\2", value).replace("\\n", "\n").replace("\\r", "\r")
