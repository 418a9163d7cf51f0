"""Makes a new empty file (0600) or directory (0700) with a name nobody else has; the playbook removes it when done."""

import os
import tempfile

from runner.target.attributes import path_info
from runner.target.decision import ModuleFailed

ARGUMENTS = {
    "type": "object",
    "properties": {
        "state": {"type": "string", "enum": ["directory", "file"], "default": "file", "description": "What to make."},
        "path": {
            "type": "string",
            "format": "path",
            "description": "Directory to make it in. Default: the host's own for temporary files.",
        },
        "prefix": {"type": "string", "default": "ansible.", "description": "How the name begins."},
        "suffix": {"type": "string", "default": "", "description": "How the name ends."},
    },
}
RETURNS = {"path": "what was made"}
EXAMPLES = """
- tempfile: {state: directory, suffix: build}
  register: work
"""


def run(args, system):
    if system.check:
        return {"skipped": True, "msg": "remote module (tempfile) does not support check mode"}
    try:
        if args["state"] == "directory":
            path = tempfile.mkdtemp(prefix=args["prefix"], suffix=args["suffix"], dir=args["path"])
        else:
            handle, path = tempfile.mkstemp(prefix=args["prefix"], suffix=args["suffix"], dir=args["path"])
            os.close(handle)
    except OSError as error:
        raise ModuleFailed(str(error))
    return dict(path_info(path, system), changed=True, path=path)
