"""Unpacks an archive by the host's own tar or unzip, for options that only these know; what they made is then taken in as an archive."""

import os
import stat

from runner.target.archives import Archive, Member
from runner.target.decision import ModuleFailed

CHUNK = 1 << 18
# of these handlers tar is told the compression: it guesses by the file's first bytes, but not all tars do
COMPRESSION = {"TgzArchive": "-z", "TarBzipArchive": "-j", "TarXzArchive": "-J", "TarZstdArchive": "--zstd"}


def unpacked(file, handler, args, system):
    """Return what the program makes of an archive as an `Archive`, whose members lie in a private directory of this task.

    file: the archive, open for reading. handler: what kind of archive it is. Raises ModuleFailed when the program is not there,
    or when it fails. Include and exclude of the task are left to the program as well.
    """
    packed, folder = system.temporary(), system.temporary_folder()
    file.seek(0)
    with open(packed, "wb") as copy:
        for piece in iter(lambda: file.read(CHUNK), b""):
            copy.write(piece)
    if handler == "ZipArchive":
        words = [program("unzip", system), "-oq", *args["extra_opts"], packed, *args["include"]]
        words += (["-x"] + args["exclude"] if args["exclude"] else []) + ["-d", folder]
        # 1: warnings, the files are there (unzip(1))
        fine = [0, 1]
    else:
        words = [program("tar", system), "--extract", "-C", folder, *filter(None, [COMPRESSION.get(handler)]), *args["extra_opts"]]
        words += ["--exclude=" + each for each in args["exclude"]] + ["-f", packed, *args["include"]]
        fine = [0]
    ran = system.run(words)
    if ran.rc not in fine:
        problem = (ran.err or ran.out).strip()
        raise ModuleFailed("failed to unpack: " + problem, rc=ran.rc, cmd=words)
    return Archive(handler, members(folder))


def program(name, system):
    """Return the path of a program of the host. Raises ModuleFailed."""
    found = system.which(name)
    if found is None:
        raise ModuleFailed("extra_opts holds options that only %s understands, and this host has no %s: install it" % (name, name))
    return found


def members(folder):
    """Return the members that a directory holds, directories before what is in them."""
    found = []
    for top, folders, files in os.walk(folder):
        found += [member(os.path.join(top, name), folder) for name in folders + files]
    return sorted(found, key=lambda each: each.name)


def member(path, folder):
    """Return one file, link or directory as a member."""
    status = os.lstat(path)
    kind, target = "other", ""
    if stat.S_ISLNK(status.st_mode):
        kind, target = "link", os.readlink(path)
    elif stat.S_ISDIR(status.st_mode):
        kind = "dir"
    elif stat.S_ISREG(status.st_mode):
        kind = "file"
    made = Member(os.path.relpath(path, folder), kind, status.st_size, stat.S_IMODE(status.st_mode), status.st_mtime, target)
    made.owner = (status.st_uid, status.st_gid, "", "")
    made.open = lambda: open(path, "rb")
    return made
