"""What the fake API server holds: kinds of objects, and what happens when one is written."""
# ruff: noqa: E501 (tables and messages in one line)

import threading
import time
import uuid

from controllers import Controllers, selected

# Group version -> resource -> (kind, namespaced).
RESOURCES = {
    "v1": {
        "namespaces": ("Namespace", False), "nodes": ("Node", False), "pods": ("Pod", True), "services": ("Service", True),
        "configmaps": ("ConfigMap", True), "secrets": ("Secret", True), "serviceaccounts": ("ServiceAccount", True),
        "limitranges": ("LimitRange", True), "events": ("Event", True), "resourcequotas": ("ResourceQuota", True),
    },
    "apps/v1": {
        "deployments": ("Deployment", True), "daemonsets": ("DaemonSet", True), "replicasets": ("ReplicaSet", True),
        "statefulsets": ("StatefulSet", True), "controllerrevisions": ("ControllerRevision", True),
    },
    "networking.k8s.io/v1": {"ingresses": ("Ingress", True), "ingressclasses": ("IngressClass", False), "networkpolicies": ("NetworkPolicy", True)},
    "batch/v1": {"jobs": ("Job", True)},
    "policy/v1": {"poddisruptionbudgets": ("PodDisruptionBudget", True)},
    "rbac.authorization.k8s.io/v1": {
        "clusterroles": ("ClusterRole", False), "clusterrolebindings": ("ClusterRoleBinding", False),
        "roles": ("Role", True), "rolebindings": ("RoleBinding", True),
    },
    "coordination.k8s.io/v1": {"leases": ("Lease", True)},
}  # fmt: skip


class Failure(Exception):
    def __init__(self, code, reason, message, **details):
        super().__init__(message)
        self.status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code, "reason": reason}
        self.status.update(message=message, details=details)


class Api:
    """The objects, with what the API server sees to when they are written."""

    def __init__(self, store, version):
        self.store, self.version, self.lock = store, version, threading.RLock()
        self.where = {resource: group for group, resources in RESOURCES.items() for resource in resources}
        self.controllers = Controllers(self)
        for name in ("default", "kube-system", "kube-public"):
            if not self.store.read(f"/registry/namespaces/-/{name}"):
                self.save("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def _key(self, resource, namespace, name):
        return f"/registry/{resource}/{namespace or '-'}/{name}"

    def all(self, resource, namespace=None):
        prefix = f"/registry/{resource}/" + (f"{namespace}/" if namespace else "")
        found = self.store.read(prefix)
        for item, revision in found.values():
            item["metadata"]["resourceVersion"] = str(revision)
        return [item for _key, (item, _revision) in sorted(found.items())]

    def get(self, resource, namespace, name):
        key = self._key(resource, namespace, name)
        found = self.store.read(key).get(key)
        if found is None:
            raise Failure(404, "NotFound", f'{resource} "{name}" not found', name=name, kind=resource)
        found[0]["metadata"]["resourceVersion"] = str(found[1])
        return found[0]

    def save(self, resource, item):
        """Write an object if it differs from what there is."""
        kind, namespaced = RESOURCES[self.where[resource]][resource]
        meta = item["metadata"]
        meta.pop("resourceVersion", None)
        meta.setdefault("uid", str(uuid.uuid4()))
        meta.setdefault("creationTimestamp", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        item.update(kind=kind, apiVersion=self.where[resource])
        key = self._key(resource, meta.get("namespace") if namespaced else None, meta["name"])
        found = self.store.read(key).get(key)
        if found is None or found[0] != item:
            self.store.write(key, item)

    def drop(self, resource, item):
        meta = item["metadata"]
        self.store.delete(self._key(resource, meta.get("namespace"), meta["name"]))
        for owned in ("replicasets", "pods"):
            for each in self.all(owned):
                if any(owner["uid"] == meta.get("uid") for owner in each["metadata"].get("ownerReferences", [])):
                    self.drop(owned, each)

    def write(self, resource, item, before=None, dry=False):
        """Take an object from a client: defaults, generation, and what controllers do of it."""
        meta = item["metadata"]
        if before:
            meta["uid"], meta["creationTimestamp"] = before["metadata"]["uid"], before["metadata"]["creationTimestamp"]
            old = before["metadata"].get("generation", 1)
            meta["generation"] = old + 1 if before.get("spec") != item.get("spec") else old
        else:
            meta.setdefault("generation", 1)
        if resource == "services":
            self._service(item)
        if dry:
            return item
        self.save(resource, item)
        self.controllers.run()
        return self.get(resource, meta.get("namespace"), meta["name"])

    def _service(self, item):
        number = int(uuid.uuid5(uuid.NAMESPACE_DNS, item["metadata"]["namespace"] + item["metadata"]["name"])) % 2000
        spec = item["spec"]
        spec.setdefault("type", "ClusterIP")
        if spec.get("clusterIP") != "None":
            spec.setdefault("clusterIP", f"10.96.{number // 250}.{number % 250 + 1}")
        if spec["type"] in ("NodePort", "LoadBalancer"):
            for place, port in enumerate(spec.get("ports", [])):
                port.setdefault("nodePort", 30000 + number + place)

    def evict(self, namespace, name):
        pod = self.get("pods", namespace, name)
        for budget in self.all("poddisruptionbudgets", namespace):
            if selected(budget["spec"].get("selector"), pod["metadata"].get("labels")):
                self.controllers.budget(budget)
                if budget["status"]["disruptionsAllowed"] < 1:
                    raise Failure(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
        self.drop("pods", pod)
        self.controllers.run()
