"""Ensures that the engine does not have an image, or not under a name."""

from typing import Any, Dict, List

from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.images import find, is_id, joined, split_name
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        name=option("str", "Image, by name or ID."),
        tag=option("str", "Tag, when the name has none.", "latest"),
        force=option("bool", "Remove it with all its names.", False),
        prune=option("bool", "Remove parents without a name too.", True),
    ),
    "required": ["name"],
}
RETURNS = {"image": "inspection before", "deleted": "IDs that are gone", "untagged": "names that are gone", "actions": "what was done"}
EXAMPLES = """
- docker_image_remove: {name: "app:4"}
"""


def _shown(image: Any) -> Dict[str, Any]:
    if not image:
        return {"exists": False}
    return {"id": image["Id"], "tags": sorted(image.get("RepoTags") or []), "digests": sorted(image.get("RepoDigests") or [])}


def _would(image: Dict[str, Any], name: str, force: bool) -> Dict[str, List[str]]:
    """Return what a removal would come to, for a dry run."""
    tags, digests = list(image.get("RepoTags") or []), list(image.get("RepoDigests") or [])
    left = [tag for tag in tags if tag != name]
    if force or is_id(name) or not left:
        return {"untagged": sorted(tags + digests), "deleted": [image["Id"]]}
    return {"untagged": [name] if name in tags else [], "deleted": []}


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Remove. Raises EngineError when a container uses it."""
    engine = Engine(args, system)
    name = args["name"] if is_id(args["name"]) else joined(*split_name(args["name"], args["tag"]))
    image = find(engine, name)
    result: Dict[str, Any] = {"changed": image is not None, "actions": [], "image": image or {}, "deleted": [], "untagged": []}
    diff = {"before": _shown(image), "after": _shown(None)}
    if image is not None:
        result["actions"] = ["Removed image %s" % name]
        if system.check:
            result.update(_would(image, name, args["force"]))
        else:
            rows = engine.call("DELETE", "/images/%s" % name, {"force": args["force"], "noprune": not args["prune"]}) or []
            result["untagged"] = sorted(row["Untagged"] for row in rows if "Untagged" in row)
            result["deleted"] = sorted(row["Deleted"] for row in rows if "Deleted" in row)
        gone = set(result["untagged"])
        if not result["deleted"]:
            tags, digests = ([each for each in image.get(key) or [] if each not in gone] for key in ("RepoTags", "RepoDigests"))
            diff["after"] = _shown(dict(image, RepoTags=tags, RepoDigests=digests))
    if system.diff:
        result["diff"] = diff
    return result
