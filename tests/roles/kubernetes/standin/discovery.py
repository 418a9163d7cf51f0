"""How the fake API server tells kubectl what kinds of objects there are."""
# ruff: noqa: E501 (tables and messages in one line)

from objects import RESOURCES

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
SHORT = {"pods": ["po"], "services": ["svc"], "deployments": ["deploy"], "daemonsets": ["ds"], "nodes": ["no"], "namespaces": ["ns"]}


def discovery(path):
    """Return what is to be found where, or None."""
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups = [group.split("/") for group in RESOURCES if "/" in group]
        versions = [{"groupVersion": f"{name}/{version}", "version": version} for name, version in groups]
        listed = [{"name": name, "versions": [each], "preferredVersion": each} for (name, _v), each in zip(groups, versions, strict=True)]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    if path == "/openapi/v3":
        places = [f"apis/{group}" if "/" in group else f"api/{group}" for group in RESOURCES]
        return {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}"} for place in places}}
    if path.startswith("/openapi/v3/"):
        return openapi(path.removeprefix("/openapi/v3/"))
    group = path.removeprefix("/apis/").removeprefix("/api/")
    if group not in RESOURCES or path.count("/") > 3:
        return None
    listed = []
    for name, (kind, namespaced) in RESOURCES[group].items():
        listed.append({"name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": VERBS, "shortNames": SHORT.get(name, [])})
    if group == "v1":
        listed.append({"name": "pods/eviction", "namespaced": True, "group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"]})
        listed.append({"name": "pods/exec", "namespaced": True, "kind": "PodExecOptions", "verbs": ["create", "get"]})
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": listed}


def openapi(place):
    """Return what kubectl looks for before it applies something: that the server checks fields by itself."""
    group = place.partition("/")[2]
    name, _slash, version = group.rpartition("/")
    paths = {}
    for resource, (kind, _namespaced) in RESOURCES.get(group, {}).items():
        extension = {"group": name, "version": version, "kind": kind}
        parameters = [{"name": word, "in": "query", "schema": {"type": "string"}} for word in ("fieldValidation", "dryRun")]
        patch = {"parameters": parameters, "responses": {}, "x-kubernetes-group-version-kind": extension, "x-kubernetes-action": "patch"}
        paths[f"/{place}/{resource}/{{name}}"] = {"patch": patch}
    return {"openapi": "3.0.0", "info": {"title": "fake", "version": "1"}, "paths": paths}
