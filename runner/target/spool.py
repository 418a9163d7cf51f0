"""Where the agent keeps a file that is being sent: in memory while small, else nameless on the disk it shall end up on."""

import io
import os
import tempfile
from typing import Any, Optional

# A file up to this size stays in memory.
IN_MEMORY = 1 << 20
# File systems that may not answer: a thread that reads for everybody must not wait for them.
REMOTE = ("nfs", "cifs", "smb", "fuse", "ceph", "gluster", "9p", "afs")
MOUNTS = "/proc/self/mounts"
DESCRIPTORS = "/proc/self/fd"


class Spool:
    """A file object that grows by `write`. near: the path it will be put at, to be on the same file system; None if unknown."""

    def __init__(self, near=None):
        self._near = near
        self._file: Any = io.BytesIO()
        self.folder = tempfile.gettempdir()
        self.on_disk = False
        self.size = 0
        self._named = False

    def write(self, piece):
        """Add to the end. Raises OSError, as when the disk is full."""
        if not self.on_disk and self.size + len(piece) > IN_MEMORY:
            self._to_disk()
        self._file.write(piece)
        self.size += len(piece)

    def read(self, size=-1):
        """Return up to `size` bytes from where we are."""
        return self._file.read(size)

    def seek(self, offset, whence=0):
        """Go to a place; whence as that of files."""
        return self._file.seek(offset, whence)

    def tell(self):
        """Return where we are."""
        return self._file.tell()

    def seekable(self):
        """Return that places can be gone to, as zipfile asks."""
        return True

    def close(self):
        """Forget the content, unless it has a name by now."""
        self._file.close()

    def link_to(self, path, mode):
        """Give the content, safe on disk, the name `path`, which must be free; return False where that cannot be.

        Only once: two names would be one file. Linux only, on the same file system: open(2) on O_TMPFILE, linkat(2).
        """
        if not self.on_disk or self._named:
            return False
        try:
            self._file.flush()
            os.fchmod(self._file.fileno(), mode)
            os.fsync(self._file.fileno())
            descriptors = os.open(DESCRIPTORS, os.O_RDONLY)
        except OSError:
            return False
        try:
            # with a directory given, Python calls linkat and passes on that the link in /proc is to be followed
            os.link(str(self._file.fileno()), path, src_dir_fd=descriptors, follow_symlinks=True)
            self._named = True
        except (OSError, NotImplementedError):
            pass
        finally:
            os.close(descriptors)
        return self._named

    def _to_disk(self):
        content = self._file.getvalue()
        self._file, self.folder = _nameless(self._near) or (tempfile.TemporaryFile(), self.folder)
        self.on_disk = True
        self._file.write(content)


def _nameless(near: Optional[str]) -> Any:
    """Return a file without a name in the directory of `near`, None where there can be none."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not near:
        return None
    path = os.path.abspath(os.path.expanduser(near))
    if _is_remote(path):
        return None
    for folder in (path, os.path.dirname(path)):
        try:
            return os.fdopen(os.open(folder, flag | os.O_RDWR, 0o600), "w+b"), folder
        except OSError:
            continue
    return None


def _is_remote(path, mounts=None):
    """Tell whether a path is on a file system of another machine, by the list of mounts alone."""
    found = ""
    kind = ""
    try:
        with open(mounts or MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return True
    for line in lines:
        fields = line.split(" ")
        point = fields[1].replace("\\040", " ") if len(fields) > 2 else ""
        if (path + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(found):
            found, kind = point, fields[2]
    return kind.startswith(REMOTE)
