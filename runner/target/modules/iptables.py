"""Ensures a rule, chain or policy of iptables in the running kernel, not for the next boot. Source: iptables(8)."""

from typing import Any, Dict, List

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

_TEXT = {"type": "string"}
_LIST = {"type": "array", "items": {"type": "string"}, "default": []}
_FLAG = {"type": "boolean", "default": False}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "table": dict(_TEXT, enum=["filter", "nat", "mangle", "raw", "security"], default="filter", description="The table."),
        "state": dict(_TEXT, enum=["absent", "present"], default="present", description="Whether the rule is there."),
        "action": dict(_TEXT, enum=["append", "insert"], default="append", description="Where a new rule goes: end or top."),
        "rule_num": dict(_TEXT, description="Number of the rule to insert before."),
        "ip_version": dict(_TEXT, enum=["ipv4", "ipv6"], default="ipv4", description="iptables or ip6tables."),
        "chain": dict(_TEXT, description="The chain."),
        "chain_management": dict(_FLAG, description="Make the chain when missing; with absent and no rule delete it."),
        "flush": dict(_FLAG, description="Remove all rules of the chain, or of the table."),
        "policy": dict(_TEXT, enum=["ACCEPT", "DROP", "QUEUE", "RETURN"], description="The chain's policy."),
        "wait": dict(_TEXT, description="Seconds to wait for another iptables."),
        "numeric": dict(_FLAG, description="Do not look up names."),
        "protocol": dict(_TEXT, description="tcp, udp, icmp ...; ! before it inverts, as everywhere below."),
        "source": dict(_TEXT, description="Source address."),
        "destination": dict(_TEXT, description="Destination address."),
        "match": dict(_LIST, description="Extensions to load."),
        "tcp_flags": {"type": "object", "description": "flags (those looked at) and flags_set (those that must be set): lists."},
        "jump": dict(_TEXT, description="Target of the rule."),
        "goto": dict(_TEXT, description="Chain to go on in."),
        "gateway": dict(_TEXT, description="With TEE: where the copy goes."),
        "log_prefix": dict(_TEXT, description="With LOG: prefix of the line."),
        "log_level": dict(_TEXT, description="With LOG: level, by number or name."),
        "in_interface": dict(_TEXT, description="Interface a packet came by."),
        "out_interface": dict(_TEXT, description="Interface it leaves by."),
        "fragment": dict(_TEXT, description="Only further fragments."),
        "set_counters": dict(_TEXT, description="Counters a new rule starts with: packets bytes."),
        "source_port": dict(_TEXT, description="Source port or range first:last."),
        "destination_port": dict(_TEXT, description="Destination port or range."),
        "destination_ports": dict(_LIST, description="Several destination ports."),
        "to_ports": dict(_TEXT, description="With REDIRECT and MASQUERADE: ports."),
        "to_destination": dict(_TEXT, description="With DNAT: address."),
        "to_source": dict(_TEXT, description="With SNAT: address."),
        "syn": dict(_TEXT, enum=["ignore", "match", "negate"], default="ignore", description="Only, or not, first packets."),
        "set_dscp_mark": dict(_TEXT, description="With DSCP: mark."),
        "set_dscp_mark_class": dict(_TEXT, description="With DSCP: class."),
        "comment": dict(_TEXT, description="Comment of the rule."),
        "ctstate": dict(_LIST, description="Connection states."),
        "src_range": dict(_TEXT, description="Source addresses first-last."),
        "dst_range": dict(_TEXT, description="Destination addresses first-last."),
        "match_set": dict(_TEXT, description="An ipset."),
        "match_set_flags": dict(
            _TEXT, enum=["src", "dst", "src,dst", "dst,src", "dst,dst", "src,src"], description="What to look up in it."
        ),
        "limit": dict(_TEXT, description="Rate such as 5/minute."),
        "limit_burst": dict(_TEXT, description="Burst before the rate counts."),
        "uid_owner": dict(_TEXT, description="User of the sending process."),
        "gid_owner": dict(_TEXT, description="Group of the sending process."),
        "reject_with": dict(_TEXT, description="With REJECT: what to answer."),
        "icmp_type": dict(_TEXT, description="ICMP type."),
    },
    "mutually_exclusive": [["set_dscp_mark", "set_dscp_mark_class"], ["flush", "policy"]],
    "required_by": {"set_dscp_mark": ["jump"], "set_dscp_mark_class": ["jump"]},
    "required_together": [["match_set", "match_set_flags"]],
}
RETURNS = {
    "chain": "the chain",
    "table": "the table",
    "rule": "the rule as iptables takes it",
    "ip_version": "as asked",
    "state": "as asked",
}
EXAMPLES = """
- name: Let VRRP in
  iptables: {chain: INPUT, protocol: vrrp, jump: ACCEPT, comment: keepalived}
"""
# In the order iptables-save writes them: argument, switch, extension it needs.
_PLAIN = (
    ("protocol", "-p", ""),
    ("source", "-s", ""),
    ("destination", "-d", ""),
)
_AFTER_MATCH = (
    ("jump", "-j", ""),
    ("gateway", "--gateway", ""),
    ("log_prefix", "--log-prefix", ""),
    ("log_level", "--log-level", ""),
    ("to_destination", "--to-destination", ""),
    ("to_source", "--to-source", ""),
    ("goto", "-g", ""),
    ("in_interface", "-i", ""),
    ("out_interface", "-o", ""),
    ("fragment", "-f", ""),
    ("set_counters", "-c", ""),
    ("source_port", "--source-port", ""),
    ("destination_port", "--destination-port", ""),
)
_EXTENSIONS = (
    ("set_dscp_mark", "--set-dscp", ""),
    ("set_dscp_mark_class", "--set-dscp-class", ""),
    ("src_range", "--src-range", "iprange"),
    ("dst_range", "--dst-range", "iprange"),
    ("limit", "--limit", "limit"),
    ("limit_burst", "--limit-burst", "limit"),
    ("uid_owner", "--uid-owner", "owner"),
    ("gid_owner", "--gid-owner", "owner"),
    ("reject_with", "--reject-with", ""),
)


