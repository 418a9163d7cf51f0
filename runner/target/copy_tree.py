"""How the copy module puts a whole directory in place: a list of what shall be there, then only what differs is sent."""

import os
import stat

from runner.target.attributes import apply_attributes, attribute_changes, ensure_attributes, kind_of, look_attributes, mode_text
from runner.target.content_diff import content_diff, readable
from runner.target.decision import Decision, ModuleFailed
from runner.target.replace_file import check_validate, make_parents, validated


class Seen:
    """One entry of the tree and what is at its place. differs: it must be made or rewritten. need: its content is missing."""

    def __init__(self, entry, dest, kind):
        self.entry = entry
        self.dest = dest
        self.kind = kind
        self.differs = False
        self.present = None
        self.args = None
        self.diff = None


def look(args, system):
    """Return a `Seen` for the directory itself and each entry, in order. Raises ModuleFailed."""
    check_validate(args)
    entries = args["_tree"] if args["_tree"] is not None else local_tree(args["src"], bool(args["local_follow"]), system)
    top = args["dest"].rstrip("/") or "/"
    seen = []
    offset = 0
    mode = stat.S_IMODE(system.stat(args["src"]).st_mode) if args["remote_src"] else None
    for entry in [{"path": "", "kind": "dir", "mode": mode}, *entries]:
        dest = os.path.join(top, entry["path"]) if entry["path"] else top
        if entry["kind"] == "file" and args["follow"] and system.is_link(dest):
            dest = system.realpath(dest)
        one = Seen(entry, dest, kind_of(system.lstat(dest)))
        _compare(one, args, system)
        if entry["kind"] == "file" and entry["path"] in (args["_sent"] or ()):
            entry["offset"] = offset
            offset += entry["size"]
        if system.diff and not system.no_log and one.differs and entry["kind"] == "file":
            one.diff = content_diff(readable(dest, system), _new_content(one, args, system), dest, entry.get("source") or dest)
        seen.append(one)
    return seen


def _compare(one, args, system):
    wanted = one.entry["kind"]
    one.args = _entry_args(one, args)
    if wanted == "dir":
        if one.kind == "link" and system.is_dir(one.dest):
            one.kind = "directory"
        if one.kind not in ("directory", "absent"):
            raise ModuleFailed("cannot make directory %s: there is a %s of that name" % (one.dest, one.kind))
        one.differs = one.kind == "absent"
    elif wanted == "link":
        if one.kind == "directory":
            raise ModuleFailed("cannot make symlink %s: there is a directory of that name" % one.dest)
        one.differs = one.kind != "link" or system.readlink(one.dest) != one.entry["target"]
    else:
        if one.kind == "directory":
            raise ModuleFailed("cannot make file %s: there is a directory of that name" % one.dest)
        exists = one.kind != "absent"
        one.differs = not exists or (bool(args["force"]) and (one.kind == "link" or system.digest(one.dest) != one.entry["checksum"]))
        if exists and not args["force"]:
            return
    one.present = look_attributes(one.dest, one.args, system, follow=wanted == "dir")


def _entry_args(one, args):
    if args["remote_src"]:
        return dict(args, mode=_remote_mode(one, args))
    if one.kind != "absent" and _is_top(one, args):
        # owner and mode are for what is copied: the directory that takes it in, /etc perhaps, stays as it is
        return dict(args, **dict.fromkeys(("mode", "owner", "group", "attributes", "seuser", "serole", "setype", "selevel")))
    if one.entry["kind"] == "dir":
        # directory_mode is for directories that this task makes
        return dict(args, mode=args["directory_mode"] if one.kind == "absent" else None)
    if args["mode"] == "preserve":
        return dict(args, mode=mode_text(one.entry["mode"]) if one.entry["kind"] == "file" else None)
    return args


def _is_top(one, args):
    """Whether this is the directory that takes the tree in, or the tree's own of the name it has at its source."""
    source = args["_source"] or args["src"] or ""
    return one.entry["path"] in ("", os.path.basename(source))


def _remote_mode(one, args):
    """Return the mode within a tree of this host: its source's for what is new; `mode` itself is for the tree's top alone."""
    kind, mode = one.entry["kind"], one.entry.get("mode")
    if one.entry["path"] == "" and args["mode"] not in (None, "preserve"):
        return args["mode"]
    if kind == "link" or (one.kind != "absent" and not (one.entry["path"] == "" and args["mode"] == "preserve")):
        return mode_text(mode) if kind == "file" and args["mode"] == "preserve" else None
    if kind == "dir" and args["directory_mode"] is not None:
        return args["directory_mode"]
    # a copy does not get the powers of its source's setuid
    return mode_text(mode & 0o777 if kind == "file" else mode)


