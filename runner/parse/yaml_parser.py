"""The parser of YAML events: libyaml's where PyYAML was built with it, else PyYAML's own."""

from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner


class PlainParser(Reader, Scanner, Parser):
    """PyYAML's own parser, about eight times slower."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def event_parser(text: str) -> Any:
    """Return a parser whose `get_event` gives the next event of `text`; `dispose` frees it."""
    return yaml.cyaml.CParser(text) if yaml.__with_libyaml__ else PlainParser(text)  # type: ignore[attr-defined]
