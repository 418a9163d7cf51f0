"""A stand-in for a Kubernetes API server, which the real kubectl talks to: discovery, and objects in memory.

It knows a handful of kinds, merges every patch in the plain way, and never schedules anything: no cluster.
"""

import contextlib
import http.server
import json
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

CORE = {"namespaces": ("Namespace", False), "configmaps": ("ConfigMap", True), "secrets": ("Secret", True), "pods": ("Pod", True),
        "nodes": ("Node", False)}  # fmt: skip
APPS = {"deployments": ("Deployment", True)}
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


class Cluster:
    """What it has. objects: (plural, namespace or "", name) -> object. asked: (method, path, query) of each request that changes."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.version = 1
        self.add("namespaces", "", "default", {"apiVersion": "v1", "kind": "Namespace"})

    def add(self, plural: str, namespace: str, name: str, thing: dict[str, Any]) -> dict[str, Any]:
        """Store an object as a server would."""
        self.version += 1
        meta = {**(thing.get("metadata") or {}), "name": name, "resourceVersion": str(self.version), "uid": f"u-{plural}-{name}"}
        if namespace:
            meta["namespace"] = namespace
        meta["generation"] = int(meta.get("generation", 0)) + 1
        stored = {**thing, "metadata": meta}
        self.objects[plural, namespace, name] = stored
        return stored


def merged(old: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict) or not isinstance(old, dict):
        return patch
    found = dict(old)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value) if isinstance(value, dict) else value
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    """HTTP in front of a Cluster."""

    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return "test"

    def say(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status: int, reason: str, message: str) -> None:
        self.say(status, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": status})

    def serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        found = self.discovery(parts.path)
        if found is not None:
            self.say(200, found)
            return
        if self.command != "GET":
            self.cluster.asked.append((self.command, parts.path, query))
        body = json.loads(data) if data.strip().startswith(b"{") else {}
        words = parts.path.strip("/").split("/")
        words = words[2:] if words[0] == "api" else words[3:]
        namespace = ""
        if words[:1] == ["namespaces"] and len(words) > 2:
            namespace, words = words[1], words[2:]
        kinds = {**CORE, **APPS}
        if not words or words[0] not in kinds:
            self.refuse(404, "NotFound", "the server could not find the requested resource")
            return
        if namespace and ("namespaces", "", namespace) not in self.cluster.objects:
            self.refuse(404, "NotFound", f'namespaces "{namespace}" not found')
            return
        self.act(words[0], namespace, words[1] if len(words) > 1 else "", body, query)

    def act(self, plural: str, namespace: str, name: str, body: Any, query: dict[str, str]) -> None:
        kind = {**CORE, **APPS}[plural][0]
        if self.command == "GET" and not name:
            rows = [each for (what, where, _), each in self.cluster.objects.items() if what == plural and namespace in ("", where)]
            if "=" in query.get("labelSelector", ""):
                key, _, value = query["labelSelector"].partition("=")
                rows = [each for each in rows if (each["metadata"].get("labels") or {}).get(key) == value]
            version = "apps/v1" if plural in APPS else "v1"
            self.say(200, {"kind": kind + "List", "apiVersion": version, "metadata": {}, "items": rows})
            return
        if self.command == "POST":
            name = body["metadata"].get("name") or body["metadata"]["generateName"] + "x1"
        old = self.cluster.objects.get((plural, namespace, name))
        if old is None and self.command != "POST" and not query.get("fieldManager", "").startswith("apply-"):
            self.refuse(404, "NotFound", f'{plural} "{name}" not found')
            return
        self.change(plural, namespace, name, old, body, "dryRun" in query or bool(body.get("dryRun")))

    def change(self, plural: str, namespace: str, name: str, old: Any, body: Any, dry: bool) -> None:
        if self.command == "GET":
            self.say(200, old)
            return
        if self.command == "DELETE":
            if not dry:
                del self.cluster.objects[plural, namespace, name]
            self.say(200, {"kind": "Status", "apiVersion": "v1", "status": "Success", "details": {"name": name, "kind": plural}})
            return
        new = merged(old or {}, body) if self.command == "PATCH" else body
        if old is not None and {**new, "metadata": {**new["metadata"], "resourceVersion": 0}} == {
            **old, "metadata": {**old["metadata"], "resourceVersion": 0}}:  # fmt: skip
            self.say(200, old)
            return
        before = dict(self.cluster.objects)
        stored = self.cluster.add(plural, namespace, name, new)
        if dry:
            self.cluster.objects = before
        self.say(201 if self.command == "POST" else 200, stored)

    def discovery(self, path: str) -> Any:
        def rows(kinds: dict[str, tuple[str, bool]]) -> list[dict[str, Any]]:
            return [{"name": plural, "singularName": kind.lower(), "namespaced": inside, "kind": kind, "verbs": VERBS}
                    for plural, (kind, inside) in kinds.items()]  # fmt: skip

        version = {"groupVersion": "apps/v1", "version": "v1"}
        return {
            "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"},
            "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
            "/apis": {"kind": "APIGroupList", "apiVersion": "v1",
                      "groups": [{"name": "apps", "versions": [version], "preferredVersion": version}]},
            "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": rows(CORE)},
            "/apis/apps/v1": {"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": rows(APPS)},
        }.get(path)  # fmt: skip

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_PUT(self) -> None:
        self.serve()

    def do_PATCH(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()


@contextlib.contextmanager
def running() -> Iterator[tuple[Cluster, str]]:
    """Serve a cluster on the loopback while the block runs; gives it and its address."""
    cluster = Cluster()
    handler = type("Bound", (Handler,), {"cluster": cluster})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield cluster, f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
