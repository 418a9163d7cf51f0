"""The file half of the door to the operating system: look at, read, replace and remove files."""

import contextlib
import datetime
import errno
import glob
import hashlib
import os
import shutil
import stat as stat_bits
import tempfile
import time

CHUNK = 1 << 18


class Files:
    """File access for modules. Paths are text; undecodable bytes in them travel as surrogate escapes.

    What cannot be done raises OSError, which fails the task with a clear message unless the module catches it.
    """

    def stat(self, path):
        """Return the `os.stat_result` of what `path` leads to, following symlinks; None when there is nothing."""
        try:
            return os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def lstat(self, path):
        """Return the `os.stat_result` of `path` itself (a symlink is not followed); None when there is nothing."""
        try:
            return os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def exists(self, path):
        """Tell whether `path` leads to something (a dangling symlink does not)."""
        return self.stat(path) is not None

    def is_file(self, path):
        """Tell whether `path` leads to a regular file."""
        found = self.stat(path)
        return found is not None and stat_bits.S_ISREG(found.st_mode)

    def is_dir(self, path):
        """Tell whether `path` leads to a directory."""
        found = self.stat(path)
        return found is not None and stat_bits.S_ISDIR(found.st_mode)

    def is_link(self, path):
        """Tell whether `path` itself is a symlink."""
        found = self.lstat(path)
        return found is not None and stat_bits.S_ISLNK(found.st_mode)

    def may(self, path, how):
        """Tell whether the current user may do all of `how` (letters of "rwx") to `path`."""
        bits = {"r": os.R_OK, "w": os.W_OK, "x": os.X_OK}
        return os.access(path, sum(bits[letter] for letter in how))

    def read(self, path):
        """Return the bytes of a file."""
        with open(path, "rb") as file:
            return file.read()

    def read_text(self, path):
        """Return a file's text, UTF-8 with undecodable bytes as surrogate escapes."""
        return self.read(path).decode("utf-8", "surrogateescape")

    def open(self, path):
        """Open a file for reading bytes; the caller closes it."""
        return open(path, "rb")

    def digest(self, path, algorithm="sha1"):
        """Return the hexadecimal digest of a file, read in pieces. algorithm: a name `hashlib.new` knows."""
        state = hashlib.new(algorithm)
        with self.open(path) as file:
            for piece in iter(lambda: file.read(CHUNK), b""):
                state.update(piece)
        return state.hexdigest()

    def listdir(self, path):
        """Return the sorted names in a directory."""
        return sorted(os.listdir(path))

    def glob(self, pattern):
        """Return the sorted paths that match a shell pattern; a plain path that exists (even a dangling symlink) matches."""
        return sorted(glob.glob(pattern))

    def walk(self, path):
        """Yield (directory, names of subdirectories, other names), top down; symlinks are not followed. Names are sorted.

        Removing names from the list of subdirectories keeps the walk out of them.
        """
        names = self.listdir(path)
        folders = [name for name in names if self._is_real_dir(os.path.join(path, name))]
        taken = set(folders)
        yield path, folders, [name for name in names if name not in taken]
        for name in folders:
            for step in self.walk(os.path.join(path, name)):
                yield step

    def _is_real_dir(self, path):
        found = self.lstat(path)
        return found is not None and stat_bits.S_ISDIR(found.st_mode)

    def readlink(self, path):
        """Return the text of a symlink."""
        return os.readlink(path)

    def realpath(self, path):
        """Return the absolute path with every symlink resolved."""
        return os.path.realpath(path)

    def backup(self, path):
        """Copy a file beside itself with its attributes and return the copy's name (`NAME.PID.DATE@TIME~`)."""
        stamp = datetime.datetime.fromtimestamp(time.time()).strftime("%Y-%m-%d@%H:%M:%S~")
        copy = "%s.%s.%s" % (path, os.getpid(), stamp)
        # private until it has the attributes of the file; what stands under its name is replaced, not written into
        handle, new = tempfile.mkstemp(prefix=".muster-", dir=os.path.dirname(copy) or ".")
        try:
            with os.fdopen(handle, "wb") as target, open(path, "rb") as source:
                shutil.copyfileobj(source, target, CHUNK)
            shutil.copystat(path, new)
            found = os.stat(path)
            with contextlib.suppress(PermissionError):
                os.chown(new, found.st_uid, found.st_gid)
            os.rename(new, copy)
        except BaseException:
            os.remove(new)
            raise
        return copy

    def mkdir(self, path, mode=0o777):
        """Make one directory; `mode` is cut by the umask. Raises FileExistsError."""
        os.mkdir(path, mode)

    def touch(self, path):
        """Make an empty file if there is none (never truncates)."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666))

    def symlink(self, target, path):
        """Make a symlink at `path` in one step, replacing a symlink or file that is there."""
        self._replace_by(path, lambda name: os.symlink(target, name))

    def link(self, source, path):
        """Make a hard link at `path` in one step, replacing a symlink or file that is there."""
        self._replace_by(path, lambda name: os.link(source, name))

    def _replace_by(self, path, make):
        refuse_special(path, self.lstat(path))
        folder, name = os.path.split(path)
        temporary = os.path.join(folder, ".muster-%s.%s" % (name[:100], os.getpid()))
        make(temporary)
        try:
            os.rename(temporary, path)
        finally:
            # rename does nothing when both names are already the same file
            if os.path.lexists(temporary):
                os.remove(temporary)

    def rename(self, source, path):
        """Rename within one file system, replacing `path`."""
        os.rename(source, path)

    def remove(self, path):
        """Remove a file or symlink."""
        os.remove(path)

    def rmtree(self, path):
        """Remove a directory and all it holds; symlinks are not followed."""
        shutil.rmtree(path)

    def chmod(self, path, mode):
        """Set permission bits (follows symlinks)."""
        os.chmod(path, mode)

    def chown(self, path, uid, gid, follow=False):
        """Set owner and group by number; -1 leaves one as it is."""
        os.chown(path, uid, gid, follow_symlinks=follow)

    def utime(self, path, atime, mtime, follow=True):
        """Set access and modification time (seconds since 1970); both None: to now, which write permission is enough for."""
        os.utime(path, None if atime is None and mtime is None else (atime, mtime), follow_symlinks=follow)

    def umask(self):
        """Return the umask of the process."""
        value = os.umask(0o077)
        os.umask(value)
        return value


def refuse_special(path, status):
    """Raise FileExistsError where a device, pipe or socket would be replaced by a file: /dev/null must stay what it is."""
    plain = (stat_bits.S_IFREG, stat_bits.S_IFLNK, stat_bits.S_IFDIR)
    if status is not None and stat_bits.S_IFMT(status.st_mode) not in plain:
        raise FileExistsError(errno.EEXIST, "A device, pipe or socket is there, which no file may replace", path)
