"""Brings one container to its state: what docker_container does, step by step."""

from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.docker import container_networks, images
from runner.target.docker.container_arguments import ARGUMENTS
from runner.target.docker.container_compare import Difference, differences, modes
from runner.target.docker.container_life import GONE, Life, create_body
from runner.target.docker.container_table import TABLE, UPDATABLE, put
from runner.target.docker.container_wanted import binds, wanted, with_defaults
from runner.target.docker.demux import split_streams


class Run:
    """One task. changes: differences found, for the diff."""

    def __init__(self, args: Dict[str, Any], system: Any, engine: Any) -> None:
        self.args = with_defaults(args)
        self.system = system
        self.engine = engine
        self.found: Dict[str, Any] = {}
        self.life = Life(engine, system, self.args)
        self.how = modes(args["comparisons"], ARGUMENTS["properties"])
        self.changes: List[Difference] = []
        self.status: Optional[int] = None
        self.image: Optional[Dict[str, Any]] = None
        self.kept_image: Optional[str] = None

    def bring(self) -> Dict[str, Any]:
        """Do what is to be done and return the container's inspection ({} when there is none)."""
        container = self.life.look(self.args["name"])
        if container is not None and (container.get("State") or {}).get("Status") in GONE:
            if not self.system.check:
                self.life.await_removal(container["Id"])
            container = None
        self.found = container or {}
        if self.args["state"] == "absent":
            self._away(container)
            return {}
        return self._present(container)

    def _away(self, container: Optional[Dict[str, Any]]) -> None:
        if container is None:
            return
        self.changes.append(("exists", False, True))
        if container["State"].get("Running"):
            self.changes.append(("running", False, True))
            self.life.stop(container["Id"], bool(container["State"].get("Paused")))
        self.life.remove(container["Id"])

    def _present(self, container: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        self._resolve_names()
        networks = container_networks.resolve(self.engine, self.args["networks"])
        self.image = self._find_image(container)
        file_text = self.system.read_text(self.args["env_file"]) if self.args["env_file"] else None
        want = wanted(self.args, file_text, self._default_ip(networks))
        if self.args["volumes"] is not None:
            want["volumes"] = binds(self.args)[0]
        made: Optional[str] = None
        if container is None:
            self.changes.append(("exists", True, False))
            made = self._create(want)
        else:
            container, made = self._change(container, want)
        fresh = container is None
        now = self._look_again(container, made)
        self._networks(now)
        return self._run(now, fresh)

    def _resolve_names(self) -> None:
        for name in ("network_mode", "ipc_mode", "pid_mode"):
            value = self.args[name]
            if value and str(value).startswith("container:"):
                other = self.life.look(value.split(":", 1)[1])
                if other is not None:
                    self.args[name] = "container:" + other["Id"]

    def _default_ip(self, networks: Dict[str, Dict[str, Any]]) -> str:
        if self.args["default_host_ip"] is not None:
            return str(self.args["default_host_ip"])
        if not self.args["published_ports"]:
            return "0.0.0.0"
        for network in [networks[each["name"]] for each in self.args["networks"] or []] + [self.engine.get("/networks/bridge") or {}]:
            address = (network.get("Options") or {}).get("com.docker.network.bridge.host_binding_ipv4")
            if network.get("Driver") == "bridge" and address:
                return str(address)
        return "0.0.0.0"

    def _find_image(self, container: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
        name = self.args["image"]
        if not name:
            return images.find(self.engine, container["Image"]) if container else None
        if images.is_id(name):
            found = images.find(self.engine, name)
            if found is None:
                raise ModuleFailed("Cannot find image with ID %s" % name)
            return found
        repository, tag = images.split_name(name)
        found = images.find(self.engine, images.joined(repository, tag))
        how = {True: "always", False: "missing"}.get(self.args["pull"], self.args["pull"])
        if found is None and how == "never":
            raise ModuleFailed("Cannot find image with name %s, and pull=never" % images.joined(repository, tag))
        if found is not None and how != "always":
            return found
        return self._pull(found, repository, tag)

    def _pull(self, found: Optional[Dict[str, Any]], repository: str, tag: str) -> Optional[Dict[str, Any]]:
        name = images.joined(repository, tag)
        if self.system.check:
            if found is None or self.args["pull_check_mode_behavior"] == "always":
                self.life.note(pulled_image=name, changed=True)
                self.changes.append(("image", name, None))
            return found
        image, new = images.pull(self.engine, self.system, repository, tag, self.args["platform"])
        if new:
            self.life.note(pulled_image=name, changed=True)
        return image

    def _create(self, want: Dict[str, Any]) -> Optional[str]:
        if not self.args["image"] and self.kept_image is None:
            raise ModuleFailed("Cannot create container when image is not specified!")
        networks = list(self.args["networks"] or []) if self.args["networks_cli_compatible"] else []
        # the API takes one network from the start; the others are connected before the first start
        return self.life.create(create_body(want, self.args, self._image_name(), networks[:1]), self.args["platform"])

    def _image_name(self) -> str:
        return str(self.args["image"] or self.kept_image)

    def _image_of(self, container: Dict[str, Any]) -> str:
        """Return the name under which a container's image still can be had, else its ID."""
        name = str(container["Config"].get("Image") or "")
        found = images.find(self.engine, name) if name else None
        return name if found is not None and found["Id"] == container["Image"] else str(container["Image"])

    def _change(self, container: Dict[str, Any], want: Dict[str, Any]) -> Tuple[Optional[Dict[str, Any]], Optional[str]]:
        own = images.find(self.engine, container["Image"]) if self.args["image_comparison"] == "current-image" else self.image
        found = differences(want, container, own, self.how, self.args["image_label_mismatch"])
        found = self._image_differences(container) + [each for each in found if not self._same_mode(each)]
        self.changes += found
        in_place = [each for each in found if each[0] in UPDATABLE]
        if self.args["recreate"] or len(found) > len(in_place):
            if self.args["recreate"]:
                self.changes.append(("recreate", True, False))
            self.kept_image = self._image_of(container)
            self._replace(container)
            return None, self._create(want)
        if in_place:
            changes: Dict[str, Any] = {}
            for name, value, _ in in_place:
                put(changes, TABLE[name][2], value)
            self.life.update(container["Id"], changes)
        return container, None

    def _replace(self, container: Dict[str, Any]) -> None:
        if container["State"].get("Running"):
            self.life.stop(container["Id"], bool(container["State"].get("Paused")))
        self.life.remove(container["Id"])

    def _same_mode(self, change: Difference) -> bool:
        # bridge is what default means, and what is reported since 26.1
        return change[0] == "network_mode" and {change[1], change[2]} <= {"default", "bridge", ""}

    def _image_differences(self, container: Dict[str, Any]) -> List[Difference]:
        found: List[Difference] = []
        if self.image is None or not self.args["image"]:
            return found
        name = (container.get("Config") or {}).get("Image")
        if self.how["image"] != "ignore":
            if self.image["Id"] != container["Image"]:
                found.append(("image", self.image["Id"], container["Image"]))
            elif self.args["image_name_mismatch"] == "recreate" and name != self.args["image"]:
                found.append(("image", self.args["image"], name))
        if self.args["platform"] and self.how["platform"] != "ignore":
            there = images.platform_of(images.find(self.engine, container["Image"]) or self.image)
            platform = images.normal_platform(self.args["platform"], self.image)
            if platform != there:
                found.append(("platform", platform, there))
        return found

    def _look_again(self, container: Optional[Dict[str, Any]], made: Optional[str]) -> Dict[str, Any]:
        if made is not None:
            return self.life.look(made) or {}
        if container is not None and self.life.changed and not self.system.check:
            return self.life.look(container["Id"]) or {}
        return container or {}

    def _networks(self, container: Dict[str, Any]) -> None:
        if not container and not self.system.check:
            return
        work = container_networks.plan(self.args["networks"], container, self.how["networks"])
        if not container:
            # in check mode: they would be part of what is made
            work = {"connect": [], "reconnect": [], "disconnect": []}
        for row in work["disconnect"]:
            self.changes.append(("network." + row["name"], None, row))
            if self.life.note(removed_from_network=row["name"]):
                container_networks.disconnect(self.engine, container["Id"], row["name"])
        for network in work["connect"] + work["reconnect"]:
            again = network in work["reconnect"]
            self.changes.append(("network." + network["name"], network, container["NetworkSettings"]["Networks"].get(network["name"])))
            if again and self.life.note(removed_from_network=network["name"]):
                container_networks.disconnect(self.engine, container["Id"], network["name"])
            if self.life.note(added_to_network=network["name"]):
                container_networks.connect(self.engine, container["Id"], network)

    def _run(self, container: Dict[str, Any], fresh: bool) -> Dict[str, Any]:
        state = self.args["state"]
        running = bool((container.get("State") or {}).get("Running"))
        if state == "present":
            return self._fresh(container)
        if state == "stopped":
            if running:
                self.changes.append(("running", False, True))
                self.life.stop(container["Id"], bool(container["State"].get("Paused")))
            return self._fresh(container)
        if not running:
            self.changes.append(("running", True, False))
            self.life.start(container.get("Id"))
            if self.args["detach"] is False and not self.system.check:
                return self._attached(container["Id"])
        elif self.args["restart"] and not fresh and not self.changes:
            self.changes.append(("running", True, True))
            self.changes.append(("restarted", True, False))
            self.life.restart(container["Id"])
        paused = bool((container.get("State") or {}).get("Paused"))
        if self.args["paused"] is not None and paused != self.args["paused"]:
            self.changes.append(("paused", self.args["paused"], paused))
            self.life.pause(container.get("Id"), self.args["paused"])
        if state == "healthy" and not self.system.check:
            return self.life.await_health(container["Id"])
        return self._fresh(container)

    def _fresh(self, container: Dict[str, Any]) -> Dict[str, Any]:
        if self.system.check or not container or not self.life.changed:
            return container
        return self.life.look(container["Id"]) or {}

    def _attached(self, container_id: str) -> Dict[str, Any]:
        """Wait for the container's end; its output and status go into the result."""
        status = self.engine.call("POST", "/containers/%s/wait" % container_id, timeout=None)["StatusCode"]
        removed = bool(self.args["auto_remove"])
        container = {} if removed else self.life.look(container_id) or {}
        output = "Cannot retrieve result as auto_remove is enabled"
        if not removed:
            driver = (((container.get("HostConfig") or {}).get("LogConfig")) or {}).get("Type")
            output = "Result logged using `%s` driver" % driver
            if driver in ("json-file", "journald", "local"):
                data = self.engine.raw("GET", "/containers/%s/logs" % container_id, {"stdout": True, "stderr": True})
                output = data.decode("utf-8", "replace") if container["Config"].get("Tty") else "".join(
                    text.decode("utf-8", "replace") for _, text in split_streams(data)
                )
        if self.args["cleanup"] and not removed:
            self.life.remove(container_id)
            container = {}
        self.status = status
        container = dict(container, Output=output)
        if status != 0:
            why = output or "the container ended with status %s" % status
            raise ModuleFailed(why, status=status, container=container, changed=True)
        return container
