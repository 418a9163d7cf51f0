"""The only door to the operating system for modules; tests put a fake in its place."""

import contextlib
import grp
import hashlib
import io
import os
import pwd
import shutil
import socket
import time

from runner.target.processes import Processes
from runner.target.staging import Staging

SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")


class Blob:
    """A file that came with the request. size: bytes. Small ones are in memory, large ones in a private temporary file."""

    def __init__(self, file, size):
        self.file = file
        self.size = size

    def open(self):
        """Return the content as a file object at its start; it is shared and closed with the request."""
        self.file.seek(0)
        return self.file

    def read(self):
        """Return all bytes."""
        return self.open().read()

    def digest(self, algorithm="sha1"):
        """Return the hexadecimal digest of the content."""
        state = hashlib.new(algorithm)
        file = self.open()
        for piece in iter(lambda: file.read(1 << 18), b""):
            state.update(piece)
        return state.hexdigest()


class System(Staging, Processes):
    """What a module sees of the host and of its own task.

    check: change nothing, only say what would be. diff: put before and after in the result. no_log: values are secret.
    promises: directories that earlier tasks of this run would have made, in check mode.
    blob: a `Blob` that came along, or None. environ: the environment of the
    task. debug_level: how talkative (0-4).
    """

    def __init__(self, check=False, diff=False, no_log=False, blob=None, emit=None, send=None, promises=None):
        Staging.__init__(self)
        Processes.__init__(self, os.environ, emit)
        self.check = check
        self.diff = diff
        self.no_log = no_log
        self.blob = blob
        self.warnings = []
        self.deprecations = []
        self.promises = set() if promises is None else promises
        self._send = send

    def promised(self, path):
        """Tell whether an earlier task of a dry run would have made this directory (or one that it stands in)."""
        path = os.path.normpath(path)
        return self.check and any(path == made or path.startswith(made.rstrip("/") + "/") for made in self.promises)

    def send_blob(self, source):
        """Send a file to the controller, which writes it where the request said. source: bytes, or a file open for reading."""
        if self._send is not None:
            self._send(io.BytesIO(source) if isinstance(source, bytes) else source)

    def warn(self, text):
        """Show the user a warning with this task's result."""
        self.warnings.append(text)

    def deprecate(self, text, version=None):
        """Show the user that something will go away."""
        self.deprecations.append({"msg": text, "version": version})

    def which(self, name, also=()):
        """Return the path of a program on PATH, in the sbin folders or in `also`; None when there is none."""
        path = os.pathsep.join([*also, self.environ.get("PATH", ""), *SBIN])
        return shutil.which(name, path=path)

    def sleep(self, seconds):
        """Wait."""
        time.sleep(seconds)

    def now(self):
        """Return the wall clock, seconds since 1970."""
        return time.time()

    def monotonic(self):
        """Return a clock that never jumps, in seconds."""
        return time.monotonic()

    def euid(self):
        """Return the number of the user the module runs as."""
        return os.geteuid()

    def egid(self):
        """Return the number of the group the module runs as."""
        return os.getegid()

    def expand(self, path):
        """Return a path with ~, ~user and $VARIABLE replaced, as the task's user sees them."""
        return os.path.expandvars(os.path.expanduser(path))

    def cwd(self):
        """Return the working directory."""
        return os.getcwd()

    def uname(self):
        """Return `os.uname()`: sysname, nodename, release, version, machine."""
        return os.uname()

    def kill(self, pid, number):
        """Send a signal to a process (raises ProcessLookupError, PermissionError)."""
        os.kill(pid, number)

    def connect(self, host, port, timeout, source=None):
        """Return a connected TCP socket; the caller closes it. Raises OSError."""
        return socket.create_connection((host, port), timeout, source)

    def user(self, key):
        """Return the `pwd` entry for a name or number, or None."""
        with contextlib.suppress(KeyError, OverflowError):
            return pwd.getpwuid(key) if isinstance(key, int) else pwd.getpwnam(key)
        return None

    def group(self, key):
        """Return the `grp` entry for a name or number, or None."""
        with contextlib.suppress(KeyError, OverflowError):
            return grp.getgrgid(key) if isinstance(key, int) else grp.getgrnam(key)
        return None

    def users(self):
        """Return all `pwd` entries."""
        return pwd.getpwall()

    def groups(self):
        """Return all `grp` entries."""
        return grp.getgrall()
