"""Returns entries of a name service database (passwd, group, hosts ...) as facts. Source: getent(1)."""

from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "database": {"type": "string", "description": "passwd, group, shadow, hosts, services ..."},
        "key": {"type": "string", "default": "", "description": "One entry only; all that can be listed without it."},
        "service": {"type": "string", "description": "Ask only this service of nsswitch.conf, such as files."},
        "split": {
            "type": "string",
            "description": "What separates the fields of an entry; `:` or blanks, as the database has it.",
        },
        "fail_key": {
            "type": "boolean",
            "default": True,
            "description": "Fail when there is no such entry; else its value is null.",
        },
    },
    "required": ["database"],
}
RETURNS = {"ansible_facts.getent_<database>": "key -> list of the entry's other fields"}
EXAMPLES = """
- name: The account of the web server
  getent: {database: passwd, key: www-data}

- debug: {msg: "home {{ getent_passwd['www-data'][4] }}"}
"""
_COLONS = ("passwd", "shadow", "group", "gshadow")
_REASONS = {1: "Missing arguments, or database unknown.", 3: "Enumeration not supported on this database."}


def parse(text: str, split: Optional[str]) -> Dict[str, List[Any]]:
    """Return key -> other fields of each line; a key on several lines has a list of these lists."""
    found: Dict[str, List[List[str]]] = {}
    for line in text.splitlines():
        fields = line.split(split)
        if fields:
            found.setdefault(fields[0], []).append(fields[1:])
    return {key: rows[0] if len(rows) == 1 else rows for key, rows in found.items()}


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the entries. Raises ModuleFailed for an unknown database, one that has no list, or (fail_key) a missing entry."""
    argv = [program(system, "getent"), args["database"]] + ([args["key"]] if args["key"] else [])
    if args["service"]:
        argv = argv[:1] + ["-s", args["service"]] + argv[1:]
    split = args["split"]
    if split is None and args["database"] in _COLONS:
        split = ":"
    answer = system.run(argv)
    tree = "getent_" + args["database"]
    if answer.rc == 0:
        return {"ansible_facts": {tree: parse(answer.out, split)}}
    if answer.rc == 2:
        msg = "One or more supplied key could not be found in the database."
        if not args["fail_key"]:
            return {"ansible_facts": {tree: {args["key"]: None}}, "msg": msg}
        raise ModuleFailed(msg)
    raise ModuleFailed(_REASONS.get(answer.rc, "Unexpected failure!"), stderr=answer.err)
