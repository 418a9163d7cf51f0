"""Sends an image to its registry."""

from typing import Any, Dict

from runner.target.decision import ModuleFailed
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.image_push import push
from runner.target.docker.images import find, is_id, joined, split_name
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        name=option("str", "Image with its registry and tag."),
        tag=option("str", "Tag, when the name has none.", "latest"),
    ),
    "required": ["name"],
}
RETURNS = {"image": "inspection of the image", "actions": "what was done"}
EXAMPLES = """
- docker_image_push: {name: "10.0.0.5:5000/app:5"}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Push; changed when the registry did not have a layer. Raises ModuleFailed with the registry's words."""
    if system.check:
        return {"skipped": True, "msg": "remote module (docker_image_push) does not support check mode"}
    if is_id(args["name"]):
        raise ModuleFailed("Cannot push an image by ID; specify the image name and tag")
    repository, tag = split_name(args["name"], args["tag"])
    engine = Engine(args, system)
    image = find(engine, joined(repository, tag))
    if image is None:
        raise ModuleFailed("Cannot find image %s" % joined(repository, tag))
    changed = push(engine, system, repository, tag)
    return {"changed": changed, "actions": ["Pushed image %s:%s" % (repository, tag)], "image": image}
