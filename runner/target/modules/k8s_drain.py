"""Ensures that a node takes no further pods (cordon), takes them again (uncordon), or has none left to move (drain), through kubectl."""

from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.kube.kubectl import CLUSTER, Kubectl
from runner.target.option import option, record

_HOW = {
    "force": option("bool", "Also pods that nothing would make anew.", False),
    "ignore_daemonsets": option("bool", "Leave pods of daemon sets.", False),
    "delete_emptydir_data": option("bool", "Also pods with emptyDir volumes.", False),
    "disable_eviction": option("bool", "Delete instead of evict: disruption budgets are passed over.", False),
    "terminate_grace_period": option("int", "Seconds before pods are ended by force."),
    "wait_timeout": option("int", "Seconds to wait for pods to go; 0 for ever."),
    "wait_sleep": option("int", "Accepted; kubectl looks by itself.", 5),
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CLUSTER,
        name=option("str", "The node."),
        state=option("str", "What is to be.", "drain", enum=["cordon", "drain", "uncordon"]),
        pod_selectors=option("strs", "drain: only pods with these labels.", aliases=["label_selectors"]),
        delete_options=record("How pods are moved away.", _HOW),
    ),
    "required": ["name"],
}
RETURNS = {"result": "what was done"}
EXAMPLES = """
- k8s_drain: {name: k2, state: drain, delete_options: {ignore_daemonsets: true, delete_emptydir_data: true}}
"""


def words(args: Dict[str, Any]) -> List[str]:
    """Return the words of `kubectl drain`."""
    given = args["delete_options"] or {}
    argv = ["drain", args["name"]]
    for key, flag in (("force", "--force"), ("ignore_daemonsets", "--ignore-daemonsets"),
                      ("delete_emptydir_data", "--delete-emptydir-data"), ("disable_eviction", "--disable-eviction")):  # fmt: skip
        argv += [flag] if given.get(key) else []
    if given.get("terminate_grace_period") is not None:
        argv += ["--grace-period", str(given["terminate_grace_period"])]
    if given.get("wait_timeout"):
        argv += ["--timeout", "%ds" % given["wait_timeout"]]
    if args["pod_selectors"]:
        argv += ["--pod-selector", ",".join(args["pod_selectors"])]
    return argv


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the node to its state. Raises ModuleFailed, with kubectl's words about pods that cannot be moved."""
    kubectl = Kubectl(args, system)
    name, state = args["name"], args["state"]
    node = kubectl.get({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    if node is None:
        raise ModuleFailed("Node %s not found." % name)
    closed = bool((node.get("spec") or {}).get("unschedulable"))
    if state == "uncordon" and not closed:
        return {"changed": False, "result": "node %s already uncordoned." % name}
    if state == "cordon" and closed:
        return {"changed": False, "result": "node %s already cordoned." % name}
    dry = ["--dry-run=server"] if system.check else []
    if state != "drain":
        kubectl.must([state, name] + dry)
        return {"changed": True, "result": "cordoned node %s." % name if state == "cordon" else "uncordoned node %s." % name}
    said = kubectl.must(words(args) + dry)
    moved = [line for line in said.splitlines() if line.startswith(("evicting pod", "pod/")) and "evicted" in line + "evicted"]
    gone = len({line.split()[0] for line in moved if line.startswith("pod/")})
    parts = ([] if closed else ["node %s cordoned." % name]) + ["%d Pod(s) deleted/evicted from node." % gone] * bool(gone)
    return {"changed": bool(parts), "result": " ".join(parts) or "node %s already drained." % name}
