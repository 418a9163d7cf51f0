"""Ensures how many replicas a Deployment, ReplicaSet, StatefulSet, ReplicationController (or pods of a Job) has, through kubectl."""

import json
from typing import Any, Dict

from runner.target.decision import ModuleFailed
from runner.target.kube.definitions import objects
from runner.target.kube.each import each_of
from runner.target.kube.kubectl import CLUSTER, OBJECT, Kubectl, identity, resource
from runner.target.kube.ready import wait_for
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CLUSTER,
        **dict(
            OBJECT,
            replicas=option("int", "How many."),
            current_replicas=option("int", "Only when there are this many now."),
            resource_version=option("str", "Only when the object has this version."),
            resource_definition=option("raw", "Objects, as for k8s.", aliases=["definition", "inline"]),
            src=option("str", "YAML file with objects."),
            label_selectors=option("strs", "All of that kind with these labels.", []),
            continue_on_error=option("bool", "Go on with the next object.", False),
            wait=option("bool", "Wait until they are ready.", True),
            wait_sleep=option("int", "Seconds between two looks.", 5),
            wait_timeout=option("int", "Seconds to wait at most.", 20),
        )
    ),
    "required": ["replicas"],
}
RETURNS = {"result": "the object", "duration": "seconds waited"}
EXAMPLES = """
- k8s_scale: {api_version: apps/v1, kind: Deployment, name: web, namespace: shop, replicas: 3}
"""


def _field(thing: Dict[str, Any]) -> str:
    return "parallelism" if thing["kind"] == "Job" else "replicas"


def _scale(args: Dict[str, Any], system: Any, kubectl: Kubectl, thing: Dict[str, Any]) -> Dict[str, Any]:
    there = kubectl.get(thing)
    name = "%s %s" % (thing["kind"], thing["metadata"].get("name"))
    if there is None:
        raise ModuleFailed("%s was not found" % name)
    count = (there.get("spec") or {}).get(_field(there), 1)
    held = args["current_replicas"] not in (None, count) or args["resource_version"] not in (None, there["metadata"]["resourceVersion"])
    if count == args["replicas"] or held:
        return {"changed": False, "result": there}
    row: Dict[str, Any] = {"changed": True, "result": dict(there, spec=dict(there["spec"], **{_field(there): args["replicas"]}))}
    if system.diff:
        row["diff"] = {"before": {_field(there): count}, "after": {_field(there): args["replicas"]}}
    if system.check:
        return row
    patch = {"spec": {_field(there): args["replicas"]}}
    who = system.temporary(json.dumps(identity(there)).encode("utf-8"), ".json")
    row["result"] = kubectl.object(["patch", "-f", who, "--type", "merge", "--patch-file", "/dev/stdin"], patch)
    if args["wait"] and there["kind"] != "Job":
        _await(args, system, kubectl, there, row, name)
    return row


def _await(args: Dict[str, Any], system: Any, kubectl: Kubectl, there: Dict[str, Any], row: Dict[str, Any], name: str) -> None:
    def done() -> bool:
        row["result"] = kubectl.get(there) or {}
        return bool(((row["result"].get("status") or {}).get("readyReplicas") or 0) == args["replicas"])

    seconds = wait_for(system, args, done)
    if seconds < 0:
        raise ModuleFailed("Resource scaling timed out: %s" % name, **row)
    row["duration"] = seconds


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Scale. Raises ModuleFailed when an object is not there or not ready in time."""
    kubectl = Kubectl(args, system)
    things = objects(args)
    if args["label_selectors"]:
        place = ["-n", args["namespace"]] if args["namespace"] else []
        words = ["get", resource(args["kind"], args["api_version"]), "-l", ",".join(args["label_selectors"])]
        things = (kubectl.object(words + place) or {}).get("items") or []
    return each_of(things, args["continue_on_error"], lambda thing: _scale(args, system, kubectl, thing))
