"""Says how a background job is doing, or removes its status file."""

import os

from runner.target.decision import ModuleFailed
from runner.target.detached import read_status

ARGUMENTS = {
    "type": "object",
    "properties": {
        "jid": {"type": "string", "description": "The job's name (`ansible_job_id` of the task that started it)."},
        "mode": {"type": "string", "enum": ["status", "cleanup"], "default": "status", "description": "Ask, or remove the file."},
        "async_dir": {
            "type": "string",
            "format": "path",
            "default": "~/.ansible_async",
            "description": "Directory of the status files; ANSIBLE_ASYNC_DIR in the task's environment sets it too.",
        },
    },
    "required": ["jid"],
}
RETURNS = {
    "ansible_job_id": "the job's name",
    "finished": "1 when it has ended, else 0",
    "started": "1 when it has begun, else 0",
    "erased": "the file that was removed",
}
EXAMPLES = """
- name: Wait for the update
  async_status:
    jid: "{{ update.ansible_job_id }}"
  register: job
  until: job.finished
  retries: 60
  delay: 5
"""


def run(args, system):
    """Return the job's status and, once it has ended, its result; never changes anything but in mode cleanup."""
    jid = args["jid"]
    folder = system.expand(system.environ.get("ANSIBLE_ASYNC_DIR") or args["async_dir"])
    path = os.path.join(folder, os.path.basename(jid))
    known = {"ansible_job_id": jid, "results_file": path, "stdout": "", "stderr": ""}
    if not system.exists(path):
        raise ModuleFailed("could not find job", started=1, finished=1, **known)
    if args["mode"] == "cleanup":
        system.remove(path)
        return {"ansible_job_id": jid, "erased": path, "started": 0, "finished": 0, "stdout": "", "stderr": ""}
    data = _read(system, path, known)
    if not data.get("finished") and not _alive(jid, system):
        # it may have ended between the two looks
        data = _read(system, path, known)
        if not data.get("finished"):
            raise ModuleFailed("the job's process is gone: the host went down or it was killed", started=1, finished=1, **known)
    result = dict(known, **data)
    if result.get("failed"):
        raise ModuleFailed(result.pop("msg", "the job failed"), **result)
    return result


def _read(system, path, known):
    try:
        return read_status(system, path)
    except ValueError as error:
        raise ModuleFailed("Could not parse job output: %s" % error, started=1, finished=1, **known)


def _alive(jid, system):
    number = jid.rpartition(".")[2]
    if not number.isdigit():
        return True
    try:
        system.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
