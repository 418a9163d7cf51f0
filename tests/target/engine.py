"""A container engine in memory behind a real Unix socket, for the tests of the docker modules: the endpoints that they use, no more.

Its answers have the form of Docker Engine 20.10 (API 1.41), as recorded from one in the lab.
"""

import contextlib
import http.server
import json
import re
import socketserver
import struct
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

IMAGE = {
    "Id": "sha256:" + "a" * 64, "RepoTags": ["app:1"], "RepoDigests": [], "Os": "linux", "Architecture": "amd64",
    "Config": {"Env": ["PATH=/bin"], "Labels": {"base": "yes"}, "ExposedPorts": {"99/tcp": {}}},
}  # fmt: skip


class Refused(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Engine:
    """What the engine has. asked: (method, path, query, body) of every request that could change something."""

    def __init__(self) -> None:
        self.images: dict[str, Any] = {"app:1": json.loads(json.dumps(IMAGE))}
        self.containers: dict[str, Any] = {}
        self.networks: dict[str, Any] = {"bridge": network("bridge", "n-bridge")}
        self.volumes: dict[str, Any] = {}
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.headers: list[Any] = []
        self.pullable: dict[str, Any] = {}
        self.exit_code = 0
        self.api = ("1.41", "1.12")
        self.serial = 0
        self.member: dict[str, Any] = {"LocalNodeState": "inactive", "ControlAvailable": False}
        self.swarm: dict[str, Any] = {}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """Return what to answer: JSON, bytes, or a list of JSON lines."""
        if path == "/version":
            return {"ApiVersion": self.api[0], "MinAPIVersion": self.api[1]}
        path = re.sub(r"^/v[\d.]+", "", path)
        self.asked += [(method, path, query, body)] if method != "GET" else []
        kind, *rest = path.strip("/").split("/")
        if kind == "images":
            return self.image(method, "/".join(rest), query)
        return getattr(self, "on_" + kind)(method, rest, query, body)

    def image(self, method: str, rest: str, query: dict[str, str]) -> Any:
        if rest == "create":
            return self.pull(query)
        if rest == "json":
            return list(self.images.values())
        if rest == "prune":
            return {"ImagesDeleted": None, "SpaceReclaimed": 0}
        name, _, verb = rest.rpartition("/") if method != "DELETE" else (rest, "", "")
        if verb == "push":
            name = f"{name}:{query['tag']}"
        image = self.images.get(name) or next((each for each in self.images.values() if each["Id"] == name), None)
        if image is None:
            raise Refused(404, "No such image: " + name)
        if verb == "tag":
            self.images[f"{query['repo']}:{query['tag']}"] = image
            return b""
        if verb == "push":
            return [{"status": "Pushing", "id": "abc"}, {"status": "latest: digest: sha256:1 size: 2"}]
        if method == "DELETE":
            self.images = {key: each for key, each in self.images.items() if key != name}
            return [{"Untagged": name}, {"Deleted": image["Id"]}]
        return image

    def pull(self, query: dict[str, str]) -> Any:
        name = f"{query['fromImage']}:{query.get('tag', 'latest')}"
        if name not in self.pullable:
            return [{"status": "Pulling"}, {"errorDetail": {}, "error": "manifest unknown"}]
        self.images[name] = self.pullable[name]
        return [{"status": "Pulling"}, {"status": "Downloaded newer image"}]

    def found(self, table: dict[str, Any], name: str, what: str) -> Any:
        item = table.get(name) or next((each for each in table.values() if each.get("Id") == name), None)
        if item is None:
            raise Refused(404, f"No such {what}: {name}")
        return item

    def on_containers(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        if rest == ["create"]:
            return self.create(query["name"], body)
        if rest == ["prune"]:
            gone = [each["Id"] for each in self.containers.values() if not each["State"]["Running"]]
            self.containers = {key: each for key, each in self.containers.items() if each["Id"] not in gone}
            return {"ContainersDeleted": gone, "SpaceReclaimed": 5}
        if rest == ["json"]:
            return [{"Id": each["Id"], "Names": [each["Name"]], "Extra": 1} for each in self.containers.values()]
        container = self.found(self.containers, rest[0], "container")
        if method == "DELETE":
            del self.containers[container["Name"].lstrip("/")]
            return b""
        return self.act(container, rest[1], body)

    def act(self, container: Any, verb: str, body: Any) -> Any:
        state = container["State"]
        if verb == "json":
            return container
        if verb == "exec":
            if not state["Running"]:
                raise Refused(409, f"Container {container['Id']} is not running")
            self.asked[-1][3]["asked"] = True
            return {"Id": "e1"}
        if verb == "wait":
            state["Running"] = False
            return {"StatusCode": self.exit_code}
        if verb == "logs":
            return frames(b"out\n", b"err\n")
        if verb == "update":
            policy = body.pop("RestartPolicy", {})
            container["HostConfig"].update(body)
            container["HostConfig"].setdefault("RestartPolicy", {}).update(policy)
            return {"Warnings": None}
        state.update({"start": {"Running": True}, "stop": {"Running": False}, "kill": {"Running": False}, "restart": {},
                      "pause": {"Paused": True}, "unpause": {"Paused": False}}[verb])  # fmt: skip
        return b""

    def create(self, name: str, body: Any) -> Any:
        image = self.image("GET", body["Image"] + "/json", {})
        self.serial += 1
        host = {"NetworkMode": "default", "RestartPolicy": {"Name": "", "MaximumRetryCount": 0}, **body.pop("HostConfig")}
        wanted = (body.pop("NetworkingConfig", None) or {}).get("EndpointsConfig") or {"bridge": {}}
        networks = {each: {"NetworkID": self.networks[each]["Id"], **given} for each, given in wanted.items()}
        config = dict(body)
        config["Env"] = list(body.get("Env") or []) + image["Config"]["Env"]
        config["Labels"] = {**image["Config"]["Labels"], **(body.get("Labels") or {})}
        config["ExposedPorts"] = {**image["Config"]["ExposedPorts"], **(body.get("ExposedPorts") or {})}
        self.containers[name] = {
            "Id": f"c{self.serial}", "Name": "/" + name, "Image": image["Id"], "Config": config, "HostConfig": host,
            "State": {"Running": False, "Paused": False, "Status": "created"}, "NetworkSettings": {"Networks": networks},
        }  # fmt: skip
        return {"Id": f"c{self.serial}", "Warnings": []}

    def on_networks(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        if not rest:
            return list(self.networks.values())
        if rest == ["create"]:
            made = network(body["Name"], "n-" + body["Name"])
            made.update({key: body[key] for key in ("Driver", "Options", "IPAM", "Labels", "Internal") if key in body})
            self.networks[body["Name"]] = made
            return {"Id": made["Id"]}
        found = self.found(self.networks, rest[0], "network")
        if method == "DELETE":
            del self.networks[found["Name"]]
            return b""
        if rest[1:] == ["connect"]:
            container = self.found(self.containers, body["Container"], "container")
            given = body.get("EndpointConfig") or {}
            container["NetworkSettings"]["Networks"][found["Name"]] = {"NetworkID": found["Id"], **given}
            found["Containers"][container["Id"]] = {"Name": container["Name"].lstrip("/")}
        elif rest[1:] == ["disconnect"]:
            found["Containers"].pop(body["Container"], None)
            container = self.found(self.containers, body["Container"], "container")
            container["NetworkSettings"]["Networks"].pop(found["Name"], None)
        else:
            return found
        return b""

    def on_volumes(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        if not rest:
            return {"Volumes": list(self.volumes.values())}
        if rest == ["create"]:
            self.volumes[body["Name"]] = {"Name": body["Name"], "Driver": body["Driver"], "Options": body["DriverOpts"],
                                          "Labels": body.get("Labels")}  # fmt: skip
            return self.volumes[body["Name"]]
        found = self.found(self.volumes, rest[0], "volume")
        if method == "DELETE":
            del self.volumes[rest[0]]
            return b""
        return found

    def on_exec(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        return {"ExitCode": self.exit_code}

    def on_info(self, *_: Any) -> Any:
        return {"Name": "host", "Swarm": self.member}

    def on_swarm(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        if rest in (["init"], ["join"]):
            self.member = {"LocalNodeState": "active", "ControlAvailable": rest == ["init"], "NodeID": "n1"}
            tokens = {"Worker": "w1", "Manager": "m1"}
            self.swarm = {"ID": "swarm1", "Spec": body.get("Spec", {}), "Version": {"Index": 7}, "JoinTokens": tokens}
            return "n1"
        if not self.member.get("ControlAvailable"):
            raise Refused(503, "This node is not a swarm manager.")
        if rest == ["leave"]:
            if query["force"] == "false":
                raise Refused(503, "You are attempting to leave the swarm on a node that is participating as a manager.")
            self.member = {"LocalNodeState": "inactive"}
        elif rest == ["update"]:
            self.swarm["Spec"] = body
            self.swarm["JoinTokens"]["Worker"] = {"true": "w2", "false": "w1"}[query["rotateWorkerToken"]]
        key = "key1" if self.swarm["Spec"].get("EncryptionConfig", {}).get("AutoLockManagers") else ""
        return {"UnlockKey": key} if rest == ["unlockkey"] else self.swarm if method == "GET" else b""

    def on_nodes(self, *_: Any) -> Any:
        return [{"ID": "n1", "Status": {"State": "ready"}}, {"ID": "n2", "Status": {"State": "down"}}]

    def on_auth(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        if body["password"] != "right":
            raise Refused(500, "unauthorized: incorrect username or password")
        return {"Status": "Login Succeeded"}


def network(name: str, number: str) -> dict[str, Any]:
    return {"Name": name, "Id": number, "Driver": "bridge", "Scope": "local", "Options": {}, "Labels": {}, "Containers": {},
            "IPAM": {"Driver": "default", "Config": []}, "Internal": False}  # fmt: skip


def frames(out: bytes, err: bytes) -> bytes:
    """Return the two outputs as the engine sends them."""
    return struct.pack(">BxxxL", 1, len(out)) + out + struct.pack(">BxxxL", 2, len(err)) + err


class Handler(http.server.BaseHTTPRequestHandler):
    """HTTP in front of an Engine."""

    protocol_version = "HTTP/1.1"
    engine: Engine

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return "test"

    def serve(self) -> None:
        self.close_connection = True
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        self.engine.headers.append(self.headers)
        body = json.loads(data) if data and "json" in (self.headers.get("Content-Type") or "") else None
        if parts.path.endswith("/start") and "/exec/" in parts.path and not (body or {}).get("Detach"):
            self.hijacked()
            return
        try:
            answer = self.engine.answer(self.command, parts.path, query, body)
        except Refused as refused:
            self.say(refused.status, json.dumps({"message": str(refused)}).encode())
            return
        if isinstance(answer, list) and parts.path.endswith(("/create", "/push", "/build", "/load")):
            answer = b"".join(json.dumps(line).encode() + b"\r\n" for line in answer)
        self.say(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode(), isinstance(answer, bytes) and b"\x00" in answer)

    def hijacked(self) -> None:
        """Echo what the process is given, as its output."""
        self.wfile.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        self.wfile.flush()
        self.wfile.write(frames(b"got " + self.rfile.read() + b"\n", b"err\n"))

    def say(self, status: int, body: bytes, raw: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream" if raw else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if body:
            self.wfile.write(body)

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[tuple[Engine, str]]:
    """Serve an engine while the block runs; gives it and its docker_host."""
    engine = Engine()
    path = folder / "engine.sock"
    handler = type("Bound", (Handler,), {"engine": engine})
    with socketserver.ThreadingUnixStreamServer(str(path), handler) as server:
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield engine, f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()
