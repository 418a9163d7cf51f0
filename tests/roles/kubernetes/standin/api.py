"""A fake API server for tests: enough of the Kubernetes API for a real kubectl to apply, patch, watch, roll out, drain, evict and copy."""
# ruff: noqa: E501, T201 (programs that print, and their tables and messages in one line)


import json
import re
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from discovery import discovery
from exec_stream import run_exec
from journal import journal
from objects import RESOURCES, Api, Failure
from patches import apply_patch
from store import Etcd, Memory

OPEN = ("/livez", "/readyz", "/healthz", "/version", "/api/v1/namespaces/kube-public/configmaps/cluster-info")
PATH = re.compile(r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+/[^/]+))(?:/namespaces/(?P<namespace>[^/]+))?/(?P<resource>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>[a-z]+))?$")


class Handler(BaseHTTPRequestHandler):
    """One request. server.api: the Api; server.guarded: clients need a certificate or a token."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True

    def do_GET(self):
        self._answer("GET")

    def do_POST(self):
        self._answer("POST")

    def do_PUT(self):
        self._answer("PUT")

    def do_PATCH(self):
        self._answer("PATCH")

    def do_DELETE(self):
        self._answer("DELETE")

    def _say(self, value, code=200, kind="application/json"):
        data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, verb):
        url = urllib.parse.urlsplit(self.path)
        words = {name: values[0] for name, values in urllib.parse.parse_qs(url.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.server.guarded and url.path not in OPEN:
                self._check_client()
            if body and not body.lstrip().startswith((b"{", b"[")):
                raise Failure(415, "UnsupportedMediaType", "this server takes JSON")
            self._route(verb, url.path, words, json.loads(body) if body else {})
        except Failure as failure:
            self._say(failure.status, failure.status["code"])
        except OSError as error:
            self._say(Failure(500, "InternalError", str(error)).status, 500)

    def _check_client(self):
        if self.connection.getpeercert():
            return
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        for each in self.server.api.all("secrets", "kube-system"):
            data = each.get("stringData", {})
            known = f"{data['token-id']}.{data['token-secret']}" if each.get("type") == "bootstrap.kubernetes.io/token" else data.get("token")
            if known == token and float(data.get("expiration", "inf")) > time.time():
                return
        raise Failure(401, "Unauthorized", "Unauthorized")

    def _route(self, verb, path, words, body):
        api = self.server.api
        if path in ("/livez", "/readyz", "/healthz"):
            api.store.revision()
            return self._say("ok", kind="text/plain")
        if path == "/version":
            major, minor, _patch = api.version.lstrip("v").split(".")
            return self._say({"major": major, "minor": minor, "gitVersion": api.version, "platform": "linux/amd64"})
        found = discovery(path)
        if found is not None:
            return self._say(found)
        match = PATH.match(path)
        if match and match["namespace"] is None and (own := re.match(r"/api/v1/namespaces(?:/([^/]+))?$", path)):
            return self._resource(verb, "namespaces", None, own[1], None, words, body)
        if not match or api.where.get(match["resource"]) != (match["core"] or match["group"]):
            raise Failure(404, "NotFound", "the server could not find the requested resource")
        if match["sub"] == "exec":
            pod = api.get("pods", match["namespace"], match["name"])
            return run_exec(self, pod, urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query), self.server.folders)
        return self._resource(verb, match["resource"], match["namespace"], match["name"], match["sub"], words, body)

    def _resource(self, verb, resource, namespace, name, sub, words, body):
        api, dry = self.server.api, "dryRun" in words
        with api.lock:
            if verb == "GET" and name:
                return self._say(api.get(resource, namespace, name))
            if verb == "GET" and words.get("watch") not in ("true", "1"):
                return self._list(resource, namespace, words)
            if verb == "POST" and sub == "eviction":
                api.evict(namespace, name)
                journal(f"evict {namespace}/{name}")
                return self._say({"kind": "Status", "apiVersion": "v1", "status": "Success", "code": 201}, 201)
            if verb == "POST":
                return self._create(resource, namespace, body, dry)
            if verb in ("PUT", "PATCH"):
                return self._change(verb, resource, namespace, name, sub, body, dry)
            if verb == "DELETE":
                item = api.get(resource, namespace, name)
                api.drop(resource, item)
                api.controllers.run()
                return self._say({"kind": "Status", "apiVersion": "v1", "status": "Success", "details": {"name": name, "uid": item["metadata"]["uid"]}})
        return self._watch(resource, namespace, words)

    def _create(self, resource, namespace, body, dry):
        api = self.server.api
        if namespace:
            body["metadata"]["namespace"] = namespace
            api.get("namespaces", None, namespace)
        if api.store.read(api._key(resource, namespace, body["metadata"]["name"])):
            raise Failure(409, "AlreadyExists", f'{resource} "{body["metadata"]["name"]}" already exists')
        self._say(api.write(resource, body, dry=dry), 201)

    def _change(self, verb, resource, namespace, name, sub, body, dry):
        api = self.server.api
        before = api.get(resource, namespace, name)
        after = body if verb == "PUT" else apply_patch(self.headers["Content-Type"], json.loads(json.dumps(before)), body)
        if namespace:
            after["metadata"]["namespace"] = namespace
        if sub == "status":
            after = {**before, "status": after.get("status", {})}
        wanted = body.get("metadata", {}).get("resourceVersion") if isinstance(body, dict) else None
        if wanted and wanted != before["metadata"]["resourceVersion"]:
            raise Failure(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
        if resource == "nodes" and not dry and before["spec"].get("unschedulable") != after["spec"].get("unschedulable"):
            journal(f"{'cordon' if after['spec'].get('unschedulable') else 'uncordon'} {name}")
        self._say(api.write(resource, after, before, dry))

    def _matching(self, resource, namespace, words):
        items = self.server.api.all(resource, namespace)
        for text in filter(None, words.get("fieldSelector", "").split(",")):
            path, value = text.split("=", 1)
            items = [each for each in items if str(dig(each, path.rstrip("!"))) == value.lstrip("=")]
        for text in filter(None, words.get("labelSelector", "").split(",")):
            name, _sign, value = text.partition("=")
            items = [each for each in items if each["metadata"].get("labels", {}).get(name) == value.lstrip("=")]
        return items

    def _list(self, resource, namespace, words):
        api = self.server.api
        kind = RESOURCES[api.where[resource]][resource][0]
        items = self._matching(resource, namespace, words)
        self._say({"kind": f"{kind}List", "apiVersion": api.where[resource], "metadata": {"resourceVersion": str(api.store.revision())}, "items": items})

    def _watch(self, resource, namespace, words):
        """Tell what changes, until the client goes or the time is over."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        until = time.monotonic() + float(words.get("timeoutSeconds") or 60)
        known, since = {}, int(words.get("resourceVersion") or 0)
        initial = "sendInitialEvents" in words or not since
        while time.monotonic() < until and not self.server.ending.is_set():
            now = {each["metadata"]["uid"]: each for each in self._matching(resource, namespace, words)}
            for uid, item in now.items():
                revision = int(item["metadata"]["resourceVersion"])
                if known.get(uid) != revision and (revision > since or initial):
                    self._event("MODIFIED" if uid in known or not initial else "ADDED", item)
                known[uid] = revision
            if initial:
                kind = RESOURCES[self.server.api.where[resource]][resource][0]
                meta = {"resourceVersion": str(self.server.api.store.revision()), "annotations": {"k8s.io/initial-events-end": "true"}}
                if "sendInitialEvents" in words:
                    self._event("BOOKMARK", {"kind": kind, "apiVersion": self.server.api.where[resource], "metadata": meta})
                initial, since = False, 0
            for uid in set(known) - set(now):
                kind = RESOURCES[self.server.api.where[resource]][resource][0]
                self._event("DELETED", {"kind": kind, "apiVersion": self.server.api.where[resource], "metadata": {"uid": uid, "name": "gone"}})
                del known[uid]
            self.server.ending.wait(0.1)
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, kind, item):
        data = json.dumps({"type": kind, "object": item}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


def dig(item, path):
    for part in path.split("."):
        item = item.get(part, "") if isinstance(item, dict) else ""
    return item


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, store, version="v1.34.2", context=None, folders=None):
        self.ending, self.guarded, self.folders, self.context = threading.Event(), context is not None, folders, context
        super().__init__(address, Handler)
        self.api = Api(store, version)

    def get_request(self):
        connection, address = super().get_request()
        if self.context:
            connection.settimeout(60)
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def server_close(self):
        self.ending.set()
        super().server_close()


def main(port, version, etcd):
    """Serve as the static pod of a stand-in kubelet: state in etcd (its place as JSON), certificates of the stand-in kubeadm."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/pki/apiserver.key")
    context.load_verify_locations("/etc/kubernetes/pki/ca.crt")
    context.verify_mode = ssl.CERT_OPTIONAL
    for _try in range(100):
        try:
            store = Etcd(json.loads(etcd))
            store.revision()
            break
        except OSError:
            time.sleep(0.2)
    Server(("0.0.0.0", int(port)), store, version, context, Path("/var/lib/kubelet/containers")).serve_forever()


def alone(folder):
    """Serve two nodes from memory on a free port of this machine, without TLS, until standard input ends; the port is printed."""
    server = Server(("127.0.0.1", 0), Memory(), folders=Path(folder))
    for name, labels in (("n1", {"disk": "ssd"}), ("n2", {})):
        status = {"conditions": [{"type": "Ready", "status": "True"}]}
        server.api.save("nodes", {"metadata": {"name": name, "labels": labels}, "spec": {}, "status": status})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    server.ending.set()


if __name__ == "__main__":
    alone(sys.argv[2]) if sys.argv[1] == "alone" else main(*sys.argv[1:])
