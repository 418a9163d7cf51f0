"""Whether a path of one kind can become another, for each state of the `file` module; refusals in Ansible's words (pure)."""

from runner.target.decision import ModuleFailed


def initial_diff(seen):
    """Return the diff with which each state begins: the path, and the kinds when they differ."""
    diff = {"before": {"path": seen.path}, "after": {"path": seen.path}}
    if seen.kind != seen.state:
        diff["before"]["state"], diff["after"]["state"] = seen.kind, seen.state
    if seen.content is not None:
        diff["before"]["path_content"] = seen.content
    return diff


def to_absent(args, seen, diff):
    return seen.kind != "absent"


def to_file(args, seen, diff):
    if seen.kind not in ("file", "hard"):
        message = "file (%s) is %s, cannot continue" % (seen.path, seen.kind)
        raise ModuleFailed(message, **dict(seen.info, path=seen.path, state=seen.kind))
    return False


def to_touch(args, seen, diff):
    if seen.kind == "link" and args["follow"] and not seen.target_exists:
        raise ModuleFailed("Error, could not touch target: the symlink %s leads to nothing: %s" % (seen.path, seen.link), path=seen.path)
    return seen.kind == "absent"


def to_directory(args, seen, diff):
    if seen.kind not in ("absent", "directory"):
        raise ModuleFailed("%s already exists as a %s" % (seen.path, seen.kind), **dict(seen.info, path=seen.path))
    return seen.kind == "absent"


def to_link(args, seen, diff):
    if not args["force"] and seen.src is not None and seen.source_status is None:
        message = 'src file does not exist, use "force=yes" if you really want to create the link: %s' % seen.source
        raise ModuleFailed(message, path=seen.path, src=seen.src)
    if seen.kind in ("directory", "file", "hard") and not args["force"]:
        raise ModuleFailed("refusing to convert from %s to symlink for %s" % (seen.kind, seen.path), path=seen.path)
    if seen.kind == "directory" and seen.entries:
        raise ModuleFailed("the directory %s is not empty, refusing to convert it" % seen.path, path=seen.path)
    if seen.kind != "link":
        if seen.src is None:
            raise ModuleFailed("src is required for creating new symlinks")
        return True
    return seen.src is not None and _other_source(seen, diff)


def _other_source(seen, diff):
    if seen.link == seen.src:
        return False
    diff["before"]["src"], diff["after"]["src"] = seen.link, seen.src
    return True


def to_hard(args, seen, diff):
    if seen.kind != "hard" and seen.src is None:
        raise ModuleFailed("src is required for creating new hardlinks")
    if seen.src is not None and seen.source_status is None:
        raise ModuleFailed("src does not exist", dest=seen.path, src=seen.src)
    if seen.kind == "absent" or seen.src is None:
        return seen.kind == "absent"
    if seen.kind == "link":
        return _other_source(seen, diff)
    if seen.path_status.st_ino == seen.source_status.st_ino:
        return False
    if not args["force"]:
        what = "different hard link" if seen.kind in ("hard", "directory") else seen.kind
        raise ModuleFailed("Cannot link, %s exists at destination" % what, dest=seen.path, src=seen.src)
    if seen.entries:
        raise ModuleFailed("the directory %s is not empty, refusing to convert it" % seen.path, path=seen.path)
    return True


DECIDE = {
    "absent": to_absent,
    "file": to_file,
    "touch": to_touch,
    "directory": to_directory,
    "link": to_link,
    "hard": to_hard,
}
