"""Puts the members of an archive in a directory: only those that differ, none outside it, each in one step."""

import os
import stat

from runner.target.attributes import apply_attributes, attribute_changes, ensure_attributes, look_attributes
from runner.target.decision import ModuleFailed

CHUNK = 1 << 18


class Place:
    """Where a member goes. path: the whole path; differs: a word for what is not the same, or "" """

    def __init__(self, member, path):
        self.member = member
        self.path = path
        self.differs = ""


def places(members, dest, system):
    """Return a `Place` for each member. Raises ModuleFailed for names that lead out of `dest`."""
    found = []
    for member in members:
        if member.outside():
            raise ModuleFailed("the archive is refused: its member %r leads out of %s" % (member.written, dest))
        if member.kind == "other":
            raise ModuleFailed("the archive is refused: its member %r is a device or the like" % member.written)
        if member.kind == "hard" and (member.target.startswith("/") or ".." in member.target.split("/")):
            raise ModuleFailed("the archive is refused: its member %r is a link out of %s" % (member.written, dest))
        found.append(Place(member, os.path.normpath(os.path.join(dest, member.name))))
    return found


def compare(place, args, system):
    """Set `place.differs` to a word for the first thing that is not as in the archive."""
    member, status = place.member, system.lstat(place.path)
    if status is None:
        place.differs = "missing"
    elif member.kind == "dir":
        place.differs = "" if system.is_dir(place.path) else "kind"
    elif member.kind == "link":
        place.differs = "" if stat.S_ISLNK(status.st_mode) and system.readlink(place.path) == member.target else "target"
    elif member.kind == "hard":
        place.differs = "" if stat.S_ISREG(status.st_mode) else "kind"
    elif args["keep_newer"] and status.st_mtime > member.mtime:
        place.differs = ""
    else:
        place.differs = _file_differs(member, status, place.path, system)
    if not place.differs and member.kind in ("file", "dir") and args["mode"] is None and member.name != ".":
        if stat.S_IMODE(system.stat(place.path).st_mode) & 0o777 != _mode(member, system) & 0o777:
            place.differs = "mode"


def _file_differs(member, status, path, system):
    if not stat.S_ISREG(status.st_mode):
        return "kind"
    if status.st_size != member.size:
        return "size"
    with member.open() as packed, system.open(path) as there:
        while True:
            one, two = packed.read(CHUNK), there.read(CHUNK)
            if one != two:
                return "content"
            if not one:
                return ""


def _mode(member, system):
    # tar gives root the modes as they are in the archive, others those less the umask
    return member.mode if system.euid() == 0 else member.mode & ~system.umask()


def put(place, dest, args, system):
    """Make one member as in the archive."""
    member, path = place.member, place.path
    folder = os.path.dirname(path)
    real, top = system.realpath(folder), system.realpath(dest)
    if real != top and not real.startswith(top.rstrip("/") + "/") and path != os.path.normpath(dest):
        raise ModuleFailed("the archive is refused: its member %r goes through a symlink out of %s" % (member.written, dest))
    _folders(folder, system)
    if place.differs == "mode":
        system.chmod(path, _mode(member, system))
        return
    if member.kind == "dir":
        _directory(path, system)
    elif member.kind == "link":
        _clear(path, system)
        system.symlink(member.target, path)
        return
    elif member.kind == "hard":
        _clear(path, system)
        system.link(os.path.join(dest, os.path.normpath(member.target)), path)
        return
    else:
        _clear(path, system)
        with member.open() as packed:
            staged = system.stage(path, packed)
        system.commit(staged, path, unsafe=bool(args["unsafe_writes"]))
    _own(member, path, args, system)
    if path != os.path.normpath(dest):
        system.chmod(path, _mode(member, system))
    if member.kind == "file":
        system.utime(path, member.mtime, member.mtime)


def _folders(folder, system):
    if not system.exists(folder):
        _folders(os.path.dirname(folder), system)
        system.mkdir(folder)


def _directory(path, system):
    if system.is_dir(path):
        return
    _clear(path, system)
    system.mkdir(path)


def _clear(path, system):
    status = system.lstat(path)
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise ModuleFailed("cannot unpack over the directory %s: the archive has something else there" % path)
    if status is not None and not stat.S_ISREG(status.st_mode):
        system.remove(path)


def _own(member, path, args, system):
    if member.owner is None or system.euid() != 0 or "--no-same-owner" in args["extra_opts"]:
        return
    uid, gid, user, group = member.owner
    entry, group_entry = system.user(user) if user else None, system.group(group) if group else None
    system.chown(path, entry.pw_uid if entry else uid, group_entry.gr_gid if group_entry else gid)


def attributes(found, args, system):
    """Return {path: changes} that owner, mode and the like of the task ask for, of what is there."""
    wanted = {}
    for path in [place.path for place in found] + tops(found, args):
        if system.lstat(path) is not None and not system.is_link(path):
            changes = attribute_changes(args, look_attributes(path, args, system))
            if changes:
                wanted[path] = changes
    return wanted


def tops(found, args):
    """Return the directories right below `dest` that members lie in although the archive has no member for them."""
    known = {place.path for place in found}
    names = {os.path.normpath(place.member.name).split(os.sep)[0] for place in found if os.sep in place.member.name}
    paths = {os.path.normpath(os.path.join(args["dest"], name)) for name in names}
    return sorted(paths - known)


def set_attributes(found, made, args, wanted, system):
    """Give what was made, and what differs, the attributes the task asks for."""
    for place in made:
        if place.member.kind in ("file", "dir"):
            ensure_attributes(place.path, args, system)
    if made:
        for path in tops(found, args):
            ensure_attributes(path, args, system)
    for path, changes in wanted.items():
        if not any(place.path == path for place in made):
            apply_attributes(path, changes, system)
