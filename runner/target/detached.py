"""Runs a module in a process of its own that outlives the agent, and keeps its status in a file as Ansible does."""

import importlib
import json
import os
import random
import signal
import time

from runner.target import wire
from runner.target.interrupt import Interrupted
from runner.target.perform import perform

# Seconds a worker gets to stop its commands before it is killed.
GRACE = 5.0


class Ended(Interrupted):
    """The worker's time is up."""


def new_job():
    """Return the first part of a job's name; the process number of its supervisor is the second."""
    return "j%d" % random.randrange(10**11, 10**12)


def write_status(system, path, values):
    """Put a job's status in its file."""
    system.write_atomic(path, wire.text_of(values), mode=0o600)


def read_status(system, path):
    """Return what a job's file says, None when it is not there. Raises ValueError for a broken one."""
    if not system.exists(path):
        return None
    return json.loads(system.read_text(path))


def start(system, name, args, limit, folder):
    """Start module `name` detached; return (job name, status path) once its status file is there.

    limit: seconds after which it is stopped. folder: where status files are, made private if missing.
    """
    if not system.exists(folder):
        system.mkdir(folder, 0o700)
    # Imported before the fork: the child must not take locks that another thread of the agent may hold.
    module = importlib.import_module("runner.target.modules." + name)
    job = new_job()
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _away(lambda: _first(system, module, args, limit, folder, job, write_end))
    os.close(write_end)
    os.waitpid(pid, 0)
    with os.fdopen(read_end, "rb") as pipe:
        jid = pipe.read().decode("ascii")
    if not jid:
        raise OSError("the job could not be started")
    return jid, os.path.join(folder, jid)


def _away(work):
    """Do the work and never return into the agent's code, whatever happens."""
    try:
        work()
    except BaseException:
        os._exit(1)
    os._exit(0)


def _first(system, module, args, limit, folder, job, write_end):
    """In the first child: leave the session, make the supervisor, end (so that init adopts it)."""
    os.setsid()
    for number in (signal.SIGUSR1, signal.SIGALRM, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0)
    if os.fork() == 0:
        _away(lambda: _supervise(system, module, args, limit, folder, job, write_end))


def _supervise(system, module, args, limit, folder, job, write_end):
    jid = "%s.%d" % (job, os.getpid())
    path = os.path.join(folder, jid)
    status = {"started": 1, "finished": 0, "ansible_job_id": jid}
    write_status(system, path, status)
    os.write(write_end, jid.encode("ascii"))
    _let_go()
    worker = os.fork()
    if worker == 0:
        _away(lambda: _work(system, module, args, path, status))
    if _wait(worker, limit):
        return
    os.kill(worker, signal.SIGTERM)
    if not _wait(worker, GRACE):
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    # the sentence that playbooks look for
    text = "async task did not complete within the requested time - %ss" % limit
    write_status(system, path, dict(status, finished=1, failed=True, changed=False, msg=text))


def _let_go():
    """Close every descriptor of the agent's, so that its connection can end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    limit = os.sysconf("SC_OPEN_MAX") if not os.path.isdir("/proc/self/fd") else 0
    numbers = [int(name) for name in os.listdir("/proc/self/fd")] if not limit else range(limit)
    for number in numbers:
        if number > 2:
            try:
                os.close(number)
            except OSError:
                pass


def _wait(pid, seconds):
    """Wait for a child; True when it ended in time."""
    limit = time.monotonic() + seconds
    pause = 0.01
    while time.monotonic() < limit:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
        time.sleep(pause)
        pause = min(0.5, pause * 1.5)
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def _work(system, module, args, path, status):
    def stop(*_signal):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Ended

    signal.signal(signal.SIGTERM, stop)
    result = perform(module, args, system)
    if "module_stderr" in result:
        # where Ansible's jobs have it
        result.setdefault("stderr", result["module_stderr"])
    write_status(system, path, dict(result, **dict(status, finished=1)))