def _one(words: List[str], switch: str, value: str) -> None:
    """Append a switch and its value; a ! before the value stands before the switch."""
    if value.startswith("!"):
        words += ["!", switch, value[1:].strip()]
    else:
        words += [switch, value]


def _load(words: List[str], extension: str, args: Dict[str, Any]) -> None:
    if extension and extension not in args["match"] and extension not in words:
        words += ["-m", extension]


def _states(words: List[str], args: Dict[str, Any]) -> None:
    if "state" in args["match"] and "conntrack" not in args["match"]:
        words += ["--state", ",".join(args["ctstate"])]
        return
    _load(words, "conntrack", args)
    words += ["--ctstate", ",".join(args["ctstate"])]


def rule(args: Dict[str, Any]) -> List[str]:
    """Return the words that describe the rule; none when the arguments describe none."""
    words: List[str] = []
    for key, switch, _extension in _PLAIN:
        if args[key]:
            _one(words, switch, args[key])
    for extension in args["match"]:
        words += ["-m", extension]
    flags = args["tcp_flags"]
    if flags and flags.get("flags") and flags.get("flags_set"):
        words += ["--tcp-flags", ",".join(flags["flags"]), ",".join(flags["flags_set"])]
    for key, switch, _extension in _AFTER_MATCH:
        if args[key]:
            _one(words, switch, args[key])
    if args["destination_ports"]:
        _load(words, "multiport", args)
        words += ["--dports", ",".join(args["destination_ports"])]
    if args["to_ports"]:
        words += ["--to-ports", args["to_ports"]]
    if args["syn"] != "ignore":
        words += (["!"] if args["syn"] == "negate" else []) + ["--syn"]
    if args["ctstate"]:
        _states(words, args)
    for key, switch, extension in _EXTENSIONS:
        if args[key]:
            _load(words, extension, args)
            _one(words, switch, args[key])
    if args["match_set"]:
        _load(words, "set", args)
        _one(words, "--match-set", args["match_set"])
        words.append(args["match_set_flags"])
    if args["icmp_type"]:
        _one(words, "--icmpv6-type" if args["ip_version"] == "ipv6" else "--icmp-type", args["icmp_type"])
    if args["comment"]:
        _load(words, "comment", args)
        words += ["--comment", args["comment"]]
    return words


