"""`muster play --strict`: what lint warns of in the playbooks is an error before anything runs."""

import argparse
from pathlib import Path

from runner.cli.assemble import Kit
from runner.cli.lint import linted, shown
from runner.lint.run import Choice


def warts(args: argparse.Namespace, kit: Kit) -> str:
    """Return what lint finds in the playbooks and the roles they use, "" for nothing; variables that the inventory sets are known."""
    near = [str(Path(path).parent) for path in (*args.playbooks, *(each.path for each in kit.inventory.sources))]
    variables = [f"{folder}/{name}" for folder in dict.fromkeys(near) for name in ("group_vars", "host_vars")]
    paths = [*args.playbooks, *(each for each in variables if Path(each).is_dir())]
    found = linted(paths, Choice(level="warning", strict=True), args, kit.settings, kit.secrets, known=inventory_names(kit))
    return shown(found, "text") if found else ""


def inventory_names(kit: Kit) -> set[str]:
    """Return the names of the variables that the inventory and -e set."""
    found = {str(name) for host in kit.inventory.hosts.values() for name in host.vars}
    found |= {str(name) for group in kit.inventory.groups.values() for name in group.vars}
    return found | {str(name) for name in kit.extra_vars}
