"""The classic display with results in other forms: `yaml` (as community.general's) and `debug` (as ansible.posix's)."""

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from runner.report.console import Console
from runner.report.result import dump, shown_parts
from runner.report.yaml_result import Dumper, readable, without_doubles

SECTIONS = ("stdout", "stderr", "msg", "module_stdout", "module_stderr")
WIDTH = 1000


class Yaml(Console):
    """`changed=true` beside the host, the rest of the result below it as YAML."""

    def dumped(self, result: Mapping[str, Any], action: str) -> str:
        """Return a result as text."""
        shown = shown_parts(result, self.settings.verbosity)
        head = "".join(f"{key}={str(shown.pop(key)).lower()} " for key in ("changed", "skipped") if key in shown)
        if not shown:
            return head
        written = readable(without_doubles(shown))
        text = yaml.dump(written, Dumper=Dumper, indent=2, width=WIDTH, allow_unicode=True, default_flow_style=False)
        return head + "\n" + textwrap.indent(text, "  ").rstrip()


class Debug(Console):
    """The result without its texts, and each of these in a section of its own, with its line ends."""

    def dumped(self, result: Mapping[str, Any], action: str) -> str:
        """Return a result as text."""
        apart = {*SECTIONS, "stdout_lines", "stderr_lines"}
        rest = {key: value for key, value in result.items() if key not in apart}
        rest["_ansible_verbose_always"] = True
        text = dump(rest, action, self.settings.style)
        return text + "".join(f"\n\n{name.upper()}:\n\n{result[name]}\n" for name in SECTIONS if result.get(name))
