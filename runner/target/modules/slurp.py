"""Reads a file of the host into the result, in base64."""

import base64

from runner.target.decision import ModuleFailed

ARGUMENTS = {
    "type": "object",
    "properties": {
        "src": {"type": "string", "format": "path", "aliases": ["path"], "description": "The file to read."},
    },
    "required": ["src"],
}
RETURNS = {"content": "the file in base64", "encoding": "base64", "source": "the path that was read"}
EXAMPLES = """
- slurp: {src: /etc/machine-id}
  register: id
- debug: {msg: "{{ id.content | b64decode }}"}
"""


def run(args, system):
    path = args["src"]
    try:
        if system.is_dir(path):
            raise ModuleFailed("source is a directory and must be a file: %s" % path)
        data = system.read(path)
    except FileNotFoundError:
        raise ModuleFailed("file not found: %s" % path)
    except PermissionError:
        raise ModuleFailed("file is not readable: %s" % path)
    except OSError as error:
        raise ModuleFailed("unable to slurp file: %s" % error)
    return {"content": base64.b64encode(data).decode("ascii"), "encoding": "base64", "source": path}
