"""Image names, and finding, pulling and removing images through the engine."""

import base64
import json
import os
import re
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed

_ID = re.compile(r"^(sha256:)?[0-9a-f]{12,64}$")
HUB = "https://index.docker.io/v1/"


def is_id(name: str) -> bool:
    """Tell whether a name is an image's ID (sha256:... or 64 digits)."""
    return bool(re.match(r"^sha256:[0-9a-fA-F]{1,64}$|^[0-9a-fA-F]{64}$", name))


def split_name(name: str, tag: str = "latest") -> Tuple[str, str]:
    """Return (repository, tag or digest with its algorithm); the name's own tag wins over `tag`."""
    if "@" in name:
        repository, _, digest = name.partition("@")
        return repository.split(":")[0] if ":" in repository.rsplit("/", 1)[-1] else repository, digest
    head, slash, last = name.rpartition("/")
    base, colon, own = last.partition(":")
    return head + slash + base, own if colon else tag


def joined(repository: str, tag: str) -> str:
    """Return repository:tag, or repository@digest."""
    return "%s%s%s" % (repository, "@" if ":" in tag else ":", tag)


def find(engine: Any, name: str) -> Optional[Dict[str, Any]]:
    """Return an image's inspection by name with tag or by ID; None when the engine does not have it."""
    found: Optional[Dict[str, Any]] = engine.get("/images/%s/json" % name)
    return found


def pull(engine: Any, system: Any, repository: str, tag: str, platform: Optional[str] = None) -> Tuple[Dict[str, Any], bool]:
    """Pull an image and return (inspection, whether it is another than before). Raises ModuleFailed with what the registry said."""
    name = joined(repository, tag)
    before = find(engine, name)
    query = {"fromImage": repository if ":" not in tag else name, "tag": None if ":" in tag else tag, "platform": platform}
    done = list(engine.stream("POST", "/images/create", query, headers=auth_headers(system, repository)))
    raise_if_failed(done, "Error pulling image %s" % name)
    image = find(engine, name)
    if image is None:
        raise ModuleFailed("Error pulling image %s: the engine does not have it afterwards" % name)
    return image, before is None or before["Id"] != image["Id"]


def raise_if_failed(lines: List[Dict[str, Any]], what: str) -> None:
    """Raise ModuleFailed when one of the engine's messages is an error."""
    for line in lines:
        if line.get("error"):
            raise ModuleFailed("%s - %s" % (what, line["error"]), stdout="\n".join(output(lines)))


def output(lines: List[Dict[str, Any]]) -> List[str]:
    """Return the text lines of the engine's messages."""
    text = "".join(str(line.get("stream") or (line["status"] + "\n" if line.get("status") else "")) for line in lines)
    return text.splitlines()


def registry_of(repository: str) -> str:
    """Return the registry of a repository, as the docker command keeps its login: host[:port], or the Hub's address."""
    head = repository.split("/", 1)[0]
    if "/" in repository and ("." in head or ":" in head or head == "localhost"):
        return HUB if head in ("docker.io", "index.docker.io") else head
    return HUB


def auth_headers(system: Any, repository: str) -> Dict[str, str]:
    """Return the header with the login that ~/.docker/config.json has for a repository's registry."""
    folder = system.environ.get("DOCKER_CONFIG") or system.expand("~/.docker")
    path = os.path.join(folder, "config.json")
    if not system.exists(path):
        return {}
    try:
        config = json.loads(system.read_text(path) or "{}")
    except ValueError:
        return {}
    login = _login(config, registry_of(repository), system)
    if login is None:
        return {}
    return {"X-Registry-Auth": base64.urlsafe_b64encode(json.dumps(login).encode("utf-8")).decode("ascii")}


def _login(config: Dict[str, Any], registry: str, system: Any) -> Optional[Dict[str, str]]:
    helper = (config.get("credHelpers") or {}).get(registry) or config.get("credsStore")
    if helper:
        return stored_login(system, helper, registry)
    for name, entry in (config.get("auths") or {}).items():
        if host_of(name) == host_of(registry) and entry.get("auth"):
            user, _, password = base64.b64decode(entry["auth"]).decode("utf-8").partition(":")
            return {"username": user, "password": password, "serveraddress": registry}
    return None


def host_of(registry: str) -> str:
    """Return a registry without scheme and path, for comparing."""
    return re.sub(r"^https?://", "", registry).split("/", 1)[0]


def stored_login(system: Any, helper: str, registry: str) -> Optional[Dict[str, str]]:
    """Return the login that a credential helper (docker-credential-NAME) keeps for a registry; None without one."""
    program = system.which("docker-credential-" + helper)
    if program is None:
        return None
    ran = system.run([program, "get"], stdin=registry)
    if ran.rc != 0:
        return None
    found = json.loads(ran.out)
    return {"username": found["Username"], "password": found["Secret"], "serveraddress": registry}


def normal_platform(text: str, image: Dict[str, Any]) -> str:
    """Return a platform as os/arch[/variant], with what it leaves out taken from the image."""
    parts = [part for part in text.lower().split("/") if part]
    if len(parts) == 1:
        known = parts[0] in ("linux", "windows", "freebsd")
        parts = [parts[0], image.get("Architecture", "")] if known else [image.get("Os", "linux"), parts[0]]
    parts[1] = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm"}.get(parts[1], parts[1])
    if parts[1:] == ["arm64", "v8"] or parts[1:] == ["amd64", "v1"]:
        parts = parts[:2]
    return "/".join(parts)


def platform_of(image: Dict[str, Any]) -> str:
    """Return an image's platform as os/arch[/variant]."""
    parts = [image.get("Os") or "linux", image.get("Architecture") or "", image.get("Variant") or ""]
    return normal_platform("/".join(part for part in parts if part), image)
