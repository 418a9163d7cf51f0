"""The agent on the host: reads requests, runs one module at a time, writes results; answers pings meanwhile."""

import collections
import fcntl
import importlib
import os
import queue
import select
import signal
import sys
import threading
import time
import traceback
from typing import Any, Deque, Dict, Optional, Set

from runner.target import wire
from runner.target.interrupt import DeadlinePassed, Interrupted, Switch, timed_out
from runner.target.perform import perform
from runner.target.spool import Spool
from runner.target.system import Blob, System

MACHINE_ID = "/etc/machine-id"
# Bytes the pipe from the SSH server shall hold: with the usual 64 KiB the two wake each other for every packet of a large file.
PIPE = 1 << 20
# F_SETPIPE_SZ of fcntl(2); Python names it since 3.10.
SET_PIPE_SIZE = 1031
# Seconds without a word from the controller after which an idle agent ends: its controller is gone without a goodbye.
IDLE = 3600
# How many failed requests are remembered for `skip_if_failed`.
REMEMBERED = 1000


class Job:
    """A request that waits or runs. ready: set once its blob is here; spool: the blob; broken: why the blob is not whole."""

    def __init__(self, number, request):
        self.number = number
        self.request = request
        self.ready = threading.Event()
        self.spool: Any = None
        self.broken: Optional[str] = None
        if request.get("blob"):
            near = (request.get("args") or {}).get("dest")
            self.spool = Spool(near if isinstance(near, str) else None)
        else:
            self.ready.set()

    def add(self, piece):
        """Take a piece of the blob."""
        try:
            if self.broken is None:
                self.spool.write(piece)
        except OSError as error:
            self.broken = "cannot keep the file that was sent, in %s: %s" % (self.spool.folder, error.strerror)


class Sink:
    """Writes frames, each whole, from any thread. After the controller is gone it swallows them."""

    def __init__(self, number):
        self._number = number
        self._lock = threading.Lock()
        self._open = True

    def send(self, kind, number=0, body=b""):
        """Write one frame."""
        left = memoryview(wire.frame(kind, number, body))
        with self._lock:
            try:
                while self._open and left:
                    left = left[os.write(self._number, left) :]
            except OSError:
                self._open = False


