"""Access and modification times as the user writes them: preserve, now, or a date in a format of strptime(3)."""

import time

from runner.target.decision import ModuleFailed

DEFAULT_FORMAT = "%Y%m%d%H%M.%S"


def parsed_time(text, format, now):
    """Return seconds since 1970 for `text`, or None for preserve. Raises ModuleFailed for a date of another form."""
    if text is None or text == "preserve":
        return None
    if text == "now":
        return now
    try:
        return time.mktime(time.strptime(str(text), format))
    except (ValueError, OverflowError) as error:
        raise ModuleFailed("Error while obtaining timestamp for time %s using format %s: %s" % (text, format, error))


def wanted_times(args, default, now):
    """Return (atime, mtime) that a task asks for, None for what it leaves. default: the word for a time not given."""
    return tuple(
        parsed_time(args[name] if args.get(name) is not None else default, args[name + "_format"], now)
        for name in ("access_time", "modification_time")
    )


def time_changes(wanted, status):
    """Return {name: (before, after)} for those of (atime, mtime) that differ from the `os.stat_result`."""
    found = {}
    for name, new, old in zip(("atime", "mtime"), wanted, (status.st_atime, status.st_mtime)):
        if new is not None and new != old:
            found[name] = (old, new)
    return found


def set_times(path, wanted, system, follow=True):
    """Set what `wanted` = (atime, mtime) asks for and leave the other as it is."""
    status = system.stat(path) if follow else system.lstat(path)
    atime, mtime = (new if new is not None else old for new, old in zip(wanted, (status.st_atime, status.st_mtime)))
    try:
        system.utime(path, atime, mtime, follow)
    except PermissionError:
        # Who may write to a file but does not own it may only set both times to now.
        if wanted[0] is None or wanted[0] != wanted[1] or abs(wanted[0] - system.now()) > 60:
            raise
        system.utime(path, None, None, follow)
