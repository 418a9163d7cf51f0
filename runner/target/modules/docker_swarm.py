"""Ensures that the engine is, or is no longer, a member of a swarm: begins one, joins one, leaves it, or forgets a node that is down.

Source: docs.docker.com/engine/api, swarm. The token of a join is a secret, and so are those that are returned: use `no_log`.
"""

from typing import Any, Dict, List, Tuple

from runner.target.decision import Decision, ModuleFailed
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.observed import Observed
from runner.target.option import option

# Option -> where the API has it in the swarm's specification.
_SPECIFICATION: Dict[str, Tuple[str, ...]] = {
    "name": ("Name",),
    "labels": ("Labels",),
    "task_history_retention_limit": ("Orchestration", "TaskHistoryRetentionLimit"),
    "snapshot_interval": ("Raft", "SnapshotInterval"),
    "keep_old_snapshots": ("Raft", "KeepOldSnapshots"),
    "log_entries_for_slow_followers": ("Raft", "LogEntriesForSlowFollowers"),
    "heartbeat_tick": ("Raft", "HeartbeatTick"),
    "election_tick": ("Raft", "ElectionTick"),
    "dispatcher_heartbeat_period": ("Dispatcher", "HeartbeatPeriod"),
    "node_cert_expiry": ("CAConfig", "NodeCertExpiry"),
    "ca_force_rotate": ("CAConfig", "ForceRotate"),
    "autolock_managers": ("EncryptionConfig", "AutoLockManagers"),
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        state=option("str", "present begins a swarm or changes its settings; join makes the engine a member of one; absent leaves it; "
                     "remove forgets a node that is down.", "present", enum=["present", "join", "absent", "remove"]),
        advertise_addr=option("str", "Address, or interface, that other members reach this one by. Only when it begins or joins."),
        listen_addr=option("str", "Where managers listen. Likewise.", "0.0.0.0:2377"),
        data_path_addr=option("str", "Address, or interface, for what containers say to each other. Likewise."),
        data_path_port=option("int", "UDP port for that. Only when a swarm begins."),
        default_addr_pool=option("strs", "Networks, CIDR, that overlays take their subnets from. Only when a swarm begins."),
        subnet_size=option("int", "Prefix length of such a subnet. Only when a swarm begins."),
        force=option("bool", "present: begin a swarm although the engine is in one. absent: leave although it is a manager.", False),
        join_token=option("str", "What a manager lets this engine in by.", secret=True),
        remote_addrs=option("strs", "Managers to ask."),
        node_id=option("str", "Node to forget."),
        name=option("str", "Name of the swarm."),
        labels=option("dict", "Labels of the swarm."),
        task_history_retention_limit=option("int", "Tasks that history keeps."),
        snapshot_interval=option("int", "Entries of the log between snapshots."),
        keep_old_snapshots=option("int", "Snapshots that are kept beyond the current one."),
        log_entries_for_slow_followers=option("int", "Entries that are kept for slow followers."),
        heartbeat_tick=option("int", "Seconds between heartbeats of managers."),
        election_tick=option("int", "Seconds without a leader until an election."),
        dispatcher_heartbeat_period=option("int", "Nanoseconds between heartbeats of nodes."),
        node_cert_expiry=option("int", "Nanoseconds that certificates of nodes are good for."),
        ca_force_rotate=option("int", "Another number makes a new authority."),
        autolock_managers=option("bool", "Managers that were started anew wait for the key."),
        rotate_worker_token=option("bool", "Make another token for workers.", False),
        rotate_manager_token=option("bool", "Make another token for managers.", False),
    ),
    "required_if": [["state", "join", ["remote_addrs", "join_token"]], ["state", "remove", ["node_id"]]],
}  # fmt: skip
RETURNS = {
    "swarm_facts": "state present: what the engine says of the swarm, with JoinTokens (Worker, Manager); UnlockKey with autolock_managers",
    "actions": "what was done",
}
EXAMPLES = """
- docker_swarm: {advertise_addr: 10.0.0.11}
  no_log: true
  register: manager
- docker_swarm: {state: join, remote_addrs: ["10.0.0.11:2377"], join_token: "{{ manager.swarm_facts.JoinTokens.Worker }}"}
"""
_JOINED = ("active", "pending", "locked", "error")


def look(args: Dict[str, Any], system: Any) -> Observed:
    """Return what the engine says of its swarm (None outside of one), and the swarm itself where it is a manager."""
    engine = Engine(args, system)
    for name, least in (("data_path_addr", (1, 30)), ("default_addr_pool", (1, 39)), ("subnet_size", (1, 39)), ("data_path_port", (1, 40))):
        if args[name] is not None:
            engine.needs(least, name)
    info = engine.get("/info")["Swarm"]
    member = info["LocalNodeState"] in _JOINED
    manager = member and bool(info.get("ControlAvailable"))
    nodes = engine.get("/nodes") if manager and args["state"] == "remove" else []
    return Observed(engine, info if member else None, swarm=engine.get("/swarm") if manager else None, nodes=nodes, check=system.check)


