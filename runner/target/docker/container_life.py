"""Making, starting, stopping and removing one container; every step is only noted in check mode."""

from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.docker.container_networks import endpoint
from runner.target.docker.container_table import TABLE, put
from runner.target.docker.container_wanted import binds
from runner.target.docker.engine import EngineError

# Seconds between two looks at something that takes its time.
PAUSE = 0.25
GONE = ("removing", "dead")


class Life:
    """The steps. actions: what was done, or would be. changed: whether there is any that counts."""

    def __init__(self, engine: Any, system: Any, args: Dict[str, Any]) -> None:
        self.engine = engine
        self.system = system
        self.args = args
        self.actions: List[Dict[str, Any]] = []

    @property
    def changed(self) -> bool:
        """Whether anything was done, or would be."""
        return bool(self.actions)

    def note(self, **action: Any) -> bool:
        """Note an action; tell whether it is to be done now (not in check mode)."""
        self.actions.append(action)
        return not self.system.check

    def look(self, name: str) -> Optional[Dict[str, Any]]:
        """Return a container's inspection, or None."""
        found: Optional[Dict[str, Any]] = self.engine.get("/containers/%s/json" % name)
        return found

    def create(self, body: Dict[str, Any], platform: Optional[str]) -> Optional[str]:
        """Make a container and return its ID; None in check mode."""
        if not self.note(created="Created container", create_parameters=body):
            return None
        query = {"name": self.args["name"], "platform": platform}
        answer = self.engine.call("POST", "/containers/create", query, body)
        for warning in answer.get("Warnings") or []:
            self.system.warn("Docker warning: %s" % warning)
        return str(answer["Id"])

    def start(self, container_id: Optional[str]) -> None:
        """Start it."""
        if self.note(started=container_id):
            self.engine.call("POST", "/containers/%s/start" % container_id)

    def restart(self, container_id: str) -> None:
        """Stop and start it."""
        if self.note(restarted=container_id, timeout=self.args["stop_timeout"]):
            self._patient("POST", "/containers/%s/restart" % container_id, {"t": self.args["stop_timeout"]})

    def stop(self, container_id: str, paused: bool = False) -> None:
        """Stop it, or kill it with force_kill."""
        if self.args["force_kill"]:
            if self.note(killed=container_id, signal=self.args["kill_signal"]):
                self.engine.call("POST", "/containers/%s/kill" % container_id, {"signal": self.args["kill_signal"]})
            return
        if self.note(stopped=container_id, timeout=self.args["stop_timeout"]):
            if paused:
                self.engine.call("POST", "/containers/%s/unpause" % container_id)
            self._patient("POST", "/containers/%s/stop" % container_id, {"t": self.args["stop_timeout"]})

    def _patient(self, method: str, path: str, query: Dict[str, Any]) -> None:
        # the answer comes when the container has stopped, which may take as long as it is given
        self.engine.call(method, path, query, timeout=None)

    def pause(self, container_id: Optional[str], pause: bool) -> None:
        """Pause or go on."""
        if self.note(set_paused=pause):
            self.engine.call("POST", "/containers/%s/%s" % (container_id, "pause" if pause else "unpause"))

    def update(self, container_id: str, changes: Dict[str, Any]) -> None:
        """Change limits in place."""
        if self.note(updated=container_id, update_parameters=changes):
            answer = self.engine.call("POST", "/containers/%s/update" % container_id, None, changes) or {}
            for warning in answer.get("Warnings") or []:
                self.system.warn("Docker warning: %s" % warning)

    def remove(self, container_id: str) -> None:
        """Remove it, with its anonymous volumes unless keep_volumes, and wait until it is gone."""
        volumes = not self.args["keep_volumes"]
        if not self.note(removed=container_id, volume_state=volumes, link=False, force=False):
            return
        try:
            self.engine.call("DELETE", "/containers/%s" % container_id, {"v": volumes})
        except EngineError as error:
            if error.status != 404 and "is already in progress" not in error.said:
                raise
        self.await_removal(container_id)

    def await_removal(self, container_id: str) -> None:
        """Wait until the engine no longer has the container."""
        limit = self.args["removal_wait_timeout"]
        begun = self.system.monotonic()
        while self.look(container_id) is not None:
            if limit is not None and self.system.monotonic() - begun > limit:
                raise ModuleFailed("Timeout of %s seconds exceeded while waiting for container %s" % (limit, container_id))
            self.system.sleep(PAUSE)

    def await_health(self, container_id: str) -> Dict[str, Any]:
        """Wait until the container says that it is healthy, and return its inspection."""
        limit = self.args["healthy_wait_timeout"]
        begun = self.system.monotonic()
        while True:
            container = self.look(container_id)
            if container is None:
                raise ModuleFailed("Encontered vanished container while waiting for container %s" % container_id)
            state = container.get("State") or {}
            health = state.get("Health") or {}
            if not health:
                raise ModuleFailed("The container %s has no healthcheck: give it one, or use state: started" % self.args["name"])
            if health.get("Status") == "healthy":
                return container
            if not state.get("Running"):
                raise ModuleFailed("The container %s ended (status %s) before it was healthy" % (self.args["name"], state.get("ExitCode")))
            if limit and limit > 0 and self.system.monotonic() - begun > limit:
                last = (health.get("Log") or [{}])[-1].get("Output", "").strip()
                raise ModuleFailed('Timeout of %s seconds exceeded while waiting for container "%s" to become healthy; it says: %s'
                                   % (limit, self.args["name"], last))  # fmt: skip
            self.system.sleep(PAUSE)


def create_body(want: Dict[str, Any], args: Dict[str, Any], image_id: str, networks: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Return the body of ContainerCreate. networks: those it is in from the start."""
    config: Dict[str, Any] = {}
    host: Dict[str, Any] = {}
    for name, value in want.items():
        if name not in TABLE:
            continue
        _kind, section, key = TABLE[name]
        if section == "Config":
            put(config, key, value)
        elif section == "HostConfig":
            put(host, key, value)
    body = dict(config, Image=image_id, HostConfig=host)
    if "exposed_ports" in want:
        body["ExposedPorts"] = {port: {} for port in want["exposed_ports"]}
    bound, anonymous = binds(args)
    if args["volumes"] is not None:
        host["Binds"] = bound
        inside = [bind.split(":")[1] for bind in bound]
        body["Volumes"] = {path: {} for path in anonymous + inside}
    attached = want.get("detach", False)
    body.update(AttachStdout=attached, AttachStderr=attached, AttachStdin=bool(attached and want.get("interactive")))
    body["StdinOnce"] = body["AttachStdin"]
    if args["network_mode"] == "none" or str(args["network_mode"]).startswith("container:"):
        networks = []
    if networks:
        body["NetworkingConfig"] = {"EndpointsConfig": {network["name"]: endpoint(network) for network in networks}}
    return body
