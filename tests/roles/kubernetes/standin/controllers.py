"""What controllers and scheduler would do, at once: replica sets, pods on nodes, rollouts, disruption budgets; for the fake API server of the tests."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)


import hashlib
import json
import math
import uuid

REVISION = "deployment.kubernetes.io/revision"


def selected(selector, labels):
    """Say whether labels match a selector (matchLabels only)."""
    return all((labels or {}).get(name) == value for name, value in (selector or {}).get("matchLabels", {}).items())


def owned_by(item, owner):
    return any(each["uid"] == owner["metadata"]["uid"] for each in item["metadata"].get("ownerReferences", []))


class Controllers:
    """Brings the objects of an API into the state that others of it ask for. api: has all(), get(), save(), drop() by resource name."""

    def __init__(self, api):
        self.api = api

    def run(self):
        """Do it until nothing changes any more."""
        for _round in range(6):
            before = self.api.store.revision()
            self._once()
            if self.api.store.revision() == before:
                return

    def _once(self):
        for each in self.api.all("deployments"):
            self._deployment(each)
        for each in self.api.all("daemonsets"):
            self._daemon_set(each)
        for each in self.api.all("pods"):
            self._schedule(each)
        for each in self.api.all("replicasets"):
            self._count(each)
        for each in self.api.all("deployments"):
            self._rollout(each)
        for each in self.api.all("poddisruptionbudgets"):
            self.budget(each)

    def _owned(self, resource, owner):
        return [each for each in self.api.all(resource, owner["metadata"]["namespace"]) if owned_by(each, owner)]

    def _deployment(self, item):
        template = item["spec"]["template"]
        digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
        sets = self._owned("replicasets", item)
        newest = max([int(each["metadata"]["annotations"][REVISION]) for each in sets], default=0)
        current = next((each for each in sets if each["metadata"]["labels"]["pod-template-hash"] == digest), None)
        if current is None:
            current = self._replica_set(item, template, digest, newest + 1)
        elif int(current["metadata"]["annotations"][REVISION]) < newest:
            current["metadata"]["annotations"][REVISION] = str(newest + 1)
        current["spec"]["replicas"] = item["spec"].get("replicas", 1)
        self.api.save("replicasets", current)
        self._pods(current, current["spec"]["replicas"])
        # The old ones go when the new ones are ready.
        ready = all(ready_pod(pod) for pod in self._owned("pods", current))
        for each in sets:
            if each["metadata"]["uid"] != current["metadata"]["uid"] and ready:
                each["spec"]["replicas"] = 0
                self.api.save("replicasets", each)
                self._pods(each, 0)
        item["metadata"].setdefault("annotations", {})[REVISION] = current["metadata"]["annotations"][REVISION]
        self.api.save("deployments", item)

    def _replica_set(self, owner, template, digest, revision):
        labels = {**template["metadata"].get("labels", {}), "pod-template-hash": digest}
        selector = {"matchLabels": {**owner["spec"]["selector"]["matchLabels"], "pod-template-hash": digest}}
        pod = {"metadata": {**template["metadata"], "labels": labels}, "spec": template["spec"]}
        notes = {**owner["metadata"].get("annotations", {}), REVISION: str(revision)}
        notes.pop("kubectl.kubernetes.io/last-applied-configuration", None)
        meta = {**self._meta(owner, f"{owner['metadata']['name']}-{digest}"), "labels": labels, "annotations": notes}
        return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": {"selector": selector, "template": pod}}

    def _meta(self, owner, name):
        words = {"apiVersion": "apps/v1", "kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
        reference = {**words, "controller": True, "blockOwnerDeletion": True}
        return {"name": name, "namespace": owner["metadata"]["namespace"], "ownerReferences": [reference]}

    def _pods(self, owner, wanted, node=None):
        pods = [each for each in self._owned("pods", owner) if node is None or each["spec"].get("nodeName") == node]
        for each in pods[wanted:]:
            self.api.drop("pods", each)
        template = owner["spec"]["template"]
        for _count in range(wanted - len(pods)):
            meta = {**self._meta(owner, f"{owner['metadata']['name']}-{uuid.uuid4().hex[:5]}"), "labels": template["metadata"].get("labels", {})}
            spec = {"restartPolicy": "Always", **json.loads(json.dumps(template["spec"]))}
            if node:
                spec["nodeName"] = node
            self.api.save("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {"phase": "Pending"}})

    def _daemon_set(self, item):
        nodes = [node for node in self.api.all("nodes") if fits(item["spec"]["template"]["spec"], node, daemon=True)]
        for node in nodes:
            self._pods(item, 1, node["metadata"]["name"])
        number = {"desiredNumberScheduled": len(nodes), "currentNumberScheduled": len(nodes), "updatedNumberScheduled": len(nodes)}
        number.update(numberReady=len(nodes), numberAvailable=len(nodes), numberMisscheduled=0)
        item["status"] = {**number, "observedGeneration": item["metadata"].get("generation", 1)}
        self.api.save("daemonsets", item)

    def _schedule(self, pod):
        if "nodeName" not in pod["spec"]:
            fitting = [node["metadata"]["name"] for node in self.api.all("nodes") if fits(pod["spec"], node)]
            load = {name: sum(each["spec"].get("nodeName") == name for each in self.api.all("pods")) for name in fitting}
            if not fitting:
                return
            pod["spec"]["nodeName"] = min(fitting, key=lambda name: (load[name], name))
        if pod.get("status", {}).get("phase", "Pending") == "Pending":
            # An image with this tag is one that cannot be pulled.
            state = "False" if any(":broken" in each["image"] for each in pod["spec"]["containers"]) else "True"
            conditions = [{"type": kind, "status": state} for kind in ("Ready", "ContainersReady")]
            names = [each["name"] for each in pod["spec"]["containers"]]
            states = [{"name": name, "ready": state == "True", "restartCount": 0, "image": "", "imageID": ""} for name in names]
            pod["status"] = {"phase": "Running" if state == "True" else "Pending", "conditions": conditions, "containerStatuses": states}
            self.api.save("pods", pod)

    def _count(self, item):
        pods = self._owned("pods", item)
        ready = sum(ready_pod(each) for each in pods)
        item["status"] = {"replicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}
        self.api.save("replicasets", item)

    def _rollout(self, item):
        sets = self._owned("replicasets", item)
        notes = item["metadata"]["annotations"]
        current = next(each for each in sets if each["metadata"]["annotations"][REVISION] == notes[REVISION])
        wanted, updated = item["spec"].get("replicas", 1), current["status"]["replicas"]
        total = sum(each["status"]["replicas"] for each in sets)
        available = sum(each["status"]["availableReplicas"] for each in sets)
        done = current["status"]["availableReplicas"] == wanted
        progress = {"type": "Progressing", "status": "True" if done else "False"}
        progress["reason"] = "NewReplicaSetAvailable" if done else "ProgressDeadlineExceeded"
        conditions = [progress, {"type": "Available", "status": "True" if available >= wanted else "False"}]
        status = {"observedGeneration": item["metadata"].get("generation", 1), "replicas": total, "updatedReplicas": updated}
        item["status"] = {**status, "readyReplicas": available, "availableReplicas": available, "conditions": conditions}
        self.api.save("deployments", item)

    def budget(self, item):
        """Compute how many pods a disruption budget lets go."""
        pods = [each for each in self.api.all("pods", item["metadata"]["namespace"]) if selected(item["spec"].get("selector"), each["metadata"].get("labels"))]
        healthy = sum(ready_pod(each) for each in pods)
        if "minAvailable" in item["spec"]:
            wanted = count_of(item["spec"]["minAvailable"], len(pods))
        else:
            wanted = len(pods) - count_of(item["spec"].get("maxUnavailable", 0), len(pods))
        numbers = {"currentHealthy": healthy, "desiredHealthy": wanted, "expectedPods": len(pods)}
        item["status"] = {**numbers, "disruptionsAllowed": max(0, healthy - wanted)}
        self.api.save("poddisruptionbudgets", item)


def count_of(number, total):
    return math.ceil(total * int(number[:-1]) / 100) if isinstance(number, str) and number.endswith("%") else int(number)


def ready_pod(pod):
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod.get("status", {}).get("conditions", []))


def fits(spec, node, daemon=False):
    """Say whether a pod may go to a node: its selector, and the taints it tolerates."""
    labels = node["metadata"].get("labels", {})
    if any(labels.get(name) != value for name, value in spec.get("nodeSelector", {}).items()):
        return False
    if node["spec"].get("unschedulable") and not daemon:
        return False
    return all(any(tolerates(each, taint) for each in spec.get("tolerations", [])) for taint in node["spec"].get("taints", []))


def tolerates(toleration, taint):
    if toleration.get("effect", taint["effect"]) != taint["effect"]:
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key", taint["key"]) == taint["key"]
    return toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", "")
