"""Loads images from an archive that `docker save` made."""

from typing import Any, Dict

from runner.target.docker.archive import load, loaded
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(CONNECTION, path=option("path", "The archive, on the host.")),
    "required": ["path"],
}
RETURNS = {"image_names": "names and IDs of what was loaded", "images": "their inspections", "stdout": "the engine's words"}
EXAMPLES = """
- docker_image_load: {path: /srv/images/registry.tar}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Load. Raises ModuleFailed when the file is not there or is no archive of images."""
    if system.check:
        return {"skipped": True, "msg": "remote module (docker_image_load) does not support check mode"}
    engine = Engine(args, system)
    names, lines = load(engine, system, args["path"])
    return {"changed": True, "image_names": names, "images": loaded(engine, names), "stdout": "\n".join(lines)}
