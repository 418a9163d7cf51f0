"""Returns objects of a Kubernetes cluster, through kubectl on the host."""

from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.kube.kubectl import CLUSTER, OBJECT, Kubectl, KubectlFailed, hidden, resource
from runner.target.kube.ready import WAIT, ready, wait_for
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CLUSTER,
        **dict(
            OBJECT,
            label_selectors=option("strs", "Only objects with these labels.", []),
            field_selectors=option("strs", "Only objects with these fields.", []),
            hidden_fields=option("strs", "Fields left out."),
        ),
        **WAIT
    ),
    "required": ["kind"],
}
RETURNS = {"resources": "the objects", "api_found": "whether the cluster knows that kind in that version"}
EXAMPLES = """
- k8s_info: {kind: Pod, namespace: monitoring, label_selectors: [app = prometheus]}
  register: pods
"""


def words(args: Dict[str, Any]) -> List[str]:
    """Return the words of kubectl."""
    argv = ["get", resource(args["kind"], args["api_version"])] + ([args["name"]] if args["name"] else [])
    if args["namespace"]:
        argv += ["-n", args["namespace"]]
    elif not args["name"]:
        argv.append("--all-namespaces")
    if args["label_selectors"]:
        argv += ["-l", ",".join(args["label_selectors"])]
    if args["field_selectors"]:
        argv += ["--field-selector", ",".join(args["field_selectors"])]
    return argv


def _look(kubectl: Kubectl, args: Dict[str, Any]) -> List[Dict[str, Any]]:
    try:
        found = kubectl.object(words(args)) or {}
    except KubectlFailed as error:
        if "(NotFound)" in error.said:
            return []
        raise
    if "items" in found and str(found.get("kind", "")).endswith("List"):
        return list(found["items"])
    return [found] if found else []


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell. Raises ModuleFailed with the server's words."""
    kubectl = Kubectl(args, system)
    state: Dict[str, Any] = {"rows": []}

    def done() -> bool:
        state["rows"] = _look(kubectl, args)
        return bool(state["rows"]) and all(ready(row, args["wait_condition"]) for row in state["rows"])

    try:
        arrived = done()
        if args["wait"] and not arrived and wait_for(system, args, done) < 0 and state["rows"]:
            waited = (args["kind"], args["wait_timeout"])
            raise ModuleFailed("Failed to gather information about %s(s) even after waiting for %s seconds" % waited)
    except KubectlFailed as error:
        if "the server doesn't have a resource type" in error.said or "no matches for kind" in error.said:
            text = 'Failed to find API for resource with apiVersion "%s" and kind "%s"' % (args["api_version"], args["kind"])
            return {"changed": False, "resources": [], "api_found": False, "msg": text}
        raise
    return {"changed": False, "resources": [hidden(row, args["hidden_fields"] or []) for row in state["rows"]], "api_found": True}
