"""Values of the user's files -> YAML text, `!vault` included."""

from typing import Any

import yaml

from runner.model.text import Encrypted, Map, Seq, Template, Text, Unsafe


class Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper that knows our text and containers."""


def _vault(dumper: yaml.SafeDumper, value: Encrypted) -> yaml.Node:
    return dumper.represent_scalar("!vault", str(value), style="|")


Dumper.add_representer(Encrypted, _vault)
Dumper.add_representer(Text, lambda dumper, value: dumper.represent_str(str(value)))
Dumper.add_representer(Unsafe, lambda dumper, value: dumper.represent_str(str(value)))
Dumper.add_representer(Template, lambda dumper, value: dumper.represent_str(str(value)))
Dumper.add_representer(Map, lambda dumper, value: dumper.represent_dict(value))
Dumper.add_representer(Seq, lambda dumper, value: dumper.represent_list(value))


def dump_yaml(value: Any) -> str:
    """Return the YAML text of a value, keys sorted."""
    return str(yaml.dump(value, Dumper=Dumper, default_flow_style=False, allow_unicode=True))
