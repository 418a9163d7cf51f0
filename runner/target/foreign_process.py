"""Starts a foreign module in a process of its own: code and arguments are handed over in memory, never as words or files."""

import base64
import functools
import importlib.util
import json
import marshal
import os
import shlex
import sys
import zlib
from typing import Any

from runner.target import foreign_start
from runner.target.decision import ModuleFailed
from runner.target.processes import Ran

# Where code that was sent is kept in the agent's memory, one name for each content.
KEPT = "runner.target.foreign_code."
# The working directory is no place to import from.
_BEGIN = "import sys,marshal;sys.path=[x for x in sys.path if x];p=marshal.loads(sys.stdin.buffer.read());exec(p['start'],p)"
# Lines of a script that stand for its arguments, from times before there was AnsibleModule.
JSON_MARK = b"<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"


def run(args, system):
    """Run the module that the arguments of `run_foreign` describe; return how it ended, a `Ran`."""
    given = dict(args["args"] or {})
    given.update(args["internal"] or {})
    folder = system.temporary_folder()
    given["_ansible_tmpdir"] = folder
    if args["kind"] == "python":
        return _python(args, given, folder, system)
    return _program(args, given, folder, system)


def content(name):
    """Return the bytes that were sent under a name (the part behind `KEPT`)."""
    text = _source(KEPT + name)
    if text is None:
        raise ModuleFailed("the code of the module did not arrive on this host: %s" % name)
    return zlib.decompress(base64.b64decode(text))


def _source(name) -> Any:
    """Return the text that stands for a full name in the agent's memory, None when there is none."""
    spec = importlib.util.find_spec(name)
    loader: Any = None if spec is None else spec.loader
    return None if loader is None else loader.get_source(name)


@functools.lru_cache(maxsize=None)
def compiled(name, dotted, is_package):
    """Return (compiled code as bytes, source as bytes) of a kept Python file, made once an agent."""
    source = content(name)
    return marshal.dumps(compile(source, foreign_start.shown_path(dotted, is_package), "exec", dont_inherit=True)), source


@functools.lru_cache(maxsize=None)
def _start_code():
    return compile(_source(foreign_start.__name__), "<muster>/foreign_start.py", "exec", dont_inherit=True)


def _python(args, given, folder, system):
    files = {}
    for dotted, is_package, name in args["files"]:
        code, source = compiled(name, dotted, is_package)
        files[dotted] = (bool(is_package), code, source)
    payload = {
        "start": _start_code(),
        "files": files,
        "module": args["name"],
        "args": json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode("ascii"),
        "folder": folder,
        "__name__": "muster_start",
    }
    return system.run([sys.executable, "-B", "-c", _BEGIN], stdin=marshal.dumps(payload), own_locale=True)


def _program(args, given, folder, system):
    """Run a script or a program with the name of a file of arguments; both are in memory where the kernel can do that."""
    data = json.dumps(given).encode("ascii")
    code = content(args["main"])
    if JSON_MARK in code:
        code = code.replace(JSON_MARK, data)
    if args["kind"] == "words_file":
        data = words(given).encode("utf-8", "surrogateescape")
    held = [_held(code, folder, args["name"]), _held(data, folder, "args")]
    try:
        paths = [path for _number, path in held]
        front = [] if args["kind"] == "binary" else list(args["interpreter"] or [sys.executable])
        numbers = tuple(number for number, _path in held if number is not None)
        return system.run(front + paths, own_locale=True, pass_fds=numbers)
    except OSError as error:
        return Ran(127, b"", ("%s: %s" % (error.filename or args["name"], error.strerror)).encode("utf-8", "surrogateescape"))
    finally:
        for number, _path in held:
            if number is not None:
                os.close(number)


def _held(data, folder, name):
    """Return (descriptor or None, path) of a private file with this content; without memory files it stands in `folder`."""
    memory_file = getattr(os, "memfd_create", None)  # Python 3.8 and newer
    if memory_file is not None:
        number = memory_file("muster", 0)
        with os.fdopen(os.dup(number), "wb") as file:
            file.write(data)
        return number, "/proc/self/fd/%d" % number
    path = os.path.join(folder, os.path.basename(name))
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
    with os.fdopen(number, "wb") as file:
        file.write(data)
    return None, path


def words(given):
    """Return arguments as the words key=value that old modules read, quoted for the shell."""
    return " ".join("%s=%s" % (key, shlex.quote(value if isinstance(value, str) else str(value))) for key, value in given.items())
