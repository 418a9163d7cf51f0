"""What the modules that only look are given: the text of a request or certificate, or the path of its file."""

from typing import Any, Dict

from runner.target.decision import ModuleFailed


def given_text(args: Dict[str, Any], system: Any, what: str) -> str:
    """Return `content`, or the text of the file `path`. what: its name in messages. Raises ModuleFailed when there is none."""
    if args["name_encoding"] != "ignore":
        raise ModuleFailed("name_encoding: only ignore is supported here")
    if args["content"] is not None:
        return str(args["content"])
    if not system.is_file(args["path"]):
        raise ModuleFailed("the %s %s does not exist" % (what, args["path"]))
    return str(system.read_text(args["path"]))
