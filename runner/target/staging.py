"""New content of files: written beside their place, put there in one step; temporary files that are gone when the task ends."""

import contextlib
import errno
import os
import shutil
import stat as stat_bits
import tempfile

from runner.target.files import CHUNK, Files, refuse_special
from runner.target.spool import Spool

# Why a file cannot be replaced although it may be possible to write into it.
UNREPLACEABLE = (errno.EBUSY, errno.EPERM, errno.EACCES, errno.EXDEV, errno.ETXTBSY)


class Staging(Files):
    """Files in the making."""

    def __init__(self) -> None:
        self._temporary: list = []
        self._opened: list = []

    def close_at_end(self, file):
        """Have a file object closed when the task ends."""
        self._opened.append(file)

    def stage(self, path, data, mode=0o600, unsafe=False):
        """Write `data` to a new temporary file beside `path` and return its name; `commit` puts it in place.

        data: bytes, or an object with `read(size)`; a spool on the same file system is not copied. The file is removed at the
        end of the task if it was never committed, so `validate` commands may look at it. unsafe: elsewhere, if the folder of a
        file that exists takes no new one.
        """
        folder, name = os.path.split(path)
        prefix = ".muster-%s." % name[:100]
        staged = os.path.join(folder, prefix + os.urandom(8).hex())
        if isinstance(data, Spool) and data.link_to(staged, mode):
            self._remember(staged)
            return staged
        with _named(path):
            return self._fill(path, prefix, folder, data, mode, unsafe)

    def _fill(self, path, prefix, folder, data, mode, unsafe):
        try:
            handle, staged = tempfile.mkstemp(prefix=prefix, dir=folder or ".")
        except OSError as error:
            if not unsafe or error.errno not in UNREPLACEABLE or not self.is_file(path):
                raise
            handle, staged = tempfile.mkstemp(prefix=prefix)
        self._remember(staged)
        with os.fdopen(handle, "wb") as file:
            if isinstance(data, bytes):
                file.write(data)
            else:
                shutil.copyfileobj(data, file, CHUNK)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        return staged

    def commit(self, staged, path, mode=None, uid=-1, gid=-1, unsafe=False):
        """Put a staged file in the place of `path` in one step.

        Without `mode`, `uid`, `gid` those of the file that is replaced are kept, or new files get 0666 less the umask.
        unsafe: where the name cannot be replaced (a bind mount, as /etc/hosts in a container) write into the file itself.
        """
        old = self.lstat(path)
        refuse_special(path, old)
        if old is not None and stat_bits.S_ISREG(old.st_mode):
            self._keep_attributes(path, staged, old, uid == -1, gid == -1)
        else:
            old = None
        if uid != -1 or gid != -1:
            os.chown(staged, uid, gid)
        if mode is None:
            mode = stat_bits.S_IMODE(old.st_mode) if old is not None else 0o666 & ~self.umask()
        os.chmod(staged, mode)
        try:
            with _named(path):
                os.rename(staged, path)
        except OSError as error:
            if not unsafe or error.errno not in UNREPLACEABLE:
                raise
            with open(staged, "rb") as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
            os.remove(staged)
        self._forget(staged)

    def _keep_attributes(self, path, staged, old, keep_uid, keep_gid):
        # Extended attributes hold the SELinux label; owners are kept where we may set them.
        with contextlib.suppress(OSError, AttributeError):
            for name in os.listxattr(path):
                with contextlib.suppress(OSError):
                    os.setxattr(staged, name, os.getxattr(path, name))
        new = os.lstat(staged)
        wanted = (old.st_uid if keep_uid else -1, old.st_gid if keep_gid else -1)
        if wanted != (new.st_uid, new.st_gid):
            with contextlib.suppress(PermissionError):
                os.chown(staged, wanted[0], wanted[1])

    def write_atomic(self, path, data, mode=None, uid=-1, gid=-1, unsafe=False):
        """Replace `path` with `data` in one step (`stage`, then `commit`). A symlink at `path` is itself replaced.

        To write through a symlink pass `system.realpath(path)`.
        """
        self.commit(self.stage(path, data, unsafe=unsafe), path, mode, uid, gid, unsafe)

    def temporary(self, data=b"", suffix="", folder=None):
        """Write bytes to a new private file (0600) and return its path; it is removed when the task ends."""
        handle, path = tempfile.mkstemp(prefix="muster-", suffix=suffix, dir=folder)
        self._remember(path)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return path

    def temporary_folder(self, folder=None):
        """Make a new private directory (0700) and return its path; it is removed when the task ends."""
        path = tempfile.mkdtemp(prefix="muster-", dir=folder)
        self._remember(path)
        return path

    def _remember(self, path):
        self._temporary.append(path)

    def _forget(self, path):
        if path in self._temporary:
            self._temporary.remove(path)

    def close(self):
        """Remove the temporary files of this task, and close what it left open."""
        for file in self._opened:
            with contextlib.suppress(OSError):
                file.close()
        self._opened = []
        for path in self._temporary:
            with contextlib.suppress(OSError):
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path)
                else:
                    os.remove(path)
        self._temporary = []


@contextlib.contextmanager
def _named(path):
    """An error of the operating system is about the file the user knows, not about the temporary one beside it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, path)
