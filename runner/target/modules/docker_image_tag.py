"""Ensures that an image has further names."""

from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.images import find, is_id, joined, split_name
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        name=option("str", "Image, by name or ID."),
        tag=option("str", "Tag, when the name has none.", "latest"),
        repository=option("strs", "The names it shall have."),
        existing_images=option("str", "What to do with a name that another image has.", "overwrite", enum=["keep", "overwrite"]),
    ),
    "required": ["name", "repository"],
}
RETURNS = {"image": "inspection of the image", "tagged_images": "names that it got", "actions": "what was done"}
EXAMPLES = """
- docker_image_tag: {name: "app:5", repository: ["10.0.0.5:5000/app:5"]}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Tag. Raises ModuleFailed when there is no such image."""
    engine = Engine(args, system)
    name = args["name"] if is_id(args["name"]) else joined(*split_name(args["name"], args["tag"]))
    image = find(engine, name)
    if image is None:
        raise ModuleFailed("Cannot find image %s" % name)
    actions: List[str] = []
    tagged: List[str] = []
    before: List[Dict[str, Any]] = []
    after: List[Dict[str, Any]] = []
    for new in args["repository"]:
        repository, tag = split_name(new, args["tag"])
        there = find(engine, joined(repository, tag))
        seen = {"name": joined(repository, tag), "id": there["Id"]} if there else {"name": joined(repository, tag), "exists": False}
        before.append(seen)
        if there is not None and (there["Id"] == image["Id"] or args["existing_images"] == "keep"):
            after.append(seen)
            continue
        after.append({"name": joined(repository, tag), "id": image["Id"]})
        actions.append("Tagged image %s to %s" % (image["Id"], joined(repository, tag)))
        tagged.append(joined(repository, tag))
        if not system.check:
            engine.call("POST", "/images/%s/tag" % image["Id"], {"repo": repository, "tag": tag, "force": True})
    result: Dict[str, Any] = {"changed": bool(tagged), "actions": actions, "tagged_images": tagged, "image": image}
    if system.diff:
        result["diff"] = {"before": {"images": before}, "after": {"images": after}}
    return result
