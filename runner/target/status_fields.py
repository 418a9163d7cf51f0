"""A path's status in the words that the modules stat and find share."""

import stat as bits


def status_fields(status):
    """Return what an `os.stat_result` says of kind, mode, owner, size and times, in Ansible's keys (pure)."""
    mode = status.st_mode
    found = {
        "mode": "%04o" % bits.S_IMODE(mode),
        "isdir": bits.S_ISDIR(mode),
        "ischr": bits.S_ISCHR(mode),
        "isblk": bits.S_ISBLK(mode),
        "isreg": bits.S_ISREG(mode),
        "isfifo": bits.S_ISFIFO(mode),
        "islnk": bits.S_ISLNK(mode),
        "issock": bits.S_ISSOCK(mode),
        "isuid": bool(mode & bits.S_ISUID),
        "isgid": bool(mode & bits.S_ISGID),
        "uid": status.st_uid,
        "gid": status.st_gid,
        "size": status.st_size,
        "inode": status.st_ino,
        "dev": status.st_dev,
        "nlink": status.st_nlink,
        "atime": status.st_atime,
        "mtime": status.st_mtime,
        "ctime": status.st_ctime,
    }
    for who, shift in (("usr", 6), ("grp", 3), ("oth", 0)):
        for letter, bit in (("r", 4), ("w", 2), ("x", 1)):
            found[letter + who] = bool(mode >> shift & bit)
    return found