class Reader(threading.Thread):
    """Takes frames from the controller in a thread of its own, so that pings are answered while a module runs."""

    def __init__(self, source, sink, memory, switch):
        super().__init__(daemon=True)
        self.source = source
        self.sink = sink
        self.memory = memory
        self.switch = switch
        self.jobs: queue.Queue = queue.Queue()
        self.waiting: Dict[int, Job] = {}
        self.busy = False
        self.ended = False

    def run(self):
        """Read until the controller says goodbye, goes away or breaks the stream; then let the main thread end."""
        frames = wire.Frames()
        heard = time.monotonic()
        while not self.ended:
            if not select.select([self.source], [], [], 60)[0]:
                if not self.busy and time.monotonic() - heard > IDLE:
                    break
                continue
            heard = time.monotonic()
            try:
                data = os.read(self.source, PIPE // 4)
                for kind, number, body in frames.feed(data):
                    self._take(kind, number, body)
            except (OSError, wire.BrokenStream):
                break
            if not data:
                break
        self.ended = True
        for job in self.waiting.values():
            job.broken = "the controller went away while it sent a file"
            job.ready.set()
        self.jobs.put(None)

    def _take(self, kind, number, body):
        if kind == wire.REQUEST:
            job = Job(number, wire.value_of(body))
            if job.spool is not None:
                self.waiting[number] = job
            self.jobs.put(job)
        elif kind == wire.BLOB and number in self.waiting:
            self.waiting[number].add(body)
        elif kind == wire.BLOB_END and number in self.waiting:
            self.waiting.pop(number).ready.set()
        elif kind == wire.CODE:
            self.memory.add(wire.value_of(body))
        elif kind == wire.PING:
            self.sink.send(wire.PONG, number)
        elif kind == wire.CANCEL:
            self._cancel(number)
        elif kind == wire.QUIT:
            self.ended = True

    def _cancel(self, number):
        self.switch.cancel(number)
        if number in self.waiting:
            job = self.waiting.pop(number)
            job.broken = "the task was cancelled"
            job.ready.set()


class Agent:
    """Runs the requests, one after the other, in the main thread (where signals are delivered)."""

    def __init__(self, memory, source, sink):
        self.sink = Sink(sink)
        self.switch = Switch()
        self.reader = Reader(source, self.sink, memory, self.switch)
        self.failed: Deque[int] = collections.deque(maxlen=REMEMBERED)
        self.environ = dict(os.environ)
        self.promises: Set[str] = set()
        # A handler rather than SIG_IGN, which commands would inherit: a hang-up must not end us, EOF does that in order.
        signal.signal(signal.SIGHUP, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_term)

    def serve(self):
        """Answer requests until the controller is gone. What runs by then is finished, what waits is dropped."""
        hello = {"python": sys.version.split()[0], "executable": sys.executable, "pid": os.getpid(), "machine": _machine()}
        self.sink.send(wire.HELLO, 0, wire.text_of(hello))
        self.reader.start()
        while True:
            job = self.reader.jobs.get()
            if job is None or self.reader.ended:
                return
            self.reader.busy = True
            result = self._answer(job)
            self.reader.busy = False
            if wire.has_failed(result):
                self.failed.append(job.number)
            self.sink.send(wire.RESULT, job.number, wire.text_of(result))

    def _on_term(self, *_signal):
        # Someone ends us by hand: stop the module as a cancel would; an idle agent just goes.
        self.reader.ended = True
        if not self.reader.busy:
            os._exit(0)
        self.switch.stop()

    def _answer(self, job):
        request = job.request
        if request.get("skip_if_failed") in self.failed:
            self.failed.append(job.number)
            return {"changed": False, "skipped": True, "skip_reason": wire.NOT_RUN}
        job.ready.wait()
        if job.broken:
            return {"changed": False, "failed": True, "msg": job.broken}
        try:
            os.environ.update(request.get("environment") or {})
            return self._stoppable(job)
        finally:
            os.environ.clear()
            os.environ.update(self.environ)
            if job.spool is not None:
                job.spool.close()

    def _stoppable(self, job):
        name, deadline = job.request["module"], job.request.get("deadline")
        began = time.monotonic()
        try:
            module = importlib.import_module("runner.target.modules." + name)
            if getattr(module, "INTERRUPT", None) != "finish":
                return self.switch.run(job.number, deadline, lambda: self._perform(module, job))
            result = self._perform(module, job)
        except DeadlinePassed:
            return timed_out(name, deadline)
        except Interrupted:
            return {"changed": False, "failed": True, "msg": "the task was cancelled", "cancelled": True}
        except Exception as error:
            text = "cannot load the module %s: %s: %s" % (name, type(error).__name__, error)
            return {"changed": False, "failed": True, "msg": text, "exception": traceback.format_exc()}
        if deadline and time.monotonic() - began > deadline:
            result = dict(result, **timed_out(name, deadline))
            result["msg"] += " late: the module was let finish, because stopping it halfway would leave the host broken"
        return result

    def _perform(self, module, job):
        request = job.request
        emit = self._emitter(job.number) if request.get("stream") else None
        blob = None if job.spool is None else Blob(job.spool, job.spool.size)
        system = System(
            check=request.get("check", False),
            diff=request.get("diff", False),
            no_log=request.get("no_log", False),
            blob=blob,
            emit=emit,
            send=lambda file: self._send_file(job.number, file),
            promises=self.promises,
        )
        return perform(module, request.get("args") or {}, system)

    def _emitter(self, number):
        marks = {"out": wire.OUT, "err": wire.ERR}
        return lambda stream, data: self.sink.send(wire.OUTPUT, number, marks[stream] + data)

    def _send_file(self, number, file):
        for piece in iter(lambda: file.read(wire.PIECE), b""):
            self.sink.send(wire.FILE, number, piece)
        self.sink.send(wire.FILE_END, number)


def _machine():
    """Return what machine-id(5) has, empty where there is none."""
    try:
        with open(MACHINE_ID, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""


def _widen(source):
    """Make a pipe larger where that can be: on Linux, within the user's limits, and if it is a pipe."""
    if sys.platform.startswith("linux"):
        try:
            fcntl.fcntl(source, SET_PIPE_SIZE, PIPE)
        except OSError:
            pass


def main(memory, token):
    """Serve on standard input and output, which are taken away from modules and their children; never returns."""
    source, sink = os.dup(0), os.dup(1)
    _widen(source)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.write(sink, token.encode("ascii"))
    agent = Agent(memory, source, sink)
    try:
        agent.serve()
    except BaseException:
        agent.sink.send(wire.FAULT, 0, traceback.format_exc().encode("utf-8", "surrogateescape"))
        os._exit(1)
    os._exit(0)
