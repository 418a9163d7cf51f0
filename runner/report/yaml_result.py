"""A result as YAML, for reading rather than for programs."""

import textwrap
from typing import Any

import yaml

from runner.report.result_style import Style

OMITTED = "<omitted>"
MARGIN = "    "


class Block(str):
    """A text that is written as a block, whatever the number of its lines."""


class Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper that writes texts of several lines as blocks, and what it does not know as text."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


def _block(dumper: yaml.SafeDumper, value: Block) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style="|")


Dumper.add_representer(str, _text)
Dumper.add_representer(Block, _block)
Dumper.add_multi_representer(object, lambda dumper, value: _text(dumper, str(value)))


def as_yaml(value: dict[str, Any], style: Style) -> str:
    """Return the YAML below an empty line end, with a margin. A pretty one is not exact: tabs and spaces at line ends go."""
    shown = readable(without_doubles(value)) if style.pretty else value
    text = yaml.dump(shown, Dumper=Dumper, indent=4 if style.pretty else 2, allow_unicode=True, default_flow_style=False)
    return "\n" + textwrap.indent(text.rstrip("\n"), MARGIN)


def without_doubles(value: dict[str, Any]) -> dict[str, Any]:
    """Return the result without the lines of what it also holds as one text."""
    doubles = [f"{name}_lines" for name in ("stdout", "stderr") if name in value]
    return {key: OMITTED if key in doubles else each for key, each in value.items()}


def readable(value: Any) -> Any:
    """Return a copy in which every text can stand as a block."""
    if isinstance(value, str) and "\n" in value:
        lines = value.expandtabs().split("\n")
        return Block("\n".join(line.rstrip() for line in lines).rstrip("\n"))
    if isinstance(value, dict):
        return {key: readable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(each) for each in value]
    return value
