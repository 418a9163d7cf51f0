"""Ensures that a file of the host has the content of a Jinja2 template of the control machine."""

import os
from pathlib import Path
from typing import Any

from runner.errors import TaskError
from runner.execute.content import Content, put_file
from runner.execute.context import TaskContext
from runner.position import position_of
from runner.target.modules import copy as module
from runner.template.file_names import names_of_template
from runner.template.settings import FileOptions

COPIED = ("dest", "force", "follow", "backup", "validate", "mode", "owner", "group", "attributes", "unsafe_writes")
SELINUX = ("seuser", "serole", "setype", "selevel")
NEWLINES = {"\\n": "\n", "\\r": "\r", "\\r\\n": "\r\n"}
ARGUMENTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        **{name: module.ARGUMENTS["properties"][name] for name in (*COPIED, *SELINUX)},
        "src": {"type": "string", "description": "The template, found in templates/ of the role or beside the playbook."},
        "newline_sequence": {
            "type": "string",
            "enum": [*NEWLINES, *NEWLINES.values()],
            "default": "\\n",
            "description": "How lines end.",
        },
        "block_start_string": {"type": "string", "default": "{%", "description": "Marks the begin of a block."},
        "block_end_string": {"type": "string", "default": "%}", "description": "Marks the end of a block."},
        "variable_start_string": {"type": "string", "default": "{{", "description": "Marks the begin of an expression."},
        "variable_end_string": {"type": "string", "default": "}}", "description": "Marks the end of an expression."},
        "comment_start_string": {"type": "string", "default": "{#", "description": "Marks the begin of a comment."},
        "comment_end_string": {"type": "string", "default": "#}", "description": "Marks the end of a comment."},
        "trim_blocks": {"type": "boolean", "default": True, "description": "Drop the newline after a block."},
        "lstrip_blocks": {"type": "boolean", "default": False, "description": "Drop spaces before a block."},
        "output_encoding": {"type": "string", "default": "utf-8", "description": "Character encoding of the file."},
    },
    "required": ["src", "dest"],
}
RETURNS = module.RETURNS
EXAMPLES = """
- name: Keepalived of this host
  template:
    src: keepalived.conf.j2
    dest: /etc/keepalived/keepalived.conf
    mode: '0640'
    validate: keepalived --config-test --use-file=%s
  notify: reload keepalived
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the result of the copy of the rendered text. Raises TemplateError, TaskError."""
    path = task.find_file("templates", str(args["src"])).absolute()
    text = _text(task, path)
    names = names_of_template(path, str(args["src"]), task.play.run.options.managed, args["dest"])
    rendered = task.templar.render_file(text, str(path), task.variables.over(names), _options(args, task, path))
    try:
        data = str(rendered).encode(args["output_encoding"] or "utf-8", "surrogateescape")
    except (LookupError, UnicodeError) as error:
        raise TaskError(
            f"the rendered template cannot be written with output_encoding {args['output_encoding']}: {error}",
            position=position_of(args["output_encoding"]) or task.plan.position,
            remedy="choose another encoding, utf-8 for instance",
        ) from None
    mode = path.stat().st_mode & 0o7777
    copied = {key: args[key] for key in (*COPIED, *SELINUX)}
    return await put_file(task, Content(data, path.name, str(path), mode), copied)


def _text(task: TaskContext, path: Path) -> str:
    if path.is_dir():
        raise TaskError(f"the template {path} is a directory", position=task.plan.position, remedy="name a file in src")
    try:
        return task.read_source(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(
            f"the template {path} is not UTF-8 text: {error.reason} at byte {error.start}",
            position=task.plan.position,
            remedy="save it as UTF-8, or copy it with the copy module",
        ) from None


def _options(args: dict[str, Any], task: TaskContext, path: Path) -> FileOptions:
    places = [str(path.parent)]
    for folder in task.search_path():
        places += [os.path.join(folder, "templates"), folder]
    return FileOptions(
        trim_blocks=args["trim_blocks"],
        lstrip_blocks=args["lstrip_blocks"],
        block_start_string=args["block_start_string"],
        block_end_string=args["block_end_string"],
        variable_start_string=args["variable_start_string"],
        variable_end_string=args["variable_end_string"],
        comment_start_string=args["comment_start_string"],
        comment_end_string=args["comment_end_string"],
        newline_sequence=NEWLINES.get(args["newline_sequence"], args["newline_sequence"]),
        search_path=tuple(dict.fromkeys(places)),
    )
