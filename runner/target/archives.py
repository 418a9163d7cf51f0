"""Reads tar and zip archives as one list of members, whatever their compression."""

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import time
import zipfile
from typing import Any, Dict

from runner.target.decision import ModuleFailed

HANDLERS = {"": "TarArchive", "gz": "TgzArchive", "bz2": "TarBzipArchive", "xz": "TarXzArchive", "zst": "TarZstdArchive"}
MAGIC = ((b"\x1f\x8b", "gz"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zst"))
OPENERS: Dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}


class Member:
    """One entry. kind: file, dir, link (symlink to target), hard (another name of the entry `target`) or other.

    name: as in the archive, without ./ before and / after. mode: permission bits. mtime: seconds since 1970, local time for zip.
    """

    def __init__(self, name, kind, size, mode, mtime, target=""):
        self.written = name
        self.name = os.path.normpath(name) if name.strip("/") else "."
        self.kind = kind
        self.size = size
        self.mode = mode
        self.mtime = mtime
        self.target = target
        self.owner = None
        self.open = None

    def outside(self):
        """Tell whether the name leads out of the directory the archive is unpacked in."""
        return self.written.startswith("/") or ".." in self.written.split("/")


class Archive:
    """An open archive. handler: what Ansible calls the one for its kind. members: all entries, in their order."""

    def __init__(self, handler, members):
        self.handler = handler
        self.members = members


def open_archive(file, name, system, closing):
    """Return the `Archive` in a file open for reading. Raises ModuleFailed when it is none, or is damaged.

    closing: a `contextlib.ExitStack` that closes what is opened here.
    """
    file.seek(0)
    head = file.read(6)
    file.seek(0)
    try:
        if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            return _zip(closing.enter_context(zipfile.ZipFile(file)))
        kind = next((kind for magic, kind in MAGIC if head.startswith(magic)), "")
        if kind == "zst":
            file = closing.enter_context(_unzstd(file, name, system))
        elif kind:
            file = closing.enter_context(OPENERS[kind](file))
        return _tar(closing.enter_context(tarfile.open(fileobj=file, mode="r:")), kind)
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError, lzma.LZMAError) as error:
        raise ModuleFailed('Failed to find handler for "%s". It is no tar or zip archive, or it is damaged: %s' % (name, error))


def _unzstd(file, name, system):
    program = system.which("zstd")
    if program is None:
        raise ModuleFailed('Failed to find handler for "%s". Install the program zstd on the host.' % name)
    path = system.temporary()
    packed = system.temporary()
    with open(packed, "wb") as target:
        for piece in iter(lambda: file.read(1 << 18), b""):
            target.write(piece)
    system.run([program, "-dqf", packed, "-o", path], fail="zstd cannot decompress %s" % name)
    return system.open(path)


def _tar(archive, kind):
    members = []
    for info in archive:
        what = "other"
        if info.isreg():
            what = "file"
        elif info.isdir():
            what = "dir"
        elif info.issym():
            what = "link"
        elif info.islnk():
            what = "hard"
        member = Member(info.name, what, info.size, stat.S_IMODE(info.mode), info.mtime, info.linkname)
        member.owner = (info.uid, info.gid, info.uname, info.gname)
        member.open = lambda info=info: archive.extractfile(info)
        members.append(member)
    return Archive(HANDLERS[kind], members)


def _zip(archive):
    members = []
    for info in archive.infolist():
        bits = info.external_attr >> 16
        what = "dir" if info.filename.endswith("/") else "file"
        target = ""
        if stat.S_ISLNK(bits):
            what, target = "link", archive.read(info).decode("utf-8", "surrogateescape")
        mode = stat.S_IMODE(bits) if bits else 0
        mtime = time.mktime(info.date_time + (0, 0, -1))
        member = Member(info.filename, what, info.file_size, mode or (0o755 if what == "dir" else 0o644), mtime, target)
        member.open = lambda info=info: archive.open(info)
        members.append(member)
    return Archive("ZipArchive", members)
