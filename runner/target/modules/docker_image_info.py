"""Returns the inspections of images that the engine has: of those named, or of all."""

from typing import Any, Dict, List

from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.images import find, is_id, joined, split_name
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(CONNECTION, name=option("strs", "Names (with tag, or latest) or IDs; all images without it.")),
}
RETURNS = {"images": "inspections of the images that are there"}
EXAMPLES = """
- docker_image_info: {name: "registry:2"}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell."""
    engine = Engine(args, system)
    names: List[str] = args["name"] or [row["Id"] for row in engine.get("/images/json")]
    found = (find(engine, name if is_id(name) else joined(*split_name(name))) for name in names)
    return {"changed": False, "images": [image for image in found if image is not None]}
