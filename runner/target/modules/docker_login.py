"""Ensures that the docker command's configuration holds a login that the registry accepts, or none.

The password never becomes a word of a command; it is kept by the configured credential helper, else in config.json (0600).
"""

import base64
import json
import os
from typing import Any, Dict, Optional

from runner.target.decision import ModuleFailed
from runner.target.docker.engine import CONNECTION, Engine, EngineError
from runner.target.docker.images import HUB, host_of, stored_login
from runner.target.option import option
from runner.target.programs import program
from runner.target.replace_file import make_parents

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        registry_url=option("str", "The registry.", HUB, aliases=["registry", "url"]),
        username=option("str", "Account."),
        password=option("str", "Its password.", secret=True),
        reauthorize=option("bool", "Ask the registry again although a login is kept.", False, aliases=["reauth"]),
        config_path=option("path", "The configuration.", "~/.docker/config.json", aliases=["dockercfg_path"]),
        state=option("str", "Logged in or out.", "present", enum=["present", "absent"]),
    ),
    "required_if": [["state", "present", ["username", "password"]]],
}
RETURNS = {"login_result": "what the registry said, or the login that is kept"}
EXAMPLES = """
- docker_login:
    registry_url: registry.example.com
    username: deploy
    password: "{{ registry_password }}"
"""


class Store:
    """Where logins are kept. config: content of config.json."""

    def __init__(self, path: str, registry: str, system: Any) -> None:
        self.path, self.registry, self.system = path, registry, system
        self.config: Dict[str, Any] = {}
        if system.exists(path):
            try:
                self.config = json.loads(system.read_text(path) or "{}")
            except ValueError as error:
                raise ModuleFailed("cannot read %s: %s; correct or remove it" % (path, error))
        self.helper = (self.config.get("credHelpers") or {}).get(registry) or self.config.get("credsStore")

    def kept(self) -> Optional[Dict[str, str]]:
        """Return the login that is kept: username, password; None without one."""
        if self.helper:
            return stored_login(self.system, self.helper, self.registry)
        entry = (self.config.get("auths") or {}).get(self.registry)
        if not entry or not entry.get("auth"):
            return None
        user, _, password = base64.b64decode(entry["auth"]).decode("utf-8", "replace").partition(":")
        return {"username": user, "password": password}

    def keep(self, user: str, password: str) -> None:
        """Keep a login."""
        if self.helper:
            self._ask("store", json.dumps({"ServerURL": self.registry, "Username": user, "Secret": password}))
            return
        auth = base64.b64encode(("%s:%s" % (user, password)).encode("utf-8")).decode("ascii")
        self.config.setdefault("auths", {})[self.registry] = {"auth": auth}
        self._write()

    def forget(self) -> None:
        """Drop the login."""
        if self.helper:
            self._ask("erase", self.registry)
            return
        self.config.get("auths", {}).pop(self.registry, None)
        self._write()

    def _ask(self, verb: str, text: str) -> None:
        name = "docker-credential-%s" % self.helper
        self.system.run([program(self.system, name), verb], stdin=text, fail="%s %s failed" % (name, verb))

    def _write(self) -> None:
        for folder in make_parents(self.path, self.system):
            self.system.chmod(folder, 0o700)
        text = json.dumps(self.config, indent=4, sort_keys=True) + "\n"
        self.system.write_atomic(self.path, text.encode("utf-8"), mode=0o600)


def ask(engine: Engine, args: Dict[str, Any], registry: str) -> Dict[str, Any]:
    """Have the engine try the login at the registry. Raises ModuleFailed."""
    body = {"username": args["username"], "password": args["password"], "email": None, "serveraddress": registry}
    try:
        return dict(engine.call("POST", "/auth", None, body) or {})
    except EngineError as error:
        raise ModuleFailed("Logging into %s for user %s failed - %s" % (registry, args["username"], error.said))


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Log in or out."""
    registry = args["registry_url"]
    if host_of(registry) in ("docker.io", "index.docker.io", "registry-1.docker.io"):
        registry = HUB
    store = Store(os.path.normpath(args["config_path"]), registry, system)
    kept = store.kept()
    result: Dict[str, Any] = {"changed": False, "login_result": {}}
    if args["state"] == "absent":
        result["changed"] = kept is not None
        if kept is not None and not system.check:
            store.forget()
        return result
    if kept is not None and not args["reauthorize"] and (kept["username"], kept["password"]) == (args["username"], args["password"]):
        result["login_result"] = {"username": args["username"], "serveraddress": registry, "email": None}
        return result
    answer = ask(Engine(args, system), args, registry)
    result.update(changed=True, login_result=dict({"Status": "", "IdentityToken": ""}, **answer))
    if not system.check:
        store.keep(args["username"], args["password"])
    return result
