"""Returns what helm knows of a release."""

from typing import Any, Dict

from runner.target.kube.helm_command import HELM, Helm
from runner.target.option import option

_STATES = ["all", "deployed", "failed", "pending", "superseded", "uninstalled", "uninstalling"]
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        HELM,
        release_name=option("str", "The release.", aliases=["name"]),
        release_namespace=option("str", "Its namespace.", aliases=["namespace"]),
        release_state=option("list", "Only when it is in one of these states. Default: deployed, failed and pending.", [],
                             items={"type": "string", "enum": _STATES}),
        get_all_values=option("bool", "Also the chart's own values.", False),
    ),
    "required": ["release_name", "release_namespace"],
}  # fmt: skip
RETURNS = {"status": "name, namespace, revision, chart, app_version, status, updated, values, notes, manifest, hooks; or missing"}
EXAMPLES = """
- helm_info: {name: prometheus, namespace: monitoring}
  register: release
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell."""
    helm = Helm(args, system)
    name, namespace = args["release_name"], args["release_namespace"]
    release = helm.release(name, namespace, ["--" + state for state in args["release_state"]])
    if release is None:
        return {"changed": False}
    place = ["-n", namespace, name]
    if args["get_all_values"]:
        release["values"] = helm.json(["get", "values", "--all"] + place) or {}
    for key in ("notes", "manifest", "hooks"):
        release[key] = helm.must(["get", key] + place).out
    return {"changed": False, "status": release}
