"""Finds the programs a module cannot do without."""

import os
from typing import Any

from runner.target.decision import ModuleFailed
from runner.target.system import SBIN


def program(system: Any, name: str) -> str:
    """Return the path of a program; raises ModuleFailed that names the folders looked in when the host does not have it."""
    path = system.which(name)
    if path is None:
        folders = [each for each in system.environ.get("PATH", "").split(os.pathsep) if each]
        folders += [each for each in SBIN if each not in folders]
        raise ModuleFailed('Failed to find required executable "%s" in paths: %s' % (name, os.pathsep.join(folders)))
    return str(path)
