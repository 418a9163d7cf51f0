"""Ensures that ufw, the simple firewall, is on or off, its policies, its logging and a rule. Source: ufw(8)."""

from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.ufw import PLAIN, SIX, Status, Ufw, parse_status, place, would_be

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "state": option(
            "str",
            "enabled: on, now and at boot; disabled: off; reloaded: read anew; reset: as it was installed, off.",
            enum=["disabled", "enabled", "reloaded", "reset"],
        ),
        "default": option("str", "Policy of a direction (incoming unless said).", aliases=["policy"], enum=["allow", "deny", "reject"]),
        "logging": option("str", "What is logged.", enum=["on", "off", "low", "medium", "high", "full"]),
        "rule": option("str", "What a rule does.", enum=["allow", "deny", "limit", "reject"]),
        "direction": option("str", "Direction of a rule (in, out) or of a policy.", enum=["in", "incoming", "out", "outgoing", "routed"]),
        "delete": option("bool", "Take the rule away.", False),
        "route": option("bool", "A rule for packets that are passed on.", False),
        "insert": option("int", "Number of the rule to put it before; the first is 1."),
        "insert_relative_to": option(
            "str", "What insert counts from.", "zero", enum=["first-ipv4", "first-ipv6", "last-ipv4", "last-ipv6", "zero"]
        ),
        "interface": option("str", "Interface, in the direction given.", aliases=["if"]),
        "interface_in": option("str", "Interface the packet comes in by.", aliases=["if_in"]),
        "interface_out": option("str", "Interface it leaves by.", aliases=["if_out"]),
        "log": option("bool", "Log new connections that match.", False),
        "from_ip": option("str", "Source.", "any", aliases=["from", "src"]),
        "from_port": option("str", "Port of the source."),
        "to_ip": option("str", "Destination.", "any", aliases=["dest", "to"]),
        "to_port": option("str", "Port, ports or range (60000:61000) of the destination.", aliases=["port"]),
        "proto": option(
            "str", "Protocol.", aliases=["protocol"], enum=["any", "tcp", "udp", "ipv6", "esp", "ah", "gre", "igmp", "vrrp"]
        ),
        "name": option("str", "A profile of /etc/ufw/applications.d.", aliases=["app"]),
        "comment": option("str", "Comment kept with the rule."),
    },
    "mutually_exclusive": [["name", "proto", "logging"], ["direction", "interface_in"], ["direction", "interface_out"]],
    "required_one_of": [["state", "default", "rule", "logging"]],
    "required_by": {"interface": ["direction"]},
}
RETURNS = {"commands": "what ufw was told", "msg": "the status afterwards; not in check mode"}
EXAMPLES = """
- name: Web servers are heard, nothing else
  ufw: {rule: allow, port: "80,443", proto: tcp}
- ufw: {state: enabled, default: deny}
"""
INTERRUPT = "finish"
_VERBS = {"enabled": "enable", "disabled": "disable", "reloaded": "reload", "reset": "reset"}


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Do what was asked in the order state, default, rule, logging; in check mode tell what would change."""
    _check_args(args)
    ufw = Ufw(system)
    told = ufw.run("status", "verbose")
    rules = ufw.rules()
    if system.check:
        return {"changed": _would_change(args, ufw, parse_status(told), rules), "commands": ufw.commands}
    for words in _words(args, ufw):
        ufw.run(*words)
    after, rules_after = ufw.run("status", "verbose"), ufw.rules()
    changed = args["state"] in ("reloaded", "reset") or told != after or rules != rules_after
    result = {"changed": changed, "commands": ufw.commands, "msg": after.rstrip()}
    if system.diff and changed:
        result["diff"] = {"before": _shown(told, rules), "after": _shown(after, rules_after), "before_header": "ufw", "after_header": "ufw"}
    return result


def _check_args(args: Dict[str, Any]) -> None:
    direction = args["direction"]
    if args["default"] and direction not in (None, "incoming", "outgoing", "routed"):
        raise ModuleFailed('default goes with the direction incoming, outgoing or routed, or with none')
    if args["rule"] and direction not in (None, "in", "out"):
        raise ModuleFailed('a rule goes with the direction in or out, or with none')
    if args["rule"] and args["interface_in"] and args["interface_out"] and not args["route"]:
        raise ModuleFailed("Only route rules can combine interface_in and interface_out")


def _words(args: Dict[str, Any], ufw: Ufw) -> List[List[str]]:
    """Return the words of each call of ufw."""
    calls: List[List[str]] = []
    if args["state"]:
        calls.append(["-f", _VERBS[args["state"]]])
    if args["default"]:
        calls.append(["default", args["default"]] + ([args["direction"]] if args["direction"] else []))
    if args["rule"]:
        calls.append(_rule_words(args, ufw))
    if args["logging"]:
        calls.append(["logging", args["logging"]])
    return calls


def _rule_words(args: Dict[str, Any], ufw: Ufw) -> List[str]:
    words = (["route"] if args["route"] else []) + (["delete"] if args["delete"] else [])
    if args["insert"] is not None and not args["delete"]:
        relative = args["insert_relative_to"]
        number = place(args["insert"], relative, "" if relative == "zero" else ufw.run("status", "numbered"))
        words += [] if number is None else ["insert", str(number)]
    words.append(args["rule"])
    words += [args["direction"]] if args["direction"] else []
    for key, lead in (("interface", ["on"]), ("interface_in", ["in", "on"]), ("interface_out", ["out", "on"])):
        words += lead + [args[key]] if args[key] else []
    words += ["log"] if args["log"] else []
    for key, lead in (
        ("from_ip", ["from"]),
        ("from_port", ["port"]),
        ("to_ip", ["to"]),
        ("to_port", ["port"]),
        ("proto", ["proto"]),
        ("name", ["app"]),
        ("comment", ["comment"]),
    ):
        words += lead + [args[key]] if args[key] else []
    return words


def _would_change(args: Dict[str, Any], ufw: Ufw, now: Status, rules: Dict[str, List[str]]) -> bool:
    changes = [args["state"] in ("reloaded", "reset")]
    changes.append(args["state"] == ("disabled" if now.active else "enabled"))
    if args["default"]:
        policy = now.default.get(args["direction"] or "incoming")
        # while packets are not passed on at all, a policy for them shows nowhere; while off, ufw does not tell policies
        changes.append(policy not in (args["default"], "disabled"))
    if args["logging"]:
        wanted = args["logging"]
        changes.append(now.logging in ("", "off") if wanted == "on" else now.logging != wanted)
    if args["rule"]:
        shown = would_be(ufw.run("--dry-run", *_rule_words(args, ufw)))
        changes.append(any(shown[kind] is not None and shown[kind] != rules[kind] for kind in (PLAIN, SIX)))
    return any(changes)


def _shown(status: str, rules: Dict[str, List[str]]) -> str:
    return "\n".join([status.rstrip()] + rules[PLAIN] + rules[SIX]) + "\n"