def local_tree(top, follow, system, above=()):
    """Return the entries of a directory of this host, parents before what they hold.

    follow: symlinks count as what they lead to, save those to a directory in `above` (real paths) or to nothing.
    """
    entries = []
    above = (*above, system.realpath(top))
    for name in system.listdir(top):
        path = os.path.join(top, name)
        through = follow and system.exists(path) and system.realpath(path) not in above
        if system.is_link(path) and not through:
            entries.append({"path": name, "kind": "link", "target": system.readlink(path)})
        elif system.is_dir(path):
            entries.append({"path": name, "kind": "dir", "mode": stat.S_IMODE(system.stat(path).st_mode)})
            inner = local_tree(path, follow, system, above)
            entries += [dict(entry, path=os.path.join(name, entry["path"])) for entry in inner]
        else:
            entries.append(_file(path, name, system))
    return entries


def _file(path, relative, system):
    status = system.stat(path)
    entry = {"path": relative, "kind": "file", "checksum": system.digest(path), "size": status.st_size, "source": path}
    entry["mode"] = stat.S_IMODE(status.st_mode)
    return entry


def decide(args, seen):
    """Return the decision for all of the tree (pure). `_need` in the result lists the files whose content must be sent."""
    sent = set(args["_sent"] or ())
    need = [one.entry["path"] for one in seen if one.differs and one.entry["kind"] == "file" and not args["remote_src"]]
    missing = [path for path in need if path not in sent]
    steps = []
    for one in seen:
        changes = attribute_changes(one.args, one.present) if one.present is not None and not one.differs else []
        if one.differs or changes:
            steps.append((one, changes))
    result = {"dest": args["dest"], "src": args["_source"] or args["src"]}
    if missing:
        result["_need"] = missing
    diff = [one.diff for one in seen if one.diff] or None
    return Decision(bool(steps), result, diff, {"steps": steps, "missing": missing})


def apply(args, decision, system):
    """Make all that differs. Does nothing while content is missing."""
    if decision.plan["missing"]:
        return
    for one, changes in decision.plan["steps"]:
        if not one.differs:
            apply_attributes(one.dest, changes, system, one.entry["kind"] == "dir")
        elif one.entry["kind"] == "dir":
            for folder in make_parents(os.path.join(one.dest, ""), system):
                ensure_attributes(folder, one.args, system, follow=True)
        elif one.entry["kind"] == "link":
            system.symlink(one.entry["target"], one.dest)
            ensure_attributes(one.dest, one.args, system)
        else:
            _write(one, args, system)
    return


def _new_content(one, args, system):
    if args["remote_src"]:
        return readable(one.entry["source"], system)
    if system.blob is None or "offset" not in one.entry:
        return None
    return _part(one, system)


def _part(one, system):
    file = system.blob.open()
    file.seek(one.entry["offset"])
    return file.read(one.entry["size"])


class _Piece:
    """A part of the content that came along, to be read as a file of its own."""

    def __init__(self, file, offset, size):
        self.file, self.left = file, size
        file.seek(offset)

    def read(self, size=-1):
        """Return the next bytes, at most `size`."""
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data


def _write(one, args, system):
    if args["remote_src"]:
        with system.open(one.entry["source"]) as source:
            staged = system.stage(one.dest, source, unsafe=bool(args["unsafe_writes"]))
    else:
        staged = system.stage(one.dest, _Piece(system.blob.open(), one.entry["offset"], one.entry["size"]))
    if system.digest(staged) != one.entry["checksum"]:
        raise ModuleFailed("Copied file does not match the expected checksum. Transfer failed.", dest=one.dest)
    ran = validated(staged, args, system)
    if ran is not None and ran.rc != 0:
        raise ModuleFailed("failed to validate", exit_status=ran.rc, stdout=ran.out, stderr=ran.err, dest=one.dest)
    if args["backup"] and system.exists(one.dest):
        system.backup(one.dest)
    system.commit(staged, one.dest, unsafe=bool(args["unsafe_writes"]))
    ensure_attributes(one.dest, one.args, system)
