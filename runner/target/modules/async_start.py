"""Starts a module in the background of the host; it goes on when the connection ends (what `async` on a task does)."""

from runner.target.detached import start
from runner.target.system import System

ARGUMENTS = {
    "type": "object",
    "properties": {
        "module": {"type": "string", "description": "The module to run."},
        "args": {"type": "object", "default": {}, "description": "Its arguments, complete."},
        "limit": {"type": "integer", "default": 3600, "description": "Seconds after which it is stopped."},
        "check": {"type": "boolean", "default": False, "description": "Only say what would change."},
        "async_dir": {
            "type": "string",
            "format": "path",
            "default": "~/.ansible_async",
            "description": "Directory of the status files; ANSIBLE_ASYNC_DIR in the task's environment sets it too.",
        },
    },
    "required": ["module"],
}
RETURNS = {
    "ansible_job_id": "the job's name, for async_status",
    "results_file": "where its status is kept",
    "started": "1",
    "finished": "0",
}
EXAMPLES = """
- name: Update in the background
  command: apt-get update
  async: 600
  poll: 0
  register: update
"""


def run(args, system):
    """Start the job; returns its name and file."""
    inner = System(check=bool(args["check"]), diff=system.diff, no_log=system.no_log, blob=system.blob)
    folder = system.environ.get("ANSIBLE_ASYNC_DIR") or args["async_dir"]
    jid, path = start(inner, args["module"], args["args"] or {}, args["limit"], system.expand(folder))
    return {"changed": True, "started": 1, "finished": 0, "ansible_job_id": jid, "results_file": path}
