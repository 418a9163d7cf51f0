"""Ensures that the engine has an image, by pulling it from its registry."""

from typing import Any, Dict

from runner.target.decision import ModuleFailed
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.images import find, is_id, joined, normal_platform, platform_of, pull, split_name
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        name=option("str", "Image, with tag or digest."),
        tag=option("str", "Tag, when the name has none.", "latest"),
        platform=option("str", "os[/arch[/variant]]."),
        pull=option("str", "always, or only when there is no such image.", "always", enum=["always", "not_present"]),
    ),
    "required": ["name"],
}
RETURNS = {"image": "inspection of the image", "actions": "what was done"}
EXAMPLES = """
- docker_image_pull: {name: "prom/prometheus:v2.53.0", pull: not_present}
"""


def _shown(image: Any) -> Dict[str, Any]:
    return {"id": image["Id"]} if image else {"exists": False}


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Pull when it is to be pulled. Raises ModuleFailed with the registry's words."""
    if is_id(args["name"]):
        raise ModuleFailed("Cannot pull an image by ID")
    repository, tag = split_name(args["name"], args["tag"])
    engine = Engine(args, system)
    image = find(engine, joined(repository, tag))
    result: Dict[str, Any] = {"changed": False, "actions": [], "image": image or {}}
    diff = {"before": _shown(image), "after": _shown(image)}
    fits = image is not None and (not args["platform"] or normal_platform(args["platform"], image) == platform_of(image))
    if not (args["pull"] == "not_present" and fits):
        result["actions"] = ["Pulled image %s:%s" % (repository, tag)]
        if system.check:
            result["changed"] = True
            diff["after"] = {"id": "unknown"}
        else:
            result["image"], result["changed"] = pull(engine, system, repository, tag, args["platform"])
            diff["after"] = _shown(result["image"])
    if system.diff:
        result["diff"] = diff
    return result
