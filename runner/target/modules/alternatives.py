"""Ensures which program an alternative leads to. Source: update-alternatives(1)."""

import re
from typing import Any, Dict, List, Optional

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The alternative, such as editor."},
        "path": {"type": "string", "format": "path", "description": "The program it leads to."},
        "family": {"type": "string", "description": "Not on Debian; accepted for compatibility."},
        "link": {
            "type": "string",
            "format": "path",
            "description": "The link, such as /usr/bin/editor; needed for a new alternative.",
        },
        "priority": {"type": "integer", "description": "Priority of the program; 50 for a new one."},
        "state": {
            "type": "string",
            "enum": ["present", "absent", "selected", "auto"],
            "default": "selected",
            "description": "selected: leads to it by hand; auto: to that of highest priority; present, absent: is one of them.",
        },
    },
    "required": ["name", "path"],
}
RETURNS = {"name": "the alternative", "path": "the program", "state": "as asked"}
EXAMPLES = """
- alternatives: {name: editor, path: /usr/bin/vim.basic}
"""


def parse(text: str) -> Dict[str, Any]:
    """Return link, mode (auto or manual), current value and path -> priority of `update-alternatives --query`."""
    found: Dict[str, Any] = {"link": None, "mode": None, "value": None, "priorities": {}}
    current: Optional[str] = None
    for line in text.splitlines():
        key, _mark, value = line.partition(": ")
        if key == "Alternative":
            current = value
        elif key == "Priority" and current:
            found["priorities"][current] = int(value)
        elif key in ("Link", "Value") or key == "Status":
            found["mode" if key == "Status" else key.lower()] = None if value == "none" else value
    return found


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return what update-alternatives knows of the name, and whether the program is there."""
    answer = system.run([_tool(system), "--query", args["name"]])
    if answer.rc != 0 and not re.search("no alternatives for", answer.err):
        raise ModuleFailed(answer.err.strip(), rc=answer.rc)
    return dict(parse(answer.out if answer.rc == 0 else ""), there=system.exists(args["path"]))


def _tool(system: Any) -> str:
    return system.which("update-alternatives") or program(system, "alternatives")


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the update-alternatives commands to run."""
    name, path, wanted = args["name"], args["path"], args["state"]
    steps: List[List[str]] = []
    have = state["priorities"].get(path)
    if wanted == "absent":
        steps = [["--remove", name, path]] if have is not None else []
    else:
        link = args["link"] or state["link"]
        priority = args["priority"] if args["priority"] is not None else (have if have is not None else 50)
        if have is None or have != priority or (args["link"] and args["link"] != state["link"]):
            if not state["there"]:
                raise ModuleFailed("Specified path %s does not exist" % path)
            if not link:
                raise ModuleFailed("Needed to install the alternative, but unable to do so as we are missing the link")
            steps.append(["--install", link, name, path, str(priority)])
        if wanted == "selected" and (state["value"] != path or state["mode"] != "manual") and state["value"] != path:
            steps.append(["--set", name, path])
        if wanted == "auto" and state["mode"] != "auto":
            steps.append(["--auto", name])
    before = {"value": state["value"], "mode": state["mode"], "priority": have}
    after = dict(before, priority=None if wanted == "absent" else (args["priority"] or have or 50))
    after.update({"selected": {"value": path}, "auto": {"mode": "auto"}}.get(wanted, {}))
    result = {"name": name, "path": path, "state": wanted}
    return Decision(bool(steps), result, state_diff(before, after, name) if steps else None, steps)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Run the commands."""
    for words in decision.plan:
        done = system.run([_tool(system)] + words)
        if done.rc != 0:
            raise ModuleFailed(done.err.strip(), rc=done.rc)
