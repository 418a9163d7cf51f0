"""What the modules that change part of a text file share: read it, decide, write it back, and say so as Ansible does."""

from typing import Any, Dict, Optional

from runner.target.attributes import apply_attributes, attribute_changes, look_attributes, merge_diff
from runner.target.decision import Decision, ModuleFailed
from runner.target.replace_file import check_validate, make_parents, put_content

ATTRIBUTES_CHANGED = "ownership, perms or SE linux context changed"


class TextFile:
    """A text file as it is. path: where it really is. text: its content, None when it does not exist."""

    def __init__(self, path, text, present):
        self.path = path
        self.text: Optional[str] = text
        self.present = present


def look_text(path, args, system):
    """Return the `TextFile` at a path, with symlinks followed. Raises ModuleFailed for a directory."""
    check_validate(args)
    if system.is_dir(path):
        raise ModuleFailed("Path %s is a directory !" % path, rc=256)
    real = system.realpath(path)
    text = system.read_text(real) if system.exists(real) else None
    return TextFile(real, text, look_attributes(real, args, system))


def edited(args: Dict[str, Any], file: TextFile, text: Optional[str], msg: str, headers: bool = True) -> Decision:
    """Return the decision for new content `text` (None: the file is left alone); `msg` says what was done to it.

    headers: name the parts of the diff "(content)" and "(file attributes)".
    """
    changes = attribute_changes(args, file.present)
    rewrite = text is not None and text != file.text
    plan = {"path": file.path, "text": text if rewrite else None, "changes": changes, "msg": msg}
    diff = [_content_diff(args["path"], file.text, text if rewrite else file.text, headers)]
    if changes:
        head = "%s (file attributes)" % args["path"]
        diff.append(merge_diff({"before_header": head, "after_header": head}, changes))
    return Decision(rewrite or bool(changes), {"msg": message(msg, changes)}, diff, plan)


def _content_diff(path, before, after, headers):
    head = "%s (content)" % path if headers else path
    return {"before": before or "", "after": after or "", "before_header": head, "after_header": head}


def message(msg, changes):
    """Join what was done to the content with what was done to the attributes."""
    return " and ".join(part for part in (msg, ATTRIBUTES_CHANGED if changes else "") if part)


def write_back(args, decision, system, encoding="utf-8"):
    """Carry out the plan of `edited`; returns (name of the backup or "", result keys)."""
    plan = decision.plan
    path = plan["path"]
    data = None if plan["text"] is None else plan["text"].encode(encoding, "surrogateescape")
    if data is not None:
        make_parents(path, system)
        backup, changes = put_content(path, data, args, system)
        return backup, {"msg": message(plan["msg"], changes or plan["changes"])}
    apply_attributes(path, plan["changes"], system)
    return "", {}
