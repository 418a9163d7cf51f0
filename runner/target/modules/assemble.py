"""Ensures that a file is made of all the fragments in a directory, in the order of their names."""

import io
import os
from typing import Any, Dict

from runner.target import copy_file
from runner.target.decision import ModuleFailed
from runner.target.fragments import chosen, joined
from runner.target.replace_file import CONTENT_ARGUMENTS
from runner.target.system import Blob

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONTENT_ARGUMENTS,
        src={"type": "string", "format": "path", "description": "Directory of the fragments."},
        dest={"type": "string", "format": "path", "description": "The file to make."},
        delimiter={"type": "string", "description": "Text to put between fragments."},
        regexp={"type": "string", "description": "Take only fragments whose name this expression finds."},
        ignore_hidden={"type": "boolean", "default": False, "description": "Leave out names that begin with a dot."},
        remote_src={"type": "boolean", "default": True, "description": "The fragments are on the managed host."},
        decrypt={"type": "boolean", "default": True, "description": "Decrypt vault files (fragments of the control machine)."},
    ),
    "required": ["src", "dest"],
}
RETURNS = {"dest": "the file", "src": "the directory", "checksum": "SHA-1 of the file", "md5sum": "MD5 of the file", "msg": "OK"}
EXAMPLES = """
- assemble: {src: /etc/app/conf.d, dest: /etc/app/app.conf, delimiter: '# ---'}
"""


def look(args, system):
    source = args["src"]
    if not system.exists(source):
        raise ModuleFailed("Source (%s) does not exist" % source)
    if not system.is_dir(source):
        raise ModuleFailed("Source (%s) is not a directory" % source)
    paths = [os.path.join(source, name) for name in chosen(system.listdir(source), args["regexp"], args["ignore_hidden"])]
    data = joined([system.read(path) for path in paths if system.is_file(path)], args["delimiter"])
    return copy_file.look(_copied(args), system, Blob(io.BytesIO(data), len(data)))


def _copied(args):
    none = dict.fromkeys(("checksum", "_original_basename", "_checksum", "_md5sum", "_blocks", "_source", "directory_mode"))
    return dict(none, **dict(args, remote_src=False, force=True, follow=False))


def decide(args, seen):
    decision = copy_file.decide(_copied(args), seen)
    decision.result["msg"] = "OK"
    return decision


def apply(args, decision, system):
    return copy_file.apply(_copied(args), decision, system)
