"""Ensures an option of a network interface in an interfaces file, or only reads the file. Source: interfaces(5)."""

from typing import Any, Dict, List, Tuple

from runner.target import interfaces
from runner.target.attributes import path_info
from runner.target.decision import Decision, ModuleFailed
from runner.target.edit import TextFile, edited, look_text, write_back
from runner.target.option import option
from runner.target.replace_file import CONTENT_ARGUMENTS

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        {name: rule for name, rule in CONTENT_ARGUMENTS.items() if name != "validate"},
        dest=option("path", "The file.", "/etc/network/interfaces"),
        iface=option("str", "Name of the interface; it must be in the file."),
        address_family=option("str", "inet or inet6, where the interface has a stanza for each."),
        option=option("str", "The option; method is the last word of the iface line. Without it the file is read only."),
        value=option("str", "Its value. Of pre-up, up, post-up and down each value is a line of its own."),
        state=option("str", "Whether it shall be there.", "present", enum=["present", "absent"]),
    ),
    "required_by": {"option": ["iface"]},
}
RETURNS = {"dest": "the file", "ifaces": "the interfaces by name: address_family, method, options", "backup_file": "the old file"}
EXAMPLES = """
- name: Large frames
  interfaces_file: {dest: /etc/network/interfaces.d/eth1, iface: eth1, option: mtu, value: "8000", backup: true}
"""


def look(args: Dict[str, Any], system: Any) -> Tuple[TextFile, Dict[str, Any]]:
    """Return the file and what is told of it (owner, mode, size). Raises ModuleFailed for none, or an option without value."""
    if args["option"] is not None and args["state"] == "present" and args["value"] is None:
        raise ModuleFailed("an option that is to be present needs a value")
    file: TextFile = look_text(args["dest"], args, system)
    if file.text is None:
        raise ModuleFailed("no such file: %s" % args["dest"])
    return file, path_info(file.path, system)


def decide(args: Dict[str, Any], state: Tuple[TextFile, Dict[str, Any]]) -> Decision:
    """Return the new text (pure). Raises ModuleFailed for an interface that the file does not have."""
    file, info = state
    try:
        rows = interfaces.parse(file.text or "")
    except ValueError as error:
        raise ModuleFailed(str(error))
    if args["option"] is not None:
        rows = _changed(args, rows)
    text = "".join(row.text for row in rows)
    decision = edited(dict(args, path=args["dest"]), file, text, "")
    decision.result = dict(info, dest=args["dest"], ifaces=interfaces.described(rows))
    if not decision.changed:
        decision.diff = None
    return decision


def _changed(args: Dict[str, Any], rows: List[interfaces.Row]) -> List[interfaces.Row]:
    name, family = args["iface"], args["address_family"]
    if not any(row.of(name, family) for row in rows):
        raise ModuleFailed("the file has no interface %s" % name)
    if args["state"] == "absent":
        return interfaces.without(rows, name, family, args["option"], args["value"])
    return interfaces.with_option(rows, name, family, args["option"], args["value"])


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Write the file."""
    backup, _result = write_back(args, decision, system)
    return dict(path_info(decision.plan["path"], system), **({"backup_file": backup} if backup else {}))
