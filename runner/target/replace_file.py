"""Puts new content in a file's place: validated by the user's command, backed up, in one step, then owner and mode."""

import os
import shlex
from typing import Any, Dict, List

from runner.target.attributes import FILE_ARGUMENTS, ensure_attributes
from runner.target.decision import ModuleFailed

CONTENT_ARGUMENTS: Dict[str, Dict[str, Any]] = dict(
    FILE_ARGUMENTS,
    backup={"type": "boolean", "default": False, "description": "Keep a copy of the old file beside it, with a time stamp."},
    validate={
        "type": "string",
        "description": "Command that checks the new file before it is put in place; %s is the new file's path. No shell.",
    },
)


def check_validate(args: Dict[str, Any]) -> None:
    """Raise ModuleFailed when the validate command has no place for the file's name."""
    if args.get("validate") and "%s" not in args["validate"]:
        raise ModuleFailed("validate must contain %%s: %s" % args["validate"])


def validated(staged, args, system):
    """Run the user's validate command on a staged file and return how it ended (`Ran`); None without a command."""
    check_validate(args)
    if not args.get("validate"):
        return None
    words = [word.replace("%s", staged) for word in split_words(args["validate"])]
    try:
        return system.run(words, own_locale=True)
    except OSError as error:
        raise ModuleFailed("the validate command cannot be started: %s" % error)


def split_words(text):
    """Split a command line as a shell would, without running one. Raises ModuleFailed for an open quote."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ModuleFailed("cannot split the command %r: %s" % (text, error))


def put_content(path, data, args, system):
    """Write `data` (bytes) to `path` with validate, backup, owner and mode as in `args`.

    Returns (name of the backup or "", attribute changes made). Raises ModuleFailed when validate refuses.
    """
    staged = system.stage(path, data, unsafe=bool(args.get("unsafe_writes")))
    ran = validated(staged, args, system)
    if ran is not None and ran.rc != 0:
        raise ModuleFailed("failed to validate: rc:%s error:%s" % (ran.rc, ran.err))
    backup = system.backup(path) if args.get("backup") and system.exists(path) else ""
    system.commit(staged, path, unsafe=bool(args.get("unsafe_writes")))
    return backup, ensure_attributes(path, args, system)


def make_parents(path: str, system: Any) -> List[str]:
    """Make the directories that `path` lies in, and return those made, outermost first."""
    missing: List[str] = []
    folder = os.path.dirname(path)
    while folder and not system.exists(folder):
        missing.insert(0, folder)
        folder = os.path.dirname(folder)
    for each in missing:
        system.mkdir(each)
    return missing
