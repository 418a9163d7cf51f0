"""Runs a module against real files, as the agent would, for tests of modules that are about files."""

import io
from importlib import import_module
from typing import Any

from runner.target.perform import perform
from runner.target.system import Blob, System


def play(name: str, /, *, check: bool = False, diff: bool = False, blob: bytes | None = None, **args: Any) -> dict[str, Any]:
    """Run a module by name on this machine's file system and return its result. blob: content sent along."""
    module = import_module(f"runner.target.modules.{name}")
    content = None if blob is None else Blob(io.BytesIO(blob), len(blob))
    result = perform(module, dict(args), System(check=check, diff=diff, blob=content))
    assert "exception" not in result or "bug in the module" not in str(result.get("msg")), result
    return result


def twice(name: str, /, **args: Any) -> dict[str, Any]:
    """Run a module that must change something, then again: the second run must change nothing. Returns the first result."""
    first = play(name, **args)
    assert first["changed"] is True, first
    again = play(name, **args)
    assert again["changed"] is False, again
    return first
