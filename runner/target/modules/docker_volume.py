"""Ensures that a volume is there with its driver, options and labels, or is not."""

from typing import Any, Dict, List, Tuple

from runner.target.decision import Decision, ModuleFailed
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.observed import Observed
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        volume_name=option("str", "The volume.", aliases=["name"]),
        state=option("str", "Whether it is there.", "present", enum=["absent", "present"]),
        driver=option("str", "Its driver.", "local"),
        driver_options=option("dict", "Options of the driver.", {}),
        labels=option("dict", "Labels."),
        recreate=option("str", "When it is made anew, which loses its data.", "never", enum=["always", "never", "options-changed"]),
    ),
    "required": ["volume_name"],
}
RETURNS = {"volume": "inspection of the volume", "actions": "what was done: where it is removed, in a dry run and with debug"}
EXAMPLES = """
- docker_volume: {name: metrics}
"""


def differences(args: Dict[str, Any], volume: Dict[str, Any]) -> List[Tuple[str, Any, Any]]:
    """Return (what, wanted, present) for each thing that differs."""
    found: List[Tuple[str, Any, Any]] = []
    if args["driver"] and args["driver"] != volume.get("Driver"):
        found.append(("driver", args["driver"], volume.get("Driver")))
    options = volume.get("Options") or {}
    for key, value in (args["driver_options"] or {}).items():
        if value and options.get(key) != str(value):
            found.append(("driver_options.%s" % key, value, options.get(key)))
    labels = volume.get("Labels") or {}
    for key, value in (args["labels"] or {}).items():
        if labels.get(key) != str(value):
            found.append(("labels.%s" % key, value, labels.get(key)))
    return found


def look(args: Dict[str, Any], system: Any) -> Observed:
    """Return the volume as it is."""
    engine = Engine(args, system)
    return Observed(engine, engine.get("/volumes/%s" % args["volume_name"]), check=system.check, diff=system.diff)


def decide(args: Dict[str, Any], state: Observed) -> Decision:
    """Return what is to be removed and made. A difference changes nothing unless `recreate` says so."""
    name, volume = args["volume_name"], state.thing
    plan: List[str] = []
    changes: List[Tuple[str, Any, Any]] = []
    if args["state"] == "absent":
        if volume is not None:
            plan, changes = ["Removed"], [("exists", False, True)]
    elif volume is None:
        plan, changes = ["Created"], [("exists", True, False)]
    else:
        changes = differences(args, volume)
        if args["recreate"] == "always" or (changes and args["recreate"] == "options-changed"):
            plan = ["Removed", "Created"]
            changes.append(("exists", True, True))
    with_driver = {"Created": " with driver %s" % args["driver"], "Removed": ""}
    result, diff = state.told(args, ["%s volume %s%s" % (word, name, with_driver[word]) for word in plan], changes)
    if args["state"] == "present":
        result["volume"] = volume
    return Decision(bool(plan), result, diff, (state.engine, plan))


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Remove and make it."""
    engine, plan = decision.plan
    if "Removed" in plan:
        engine.call("DELETE", "/volumes/%s" % args["volume_name"])
    if "Created" not in plan:
        return {}
    body: Dict[str, Any] = {"Name": args["volume_name"], "Driver": args["driver"],
                            "DriverOpts": {str(key): str(value) for key, value in args["driver_options"].items()}}  # fmt: skip
    if args["labels"]:
        body["Labels"] = {str(key): str(value) for key, value in args["labels"].items()}
    engine.call("POST", "/volumes/create", None, body)
    volume = engine.get("/volumes/%s" % args["volume_name"])
    if volume is None:
        raise ModuleFailed("the engine made the volume %s but does not have it" % args["volume_name"])
    return {"volume": volume}
