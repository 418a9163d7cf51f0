"""Ensures that a network is there as described and which containers are in it, or that it is not there."""

from typing import Any, Dict, List, Tuple

from runner.target.decision import Decision
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.network_compare import Change, differences
from runner.target.docker.observed import Observed
from runner.target.option import option, records

_IPAM = {
    "subnet": option("str", "Subnet, CIDR."),
    "iprange": option("str", "Part of it that addresses are given from, CIDR."),
    "gateway": option("str", "Gateway."),
    "aux_addresses": option("dict", "Host name -> address that is not given away."),
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        name=option("str", "The network.", aliases=["network_name"]),
        state=option("str", "Whether it is there.", "present", enum=["absent", "present"]),
        connected=option("strs", "Containers in it; others leave it, but only where names are given.", [], aliases=["containers"]),
        appends=option("bool", "Leave other containers in it.", False, aliases=["incremental"]),
        force=option("bool", "Make it anew also when nothing differs.", False),
        driver=option("str", "Driver.", "bridge"),
        driver_options=option("dict", "Options of the driver.", {}),
        ipam_driver=option("str", "Driver of the addresses."),
        ipam_driver_options=option("dict", "Options of that."),
        ipam_config=records("Subnets.", _IPAM),
        enable_ipv4=option("bool", "IPv4. API 1.47."),
        enable_ipv6=option("bool", "IPv6."),
        internal=option("bool", "No way out."),
        labels=option("dict", "Labels.", {}),
        scope=option("str", "Scope.", enum=["local", "global", "swarm"]),
        attachable=option("bool", "Containers of workers may join it."),
        ingress=option("bool", "The routing mesh of the swarm."),
        config_only=option("bool", "It only holds a configuration."),
        config_from=option("str", "Network that the configuration is taken from."),
    ),
    "required": ["name"],
}
RETURNS = {"network": "inspection of the network", "actions": "what was done: where it is removed, in a dry run and with debug"}
EXAMPLES = """
- docker_network:
    name: monitoring
    ipam_config: [{subnet: 172.28.0.0/24}]
"""


def look(args: Dict[str, Any], system: Any) -> Observed:
    """Return the network and the containers that are to be in it."""
    engine = Engine(args, system)
    _needs(args, engine)
    found = [row for row in engine.get("/networks") or [] if row["Name"] == args["name"]]
    network = engine.get("/networks/%s" % found[0]["Id"]) if found else engine.get("/networks/%s" % args["name"])
    ids = {}
    for name in args["connected"] if args["state"] == "present" else []:
        container = engine.get("/containers/%s/json" % name)
        if container is None:
            system.warn("the container %s is not there and is not connected to the network %s" % (name, args["name"]))
        else:
            ids[name] = container["Id"]
    return Observed(engine, network, ids=ids, check=system.check, diff=system.diff)


def _needs(args: Dict[str, Any], engine: Any) -> None:
    for name, least in (("enable_ipv4", (1, 47)), ("config_only", (1, 30)), ("config_from", (1, 30))):
        if args[name] is not None:
            engine.needs(least, name)


def decide(args: Dict[str, Any], state: Observed) -> Decision:
    """Return what is to be made, removed, connected and disconnected."""
    network = state.thing
    steps: List[Tuple[str, str]] = []
    changes: List[Change] = []
    if args["state"] == "absent":
        if network is not None:
            members = sorted(network.get("Containers") or {})
            steps = [("disconnect", each) for each in members] + [("remove", network["Id"])]
            changes = [("exists", False, True)]
    else:
        steps, changes = _present(args, state)
    result, diff = state.told(args, [_said(step, args, state) for step in steps], changes)
    if args["state"] == "present":
        result["network"] = network
    return Decision(bool(steps), result, diff, (state.engine, steps))


def _present(args: Dict[str, Any], state: Observed) -> Tuple[List[Tuple[str, str]], List[Change]]:
    network = state.thing
    steps: List[Tuple[str, str]] = []
    changes: List[Change] = []
    members: Dict[str, Any] = {}
    if network is None:
        steps.append(("create", args["name"]))
        changes.append(("exists", True, False))
    else:
        members = network.get("Containers") or {}
        changes = differences(args, network)
        if changes or args["force"]:
            steps += [("disconnect", each) for each in sorted(members)] + [("remove", network["Id"]), ("create", args["name"])]
            members = {}
    wanted = state.more["ids"]
    for name, each in wanted.items():
        if each not in members:
            steps.append(("connect", each))
            changes.append(("connected.%s" % name, True, False))
    # where no name is given nothing is disconnected, as with Ansible's: what runs keeps its network
    if args["connected"] and not args["appends"]:
        for each in sorted(set(members) - set(wanted.values())):
            steps.append(("disconnect", each))
            changes.append(("connected.%s" % members[each].get("Name", each), False, True))
    return steps, changes


def _said(step: Tuple[str, str], args: Dict[str, Any], state: Observed) -> str:
    verb, what = step
    names = {each: key for key, each in state.more["ids"].items()}
    members = (state.thing or {}).get("Containers") or {}
    who = names.get(what) or (members.get(what) or {}).get("Name", what)
    return {
        "create": "Created network %s with driver %s" % (args["name"], args["driver"]),
        "remove": "Removed network %s" % args["name"],
        "connect": "Connected container %s" % who,
        "disconnect": "Disconnected container %s" % who,
    }[verb]


def body(args: Dict[str, Any]) -> Dict[str, Any]:
    """Return the body of NetworkCreate."""
    found: Dict[str, Any] = {"Name": args["name"], "Driver": args["driver"], "CheckDuplicate": True,
                             "Options": {str(key): _text(value) for key, value in args["driver_options"].items()}}  # fmt: skip
    ipam: Dict[str, Any] = {}
    if args["ipam_driver"]:
        ipam["Driver"] = args["ipam_driver"]
    if args["ipam_driver_options"]:
        ipam["Options"] = args["ipam_driver_options"]
    if args["ipam_config"] is not None:
        keys = (("subnet", "Subnet"), ("iprange", "IPRange"), ("gateway", "Gateway"), ("aux_addresses", "AuxiliaryAddresses"))
        ipam["Config"] = [{name: row[key] for key, name in keys if row[key]} for row in args["ipam_config"]]
    if ipam:
        found["IPAM"] = ipam
    if args["labels"]:
        found["Labels"] = {str(key): _text(value) for key, value in args["labels"].items()}
    for key, name in (("enable_ipv4", "EnableIPv4"), ("enable_ipv6", "EnableIPv6"), ("internal", "Internal"), ("scope", "Scope"),
                      ("attachable", "Attachable"), ("ingress", "Ingress"), ("config_only", "ConfigOnly")):  # fmt: skip
        if args[key] is not None:
            found[name] = args[key]
    if args["config_from"]:
        found["ConfigFrom"] = {"Network": args["config_from"]}
    return found


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Take the steps in their order."""
    engine, steps = decision.plan
    old = (decision.result.get("network") or {}).get("Id") or args["name"]
    current = old
    for verb, what in steps:
        if verb == "create":
            answer = engine.call("POST", "/networks/create", None, body(args))
            current = answer["Id"]
            if answer.get("Warning"):
                system.warn("Docker warning: %s" % answer["Warning"])
        elif verb == "remove":
            engine.call("DELETE", "/networks/%s" % what)
        else:
            extra = {"Force": True} if verb == "disconnect" else {}
            engine.call("POST", "/networks/%s/%s" % (current, verb), None, dict(extra, Container=what))
    return {"network": engine.get("/networks/%s" % current)} if args["state"] == "present" else {}
