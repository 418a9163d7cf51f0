"""Packs the agent and modules for the wire: source text with all it imports of ours."""

import re
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from runner.errors import RunnerError
from runner.model.request import Request
from runner.target import wire

_TARGET = Path(__file__).parent.parent / "target"
PACKAGE = "runner.target"
# Where the agent starts from: `memory` is run by the loader, `agent` is imported by it.
ROOTS = (f"{PACKAGE}.memory", f"{PACKAGE}.agent")
_FROM = re.compile(r"^[ \t]*from (runner\.target[\w.]*) import (\([^)]*\)|.*)$", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import (runner\.target[\w.]*)", re.MULTILINE)
_FINISH = re.compile(r'^INTERRUPT = "finish"$', re.MULTILINE)


def _path(name: str) -> Path:
    return _TARGET.joinpath(*name.split(".")[2:]).with_suffix(".py")


def exists(module: str) -> bool:
    """Tell whether there is a target module of that short name."""
    return _path(f"{PACKAGE}.modules.{module}").is_file()


@cache
def _source(name: str) -> str:
    return _path(name).read_text(encoding="utf-8")


@cache
def _imports(name: str) -> frozenset[str]:
    """Return the names of our files that a file imports.

    By pattern, not by parsing, which takes five times as long; a test compares the two for every file.
    """
    found: set[str] = set()
    source = _source(name)
    for module, names in _FROM.findall(source):
        found.add(module)
        found.update(f"{module}.{each.split()[0]}" for each in names.strip("()").split(",") if each.strip())
    found.update(each for names in _IMPORT.findall(source) for each in names.split())
    return frozenset(each for each in found if each.startswith(PACKAGE + ".") and _path(each).is_file())


@cache
def closure(roots: tuple[str, ...]) -> frozenset[str]:
    """Return the full names of `roots` and of all our files they need."""
    found: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(_imports(name))
    return frozenset(found)


def module_files(module: str) -> frozenset[str]:
    """Return the full names of the files a module needs, itself included. module: its short name."""
    return closure((f"{PACKAGE}.modules.{module}",))


@cache
def must_finish(module: str) -> bool:
    """Tell whether a module says `INTERRUPT = "finish"`: it is never stopped halfway."""
    return _FINISH.search(_source(f"{PACKAGE}.modules.{module}")) is not None


def request_files(request: Request) -> frozenset[str]:
    """Return the full names of the files a request needs; `async_start` also needs those of the module it starts."""
    if request.module == "async_start":
        return module_files(request.module) | module_files(request.args["module"])
    return module_files(request.module)


@cache
def packed_agent(*more: str) -> bytes:
    """Return the agent as its loader reads it: eight hexadecimal digits (the length), then compressed JSON name -> source.

    more: names of further files of ours.
    """
    packed = zlib.compress(wire.text_of({name: _source(name) for name in sorted(closure((*ROOTS, *more)))}), 9)
    return b"%08x" % len(packed) + packed


@cache
def packed_code(names: frozenset[str]) -> bytes:
    """Return the CODE frame that brings these files to an agent."""
    return wire.frame(wire.CODE, 0, wire.text_of({name: _source(name) for name in sorted(names)}))


def framed(request: Request, number: int, known: frozenset[str] | set[str], after: int | None = None) -> tuple[bytes, frozenset[str]]:
    """Return the frames that ask an agent for something, the code it does not know yet in front, and the names of that code.

    number: of the request. known: the files the agent has. after: the number of a request; if that one failed, this one is not run.
    """
    body = request_body(request)
    if after is not None:
        body["skip_if_failed"] = after
    whole = wire.frame(wire.REQUEST, number, wire.text_of(body))
    needed = request_files(request) - known
    kept = request.code.keys() - known
    if kept:
        whole = wire.frame(wire.CODE, 0, wire.text_of({name: request.code[name] for name in kept})) + whole
    return packed_code(needed) + whole if needed else whole, needed | kept


def files_of(first: Request | None) -> frozenset[str]:
    """Return the names of the code that a first request brings."""
    return request_files(first) | first.code.keys() if first else frozenset()


def framed_first(request: Request | None) -> bytes:
    """Return the frames of the first request to an agent that is about to be started, empty where it is not to go with it."""
    if request is None or request.stream or request.blob is not None:
        return b""
    try:
        return framed(request, 1, agent_files())[0]
    except RunnerError:
        # told when it is called
        return b""


def agent_files() -> frozenset[str]:
    """Return the full names of the files every agent starts with."""
    return closure(ROOTS)


def request_body(request: Request) -> dict[str, Any]:
    """Return what the agent needs of a request, leaving out what is as usual."""
    body: dict[str, Any] = {"module": request.module, "args": request.args}
    for name in ("check", "diff", "no_log", "stream", "deadline"):
        value = getattr(request, name)
        if value:
            body[name] = value
    if request.environment:
        body["environment"] = dict(request.environment)
    if request.blob is not None:
        body["blob"] = True
    return body
