"""Ensures a setting of a firewalld zone, or the zone itself, now and after a reload. Source: firewall-cmd(1), firewall-offline-cmd(1)."""

from typing import Any, Dict, List, Optional

from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option, records
from runner.target.programs import program
from runner.target.state_diff import state_diff

KINDS = (
    "icmp_block icmp_block_inversion service protocol port port_forward rich_rule interface forward masquerade source target".split()
)
# these are on or off; their value says which of both is meant by state: enabled
SWITCHES = ("icmp_block_inversion", "forward", "masquerade")
_STR: Dict[str, str] = {
    "service": "Name of a service, of those of firewall-cmd --get-services.",
    "port": "Port or range with its protocol: 8081/tcp, 161-162/udp.",
    "protocol": "Name of a protocol.",
    "rich_rule": "A rule in the rich language; see firewalld.richlanguage(5).",
    "source": "Source address or network of the zone.",
    "interface": "Interface of the zone.",
    "icmp_block": "Kind of ICMP message that is blocked.",
    "icmp_block_inversion": "true: blocked are the kinds of ICMP messages that are not listed.",
    "masquerade": "Whether packets that leave get this host's address.",
    "forward": "Whether packets pass between the zone's interfaces and sources.",
    "zone": "The zone; the host's default zone unless given.",
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        {name: option("str", text) for name, text in _STR.items()},
        port_forward=records(
            "One port that is passed on.",
            {
                "port": option("str", "The port."),
                "proto": option("str", "Its protocol.", enum=["udp", "tcp"]),
                "toport": option("str", "The port there."),
                "toaddr": option("str", "The address there."),
            },
            ["port", "proto", "toport"],
        ),
        target=option("str", "What becomes of packets that no rule names.", enum=["default", "ACCEPT", "DROP", "%%REJECT%%"]),
        state=option("str", "present and absent are for zones and targets.", enum=["absent", "disabled", "enabled", "present"]),
        permanent=option("bool", "In the settings that a reload or a boot brings.", False),
        immediate=option("bool", "Now; true unless permanent.", False),
        offline=option("bool", "Permanent settings suffice where firewalld does not run.", False),
        timeout=option("int", "Seconds after which a setting of now ends; 0: never.", 0),
    ),
    "required": ["state"],
    "mutually_exclusive": [KINDS],
    "required_by": {name: ["zone"] for name in ("target",)},
}
RETURNS = {"msg": "the kinds of operation, then what was changed"}
EXAMPLES = """
- firewalld: {service: https, state: enabled, permanent: true, immediate: true, offline: true}
- firewalld: {zone: internal, source: 192.0.2.0/24, state: enabled, permanent: true}
"""
INTERRUPT = "finish"
_OFFLINE = "(offline operation: only on-disk configs were altered)"
_ZONES_PERMANENT = (
    "Zone operations must be permanent. Make sure you didn't set the 'permanent' flag to 'false' or the 'immediate' flag to 'true'."
)


class Place:
    """One set of settings: words: how it is spoken to. permanent: what a reload brings, else what is in force now."""

    def __init__(self, words: List[str], permanent: bool) -> None:
        self.words, self.permanent = words, permanent