def decide(args: Dict[str, Any], state: Observed) -> Decision:
    """Return whether the engine begins, changes, joins or leaves a swarm, or forgets a node."""
    verb, said, changes = {"present": _present, "join": _join, "absent": _absent, "remove": _remove}[args["state"]](args, state)
    result: Dict[str, Any] = {"actions": [said], "result": ""}
    if args["state"] == "present":
        result["swarm_facts"] = _facts(args, None if verb == "init" else state.more["swarm"], state)
    return Decision(bool(verb), result, state.diff(changes), (state, verb))


def _present(args: Dict[str, Any], state: Observed) -> Tuple[str, str, List[Tuple[str, Any, Any]]]:
    if state.thing is None or args["force"]:
        return "init", "New Swarm cluster created: None", [("state", "present", "absent")]
    if state.more["swarm"] is None:
        raise ModuleFailed("the engine is a worker of a swarm, whose settings a manager changes; leave it first, or use force")
    spec = state.more["swarm"]["Spec"]
    changes = [(name, args[name], _at(spec, path)) for name, path in _SPECIFICATION.items()
               if args[name] is not None and _plain(args[name]) != _at(spec, path)]  # fmt: skip
    changes += [(name, True, False) for name in ("rotate_worker_token", "rotate_manager_token") if args[name]]
    return ("update", "Swarm cluster updated", changes) if changes else ("", "No modification", [])


def _join(args: Dict[str, Any], state: Observed) -> Tuple[str, str, List[Tuple[str, Any, Any]]]:
    if state.thing is not None:
        return "", "This node is already part of a swarm.", []
    return "join", "New node is added to swarm cluster", [("joined", True, False)]


def _absent(args: Dict[str, Any], state: Observed) -> Tuple[str, str, List[Tuple[str, Any, Any]]]:
    if state.thing is None:
        return "", "This node is not part of a swarm.", []
    return "leave", "Node has left the swarm cluster", [("joined", "absent", "present")]


def _remove(args: Dict[str, Any], state: Observed) -> Tuple[str, str, List[Tuple[str, Any, Any]]]:
    if state.more["swarm"] is None:
        raise ModuleFailed("a node is forgotten by a manager, and the engine is none")
    found = [each for each in state.more["nodes"] if each["ID"] == args["node_id"]]
    if not found:
        return "", "No node with that id", []
    if found[0]["Status"]["State"] != "down":
        raise ModuleFailed("the node %s is %s; only one that is down can be forgotten" % (args["node_id"], found[0]["Status"]["State"]))
    return "remove", "Node is removed from swarm cluster.", [("joined", False, True)]


def _plain(value: Any) -> Any:
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, dict) else value


def _at(spec: Dict[str, Any], path: Tuple[str, ...]) -> Any:
    found: Any = spec
    for name in path:
        found = (found or {}).get(name)
    return found


def _facts(args: Dict[str, Any], swarm: Any, state: Observed) -> Dict[str, Any]:
    """Return what the engine says of a swarm, with the key of its managers where they are to be locked; None: a swarm that is to come."""
    key = state.engine.get("/swarm/unlockkey") or {} if swarm is not None and args["autolock_managers"] else {}
    return dict(swarm or {"JoinTokens": None}, UnlockKey=key.get("UnlockKey") or None)


def specification(args: Dict[str, Any], spec: Dict[str, Any]) -> Dict[str, Any]:
    """Return the swarm's specification with what the arguments say."""
    found = dict(spec)
    for name, path in _SPECIFICATION.items():
        if args[name] is None:
            continue
        if len(path) == 1:
            found[path[0]] = _plain(args[name])
        else:
            found[path[0]] = dict(found.get(path[0]) or {}, **{path[1]: args[name]})
    return found


def _place(args: Dict[str, Any]) -> Dict[str, Any]:
    names = (("ListenAddr", "listen_addr"), ("AdvertiseAddr", "advertise_addr"), ("DataPathAddr", "data_path_addr"))
    return {name: args[key] for name, key in names if args[key]}


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Do it."""
    state, verb = decision.plan
    engine = state.engine
    if verb == "init":
        more = {"DefaultAddrPool": args["default_addr_pool"], "SubnetSize": args["subnet_size"], "DataPathPort": args["data_path_port"]}
        body = dict(_place(args), ForceNewCluster=args["force"], Spec=specification(args, {}))
        engine.call("POST", "/swarm/init", None, dict(body, **{name: value for name, value in more.items() if value is not None}))
    elif verb == "update":
        swarm = state.more["swarm"]
        query = {"version": swarm["Version"]["Index"]}
        query.update(rotateWorkerToken=args["rotate_worker_token"], rotateManagerToken=args["rotate_manager_token"])
        engine.call("POST", "/swarm/update", query, specification(args, swarm["Spec"]))
    elif verb == "join":
        engine.call("POST", "/swarm/join", None, dict(_place(args), RemoteAddrs=args["remote_addrs"], JoinToken=args["join_token"]))
    elif verb == "leave":
        engine.call("POST", "/swarm/leave", {"force": args["force"]})
    else:
        engine.call("DELETE", "/nodes/%s" % args["node_id"], {"force": args["force"]})
    if args["state"] != "present":
        return {}
    swarm = engine.get("/swarm")
    actions = ["New Swarm cluster created: %s" % swarm.get("ID")] if verb == "init" else decision.result["actions"]
    return {"swarm_facts": _facts(args, swarm, state), "actions": actions}
