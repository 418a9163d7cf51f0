"""The process half of the door to the operating system: run a command, feed it, read it, and never leave it behind."""

import os
import selectors
import shlex
import signal
import subprocess
import time
from typing import Dict, List

from runner.target.decision import ModuleFailed

# Seconds a process group is given between TERM and KILL.
GRACE = 2.0
# After a command ended, seconds of silence to wait for output of children that still hold its pipes (daemons do).
LINGER = 0.1
CHUNK = 1 << 16
PLAIN_LOCALE = {"LC_ALL": "C.UTF-8", "LANGUAGE": "C"}


class Ran:
    """How a command ended. rc: exit status, negative for a signal. out, err: text; out_bytes, err_bytes: as they came."""

    def __init__(self, rc, out_bytes=b"", err_bytes=b""):
        self.rc = rc
        self.out_bytes = out_bytes
        self.err_bytes = err_bytes

    @property
    def out(self):
        """Standard output as text, undecodable bytes as surrogate escapes."""
        return self.out_bytes.decode("utf-8", "surrogateescape")

    @property
    def err(self):
        """Standard error as text, undecodable bytes as surrogate escapes."""
        return self.err_bytes.decode("utf-8", "surrogateescape")


class CommandTimeout(ModuleFailed):
    """A command did not end within the time the module gave it; it was killed."""


def quoted(text, values):
    """Return `text` with each %s replaced by a value quoted for the shell."""
    return text % tuple(shlex.quote(str(value)) for value in values) if values else text


def argv_of(command, values, executable):
    """Return the argv for a list (as it is) or for shell text with %s places (through /bin/sh or `executable`)."""
    if isinstance(command, str):
        return [executable or "/bin/sh", "-c", quoted(command, values)]
    return [str(word) for word in command]


def end_group(process):
    """End a process and its group: TERM, then KILL after the grace time."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass
        limit = time.monotonic() + GRACE
        while process.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        if number == signal.SIGTERM and process.poll() is not None and not _group_alive(process.pid):
            break
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                pass


def _group_alive(group):
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class _Conversation:
    """The bytes that go into and come out of one process, without a deadlock whatever the order."""

    def __init__(self, process, stdin, emit):
        self.process = process
        self.emit = emit
        self.left = memoryview(stdin or b"")
        self.pieces: Dict[str, List[bytes]] = {"out": [], "err": []}
        self.selector = selectors.DefaultSelector()
        for name, pipe in (("out", process.stdout), ("err", process.stderr)):
            os.set_blocking(pipe.fileno(), False)
            self.selector.register(pipe, selectors.EVENT_READ, name)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self.selector.register(process.stdin, selectors.EVENT_WRITE, "in")

    def converse(self, limit):
        """Move bytes until the process ended and its pipes are closed or silent; False when `limit` (monotonic) passed."""
        ended = False
        while self.selector.get_map():
            if limit is not None and time.monotonic() > limit:
                return False
            ready = self.selector.select(LINGER)
            for key, _events in ready:
                self._move(key.fileobj, key.data)
            # A daemon that keeps the pipes open must not hold the task: once the command itself is gone, silence ends it.
            if ended and not ready:
                break
            ended = self.process.poll() is not None
        while self.process.poll() is None:
            if limit is not None and time.monotonic() > limit:
                return False
            try:
                self.process.wait(None if limit is None else max(0.01, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                return False
        return True

    def _move(self, pipe, name):
        if name == "in":
            self._feed(pipe)
            return
        try:
            piece = os.read(pipe.fileno(), CHUNK)
        except BlockingIOError:
            return
        if not piece:
            self.selector.unregister(pipe)
            return
        self.pieces[name].append(piece)
        if self.emit is not None:
            self.emit(name, piece)

    def _feed(self, pipe):
        try:
            if self.left:
                self.left = self.left[os.write(pipe.fileno(), self.left[:CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.left = memoryview(b"")
        if not self.left:
            self.selector.unregister(pipe)
            pipe.close()

    def close(self):
        """Close what is left open on our side."""
        self.selector.close()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()


class Processes:
    """Running commands for modules. environ: the environment of the task. emit: takes ("out" or "err", bytes), or None."""

    def __init__(self, environ, emit=None):
        self.environ = environ
        self._emit = emit

    def emit(self, stream, data):
        """Send a piece of output ("out" or "err", bytes) to the controller while the task runs."""
        if self._emit is not None:
            self._emit(stream, data)

    def run(self, command, *values, **options):
        """Run a command to its end and return a `Ran`.

        command: a list of words (no shell), or shell text in which each %s is replaced by one of `values`, quoted.
        options: stdin (bytes or text; without it standard input is empty), cwd, environ (variables added to the
        environment; None as a value removes one), timeout (seconds; raises CommandTimeout), executable (the shell for
        text, or the program for a list), own_locale (True: leave the locale as the task has it, for commands whose
        output is the user's; default False: C.UTF-8, for output we parse), stream (send output to the controller as it
        comes), fail (a message: raise ModuleFailed with rc, stdout, stderr when the exit status is not 0), pass_fds
        (descriptors the command inherits).
        Raises OSError when the program cannot be started.
        """
        stdin = options.pop("stdin", None)
        fail = options.pop("fail", None)
        if isinstance(stdin, str):
            stdin = stdin.encode("utf-8", "surrogateescape")
        ran = self._run(command, values, stdin, **options)
        if fail is not None and ran.rc != 0:
            raise ModuleFailed(fail, rc=ran.rc, stdout=ran.out, stderr=ran.err)
        return ran

    def _run(
        self, command, values, stdin, cwd=None, environ=None, timeout=None, executable=None, own_locale=False, stream=False, pass_fds=()
    ):
        process = subprocess.Popen(
            argv_of(command, values, executable),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=self._environment(environ, own_locale),
            executable=executable,
            bufsize=0,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        try:
            talk = _Conversation(process, stdin, self.emit if stream else None)
            if not talk.converse(None if timeout is None else time.monotonic() + timeout):
                end_group(process)
                raise CommandTimeout("command did not end within %s seconds: %s" % (timeout, _shown(command)))
        except BaseException:
            # whatever stops the module (deadline, cancel) stops the command and its children too
            end_group(process)
            raise
        talk.close()
        return Ran(process.returncode, b"".join(talk.pieces["out"]), b"".join(talk.pieces["err"]))

    def _environment(self, changes, own_locale):
        environ = dict(self.environ)
        if not own_locale:
            environ.update(PLAIN_LOCALE)
        for name, value in (changes or {}).items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = str(value)
        return environ


def _shown(command):
    return command if isinstance(command, str) else " ".join(command[:1]) + " ..."