def _kind(args: Dict[str, Any]) -> str:
    whole = bool(args["zone"]) and args["state"] in ("present", "absent")
    return next((name for name in KINDS if args[name] is not None), "zone" if whole else "")


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return whether firewalld runs, the zone, the places to change and what each has (a target's name, else whether it is there)."""
    kind = _kind(args)
    running = system.run([program(system, "firewall-cmd"), "--state"]).rc == 0
    immediate = args["immediate"] or not args["permanent"]
    _check(args, kind, running, immediate)
    places = []
    if args["permanent"]:
        command = ["firewall-cmd", "--permanent"] if running else ["firewall-offline-cmd"]
        places.append(Place([program(system, command[0])] + command[1:], True))
    if immediate and running:
        places.append(Place([program(system, "firewall-cmd")], False))
    zone = args["zone"] or (_ask(places[0].words[:1] + ["--get-default-zone"], system).out.strip() if kind else "")
    have = [_have(place, kind, zone, args, system) for place in places] if kind else []
    on = _on(args, kind, system) if kind in SWITCHES else args["state"] in ("enabled", "present")
    return {"kind": kind, "running": running, "zone": zone, "places": places, "have": have, "on": on}


def _check(args: Dict[str, Any], kind: str, running: bool, immediate: bool) -> None:
    if args["offline"] and not args["permanent"]:
        raise ModuleFailed("offline cannot be enabled unless permanent changes are allowed")
    if not running and immediate and not args["offline"]:
        raise ModuleFailed("firewall is not currently running, unable to perform immediate actions without a running firewall daemon")
    if args["state"] in ("present", "absent") and kind not in ("zone", "target"):
        raise ModuleFailed("absent and present state can only be used in zone level operations")
    if kind in ("zone", "target") and (not args["permanent"] or args["immediate"]):
        raise ModuleFailed(_ZONES_PERMANENT)
    if kind == "port" and "/" not in args["port"]:
        raise ModuleFailed("improper port format (missing protocol?)")
    if kind == "port_forward" and len(args["port_forward"]) != 1:
        raise ModuleFailed("Only one port forward supported at a time")


def _on(args: Dict[str, Any], kind: str, system: Any) -> bool:
    """Whether a switch shall be on: state: enabled with the value false is off, and state: disabled with it is on."""
    word = args[kind].lower()
    if word not in ("true", "yes", "on", "1", "y", "t", "false", "no", "off", "0", "n", "f"):
        system.warn("%s: %r is neither true nor false and taken for true" % (kind, args[kind]))
    off = word in ("false", "no", "off", "0", "n", "f")
    return bool((args["state"] == "enabled") != off)


def value_of(args: Dict[str, Any], kind: str) -> str:
    """Return the value of a setting as firewall-cmd takes it."""
    if kind == "port_forward":
        return "port={port}:proto={proto}:toport={toport}:toaddr=".format(**args[kind][0]) + (args[kind][0].get("toaddr") or "")
    return str(args[kind] or "")


def _flag(verb: str, kind: str, args: Dict[str, Any]) -> str:
    if kind in SWITCHES:
        return "--%s-%s" % (verb, kind.replace("_", "-"))
    name = "forward-port" if kind == "port_forward" else kind.replace("_", "-")
    return "--%s-%s=%s" % (verb, name, value_of(args, kind))


def _ask(words: List[str], system: Any, also: str = "") -> Any:
    ran = system.run(words)
    # of a question, 1 is the answer no
    if ran.rc not in (0, 1) or (ran.rc == 1 and not any(word.startswith("--query-") for word in words)):
        said = (ran.err or ran.out).strip()
        said = said[len("Error: ") :] if said.startswith("Error: ") else said
        raise ModuleFailed(" ".join(each for each in ("ERROR: Exception caught:", said, also) if each), rc=ran.rc)
    return ran


def _have(place: Place, kind: str, zone: str, args: Dict[str, Any], system: Any) -> Any:
    if kind == "zone":
        return zone in _ask(place.words + ["--get-zones"], system).out.split()
    words = place.words + ["--zone=" + zone]
    if kind == "target":
        return _ask(words + ["--get-target"], system).out.strip()
    return _ask(words + [_flag("query", kind, args)], system).rc == 0


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return which places have to change (pure)."""
    kind, on = state["kind"], state["on"]
    wanted = (args["target"] if on else "default") if kind == "target" else on
    # to take a target away is to have the default one; a target that is not the zone's is not taken away
    wrong = [have != wanted and not (kind == "target" and not on and have != args["target"]) for have in state["have"]]
    places = [place for place, bad in zip(state["places"], wrong) if bad]
    msgs = [_operation(state)] if kind else []
    msgs += _changes(args, state) if places else []
    if kind and not state["running"]:
        msgs.append(_OFFLINE)
    before = {("permanent" if place.permanent else "now"): have for place, have in zip(state["places"], state["have"])}
    after = {("permanent" if place.permanent else "now"): wanted for place in state["places"]}
    diff = state_diff(before, after, "%s: %s %s" % (state["zone"], kind, value_of(args, kind))) if places else None
    return Decision(bool(places), {"msg": ", ".join(msgs)}, diff, {"state": state, "places": places, "target": wanted})


def _operation(state: Dict[str, Any]) -> str:
    kinds = [place.permanent for place in state["places"]]
    if kinds == [True, False]:
        return "Permanent and Non-Permanent(immediate) operation"
    return "Permanent operation" if kinds == [True] else "Non-permanent operation"


def _changes(args: Dict[str, Any], state: Dict[str, Any]) -> List[str]:
    kind, zone, on = state["kind"], state["zone"], state["on"]
    if kind == "zone":
        return ["%s zone %s" % ("Added" if on else "Removed", zone), "Changed zone %s to %s" % (zone, args["state"])]
    if kind == "target":
        return ["Set zone %s target to %s" % (zone, args["target"]) if on else "Reset zone %s target to default" % zone]
    if kind == "interface" and on:
        return ["Changed %s to zone %s" % (args[kind], zone)]
    if kind in ("forward", "masquerade", "source", "interface"):
        what = kind if kind in SWITCHES else args[kind]
        return ["%s %s %s zone %s" % ("Added" if on else "Removed", what, "to" if on else "from", zone)]
    shown = {"icmp_block": "icmp-block", "icmp_block_inversion": "icmp-block-inversion"}.get(kind, kind)
    return ["Changed %s %s to %s" % (shown, value_of(args, kind), args["state"])]


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Optional[Dict[str, Any]]:
    """Tell each place."""
    state = decision.plan["state"]
    kind, zone = state["kind"], state["zone"]
    also = _operation(state)
    if kind == "service":
        also += ", Services are defined by port/tcp relationship and named as they are in /etc/services (on most systems)"
    for place in decision.plan["places"]:
        if kind == "zone":
            words = ["--%s-zone=%s" % ("new" if state["on"] else "delete", zone)]
        elif kind == "target":
            words = ["--zone=" + zone, "--set-target=" + decision.plan["target"]]
        else:
            verb = ("change" if kind == "interface" else "add") if state["on"] else "remove"
            words = ["--zone=" + zone, _flag(verb, kind, args)]
            if not state["running"] and (verb, kind) == ("remove", "service"):
                # there the plain word is of another, older language (lokkit) that knows no zones
                words[1] = "--remove-service-from-zone=" + args[kind]
            if args["timeout"] and not place.permanent and state["on"] and kind not in ("source", "interface"):
                words.append("--timeout=%d" % args["timeout"])
        _ask(place.words + words, system, also)
    return None
