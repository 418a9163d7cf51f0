"""Gather facts about the host: its hardware, network, distribution, users and services."""

import fnmatch

from runner.target.facts.subsets import chosen, gather

ARGUMENTS = {
    "type": "object",
    "properties": {
        "gather_subset": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["all"],
            "description": "Families of facts, or single facts: `all`, `min`, `hardware`, ...; `!` in front leaves one out. "
            "The minimum is always gathered unless `!min` is given.",
        },
        "gather_timeout": {"type": "integer", "default": 10, "description": "Seconds each program in `fact_path` may run."},
        "filter": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Shell patterns; only facts with a matching name are returned, with or without `ansible_` in front.",
        },
        "fact_path": {
            "type": "string",
            "format": "path",
            "default": "/etc/ansible/facts.d",
            "description": "Folder of the host's own facts (*.fact).",
        },
    },
    "required": [],
}
RETURNS = {"ansible_facts": "the facts, each with `ansible_` in front of its name"}
EXAMPLES = """
- name: Gather what names and distribution need
  setup:
    gather_subset: ["!all"]

- name: Gather the addresses only
  setup:
    gather_subset: ["!all", "!min", network]
    filter: ["ansible_all_ipv*"]
"""
PREFIX = "ansible_"


def run(args, system):
    """Gather."""
    subsets = [word.strip() for entry in args["gather_subset"] or ["all"] for word in entry.split(",") if word.strip()]
    patterns = [pattern for pattern in args["filter"] or [] if pattern]
    facts = gather(system, chosen(subsets), args["fact_path"], args["gather_timeout"])
    shown = {PREFIX + name: value for name, value in facts.items() if wanted(name, patterns)}
    if not patterns:
        shown["gather_subset"] = subsets
        shown["module_setup"] = True
    return {"ansible_facts": shown, "changed": False}


def wanted(name, patterns):
    """Tell whether a fact (its name without prefix) passes the filter."""
    if not patterns:
        return True
    return any(fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(PREFIX + name, pattern) for pattern in patterns)
