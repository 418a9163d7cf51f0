"""Begins one foreign Python module in its fresh process: imports come from memory, arguments wait where AnsibleModule looks."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import marshal
import os
import runpy
import sys
import zipfile
from typing import Any

UNHANDLED = '{"msg": "New-style module did not handle its own exit", "failed": true}'


def shown_path(dotted, is_package):
    """Return the path that stands for a file in messages, which does not exist."""
    return "<muster>/%s%s.py" % (dotted.replace(".", "/"), "/__init__" if is_package else "")


class FromMemory(importlib.abc.InspectLoader, importlib.abc.MetaPathFinder):
    """Imports what was sent. files: full name -> (whether it is a package, marshalled code, source bytes). main: what runs."""

    def __init__(self, files, main):
        self.files = files
        self.main = main

    def find_spec(self, name, path=None, target=None):
        """Return how to import a name (importlib's protocol), None for what is not here."""
        if name not in self.files:
            return None
        package = self.files[name][0]
        spec = importlib.machinery.ModuleSpec(name, self, origin=shown_path(name, package), is_package=package)
        spec.has_location = True
        return spec

    def is_package(self, fullname):
        """Tell whether the name is a package."""
        return self.files[fullname][0]

    def get_source(self, fullname):
        """Return the source text, which tracebacks show; they call what runs `__main__`."""
        return importlib.util.decode_source(self.files[self.main if fullname == "__main__" else fullname][2])

    def get_code(self, fullname):
        """Return the compiled code."""
        return marshal.loads(self.files[fullname][1])


def zipped(files, folder):
    """Write the files as a zip into a private folder and return its path: for a module that starts itself under another Python."""
    path = os.path.join(folder, "modlib.zip")
    if not os.path.exists(path):
        with zipfile.ZipFile(path, "w") as archive:
            for name, (package, _code, source) in files.items():
                archive.writestr(name.replace(".", "/") + ("/__init__.py" if package else ".py"), source)
    return path


def start(files, module, args, folder):
    """Run a module as `__main__`, as Ansible would. args: JSON bytes with ANSIBLE_MODULE_ARGS. folder: private, for a zip."""
    sys.meta_path.insert(0, FromMemory(files, module))
    basic: Any = importlib.import_module("ansible.module_utils.basic")
    basic._ANSIBLE_ARGS = args
    if hasattr(basic, "_ANSIBLE_PROFILE"):
        basic._ANSIBLE_PROFILE = "legacy"
    names = {"_module_fqn": module}

    def later(name):
        if name == "_modlib_path":
            return zipped(files, folder)
        raise AttributeError(name)

    if sys.version_info >= (3, 7):
        names["__getattr__"] = later
    else:
        names["_modlib_path"] = zipped(files, folder)
    sys.argv = [shown_path(module, False)]
    runpy.run_module(module, init_globals=names, run_name="__main__", alter_sys=True)
    sys.stdout.write("\n%s\n" % UNHANDLED)


if __name__ == "muster_start":
    start(globals()["files"], globals()["module"], globals()["args"], globals()["folder"])
