"""Takes up what a host has to give, for a drill, and gives it back when it ends: disk, memory, processors, or a port's answers.

Run by itself, as `python3 drill_hold.py check|take SETTINGS`, where SETTINGS is JSON: kind and
disk: path, leave (bytes), most (bytes); memory: take, leave (bytes); cpu: workers (0 for all processors), load (percent);
answer: status, text, note (the file that the port is written to). `check` tells whether it can be taken and takes nothing.
Once all is taken systemd is told so (sd_notify(3)). What is taken goes with the process: a file without a name, memory, children
that look for their parent.
"""

import http.server
import json
import os
import signal
import socket
import socketserver
import sys
import tempfile
import threading
import time
from typing import Any

MIB = 1 << 20
PERIOD = 0.1
TRIES = 3


def say(words):
    """Tell whoever started this something."""
    sys.stdout.write("%s\n" % words)
    sys.stdout.flush()


class CannotTake(Exception):
    """Why it cannot be taken, as a sentence."""


def mib(number):
    """Return bytes as text."""
    return "%.0f MiB" % (number / float(MIB))


def room_on_disk(settings):
    """Return the bytes to fill. Raises CannotTake where they are more than `most`, or none."""
    try:
        said = os.statvfs(settings["path"])
    except OSError as error:
        raise CannotTake("%s: %s" % (settings["path"], error.strerror)) from error
    free = said.f_bavail * said.f_frsize
    wanted = free - settings["leave"]
    if not os.path.isdir(settings["path"]):
        raise CannotTake("%s is no folder" % settings["path"])
    if wanted <= 0:
        raise CannotTake("%s has only %s free, %s is to be left" % (settings["path"], mib(free), mib(settings["leave"])))
    if wanted > settings["most"]:
        raise CannotTake(
            "%s has %s free, and to fill it takes more than the %s of `most`" % (settings["path"], mib(free), mib(settings["most"]))
        )
    if file_system(settings["path"]) in ("tmpfs", "ramfs") and wanted > free_memory() - 64 * MIB:
        raise CannotTake("%s is kept in memory, and there is not enough of it" % settings["path"])
    return wanted


def file_system(path):
    """Return the type of the file system that holds a path."""
    path, best, kind = os.path.realpath(path), "", ""
    with open("/proc/self/mounts") as file:
        for line in file:
            _, point, name = line.split()[:3]
            inside = path == point or path.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, name
    return kind


def free_memory():
    """Return the bytes that this process could still take: of the machine and of each control group above it."""
    with open("/proc/meminfo") as file:
        rows = dict(line.split(":", 1) for line in file)
    free = int(rows["MemAvailable"].split()[0]) * 1024
    for folder in control_groups():
        limit, used = number_in(folder + "/memory.max"), number_in(folder + "/memory.current")
        if limit is not None and used is not None:
            free = min(free, limit - used)
    return free


def control_groups():
    """Return the folders of this process's control groups of version 2, the innermost first."""
    with open("/proc/self/cgroup") as file:
        own = next((line.rstrip("\n").split("::", 1)[1] for line in file if line.startswith("0::")), "/")
    found, at = [], own.rstrip("/")
    while True:
        found.append("/sys/fs/cgroup" + at)
        if not at:
            return found
        at = at.rpartition("/")[0]


def number_in(path):
    """Return the number in a file, None for anything else."""
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def check_memory(settings):
    """Raise CannotTake when too little memory would be left."""
    free = free_memory()
    if free < settings["take"] + settings["leave"]:
        raise CannotTake("only %s of memory are free: %s and %s to be left" % (mib(free), mib(settings["take"]), mib(settings["leave"])))


def nameless(folder):
    """Return the descriptor of a file in a folder that has no name (any more)."""
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except OSError:
        number, path = tempfile.mkstemp(prefix=".muster-drill-", dir=folder)
        os.unlink(path)
        return number


def take_disk(settings):
    """Fill a file system."""
    number = nameless(settings["path"])
    for left in reversed(range(TRIES)):
        try:
            os.posix_fallocate(number, 0, room_on_disk(settings))
            return
        except OSError as error:
            # others write as well, so what was free may no longer be
            if not left:
                raise CannotTake("%s cannot be filled: %s" % (settings["path"], error.strerror)) from error


def take_memory(settings):
    """Return memory that is really there: every page is written to, each with something else in it."""
    check_memory(settings)
    block = os.urandom(MIB)
    held = []
    for _ in range(settings["take"] // MIB):
        held.append(bytearray(block))
        block = block[1:] + block[:1]
    return held


def burn(load, parent):
    """Use a part of one processor for as long as the parent lives."""
    while os.getppid() == parent:
        begun = time.monotonic()
        while time.monotonic() - begun < PERIOD * load / 100.0:
            pass
        time.sleep(PERIOD * (100 - load) / 100.0)


def take_cpu(settings):
    """Start the children that use processors."""
    parent = os.getpid()
    for _ in range(settings["workers"] or os.cpu_count() or 1):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            try:
                burn(settings["load"], parent)
            finally:
                os._exit(0)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Answers on a port that the kernel chooses, for both families where there are both."""

    daemon_threads = True
    address_family = socket.AF_INET6

    def server_bind(self):
        """Take IPv4 too."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socketserver.TCPServer.server_bind(self)


class PlainServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """The same on a host without IPv6."""

    daemon_threads = True

    def server_bind(self):
        """Do not look up the own name, which may take long."""
        socketserver.TCPServer.server_bind(self)


def take_answers(settings):
    """Answer every request on a port of its own in one way; return the server."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def answer(self):
            """Say what was told to say."""
            body = settings["text"].encode()
            self.send_response(settings["status"])
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_GET(self):
            """Answer."""
            self.answer()

        def do_HEAD(self):
            """Answer."""
            self.answer()

        def do_OPTIONS(self):
            """Answer."""
            self.answer()

        def log_message(self, *words):
            """Nothing is logged."""

    server: Any = None
    try:
        server = Server(("::", 0), Answer)
    except OSError:
        server = PlainServer(("0.0.0.0", 0), Answer)  # noqa: S104 - whoever asks the port is to be lied to
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fresh = settings["note"] + ".new"
    with open(fresh, "w") as file:
        file.write("%d\n" % server.server_address[1])
    os.rename(fresh, settings["note"])
    return server


TAKES = {"disk": take_disk, "memory": take_memory, "cpu": take_cpu, "answer": take_answers}
CHECKS = {"disk": room_on_disk, "memory": check_memory}


def notify(state):
    """Tell systemd something, where it listens."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if place:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        link.connect("\0" + place[1:] if place.startswith("@") else place)
        link.send(state.encode())
        link.close()


def main():
    """Check, or take and keep until ended."""
    settings = json.loads(sys.argv[2])
    try:
        if sys.argv[1] == "check":
            CHECKS.get(settings["kind"], bool)(settings)
            return 0
        # kept in a name until the end
        held = [TAKES[settings["kind"]](settings)]
    except CannotTake as error:
        say(error)
        return 1
    notify("READY=1")
    signal.pause()
    return len(held)


if __name__ == "__main__":
    sys.exit(main())
