"""Imports our modules from memory on the host, so that nothing is written to its disk."""

import importlib
import importlib.machinery
import os
import sys
from typing import Any


class Memory:
    """Finds and loads modules whose source came over the wire. sources: full module name -> source text.

    A finder and a loader by what it does: their base classes in importlib.abc bring modules along that no agent needs.
    """

    def __init__(self, sources):
        self.sources = {}
        self.packages = set()
        self.add(sources)

    def add(self, sources):
        """Take further sources."""
        self.sources.update(sources)
        for name in sources:
            parts = name.split(".")
            self.packages.update(".".join(parts[:count]) for count in range(1, len(parts)))

    def find_spec(self, name, path=None, target=None):
        """Return how to import `name` (importlib's protocol), or None when it is not ours."""
        if name in self.packages or name in self.sources:
            loader: Any = self
            return importlib.machinery.ModuleSpec(name, loader, origin=self._origin(name), is_package=self.is_package(name))
        return None

    def is_package(self, name):
        """Tell whether the name is a package."""
        return name in self.packages

    def get_source(self, name):
        """Return the source text, which tracebacks show."""
        return self.sources.get(name, "")

    def create_module(self, spec):
        """Have importlib make the module."""

    def exec_module(self, module):
        """Run the module's source."""
        name = module.__name__
        module.__file__ = self._origin(name)
        exec(compile(self.get_source(name), module.__file__, "exec", dont_inherit=True), module.__dict__)

    def _origin(self, name):
        return "<muster>/%s.py" % name.replace(".", "/")


def start(sources, token, locale):
    """Install the importer, give the environment back its locale and run the agent until it ends; never returns.

    sources: of the agent; with those of `runner.target.nursery` it is what agents are forked from. token: what precedes the
    first frame on standard output. locale: LC_ALL before we were started, "unset" for none.
    """
    memory = Memory(sources)
    sys.meta_path.insert(0, memory)
    sys.dont_write_bytecode = True
    # Only our own Python was to be started under a UTF-8 locale; what it starts gets the locale of the login.
    if locale == "unset":
        os.environ.pop("LC_ALL", None)
    else:
        os.environ["LC_ALL"] = locale
    if "runner.target.nursery" in sources:
        importlib.import_module("runner.target.nursery").serve(memory, token)
    importlib.import_module("runner.target.agent").main(memory, token)