def _tool(args: Dict[str, Any], system: Any) -> List[str]:
    name = "ip6tables" if args["ip_version"] == "ipv6" else "iptables"
    return [program(system, name)] + (["-w", args["wait"]] if args["wait"] else []) + ["-t", args["table"]]


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return what the kernel has now: whether the chain exists, its policy, whether it has rules, whether the rule is there."""
    tool, chain, words = _tool(args, system), args["chain"], rule(args)
    if chain is None and not args["flush"]:
        raise ModuleFailed("Either chain or flush parameter must be specified.")
    # the whole table: asked for a chain that is not there, some versions complain of something else
    listing = system.run(tool + ["-S"], fail="Cannot list the rules of table %s" % args["table"])
    lines = listing.out.splitlines()
    policies = [line.split()[2] for line in lines if line.startswith("-P %s " % chain)]
    exists = bool(chain) and any(line.split()[:2] in (["-P", chain], ["-N", chain]) for line in lines)
    there = False
    if chain and exists and words and not args["flush"] and not args["policy"]:
        there = system.run(tool + ["-C", chain] + words).rc == 0
    rules = any(line.startswith("-A %s " % chain if chain else "-A ") for line in lines)
    return {"exists": exists, "policy": policies[0] if policies else None, "rules": rules, "there": there}


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the iptables commands to run."""
    chain, words, steps = args["chain"], rule(args), []  # type: Any, List[str], List[List[str]]
    result = {
        "chain": chain,
        "table": args["table"],
        "ip_version": args["ip_version"],
        "state": args["state"],
        "flush": args["flush"],
    }
    result["rule"] = " ".join(words)
    before, after = {}, {}  # type: Dict[str, Any], Dict[str, Any]
    if args["flush"]:
        before["rules"], after["rules"] = state["rules"], False
        steps = [["-F"] + ([chain] if chain else [])] if state["rules"] else []
    elif args["policy"]:
        before["policy"], after["policy"] = state["policy"], args["policy"]
        steps = [["-P", chain, args["policy"]]] if state["policy"] != args["policy"] else []
    elif args["state"] == "present":
        before, after = {"chain": state["exists"], "rule": state["there"]}, {"chain": True, "rule": bool(words)}
        if not state["exists"] and args["chain_management"]:
            steps.append(["-N", chain])
        if words and not state["there"]:
            insert = ["-I", chain] + ([args["rule_num"]] if args["rule_num"] else [])
            steps.append((insert if args["action"] == "insert" else ["-A", chain]) + words)
    elif words:
        before, after = {"rule": state["there"]}, {"rule": False}
        steps = [["-D", chain] + words] if state["there"] else []
    elif args["chain_management"]:
        before, after = {"chain": state["exists"]}, {"chain": False}
        steps = [["-X", chain]] if state["exists"] else []
    header = "%s %s %s" % (args["table"], chain or "", " ".join(words))
    return Decision(bool(steps), result, state_diff(before, after, header.strip()) if steps else None, steps)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Run the commands."""
    for words in decision.plan:
        done = system.run(_tool(args, system) + words)
        if done.rc != 0:
            raise ModuleFailed(done.err.strip(), rc=done.rc, cmd=" ".join(words))
