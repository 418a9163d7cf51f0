"""Returns the inspection of a volume, or that there is none."""

from typing import Any, Dict

from runner.target.docker.engine import CONNECTION, Engine
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(CONNECTION, name=option("str", "Name of the volume.", aliases=["volume_name"])),
    "required": ["name"],
}
RETURNS = {"exists": "whether there is such a volume", "volume": "its inspection, or null"}
EXAMPLES = """
- docker_volume_info: {name: metrics}
  register: seen
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell."""
    found = Engine(args, system).get("/volumes/%s" % args["name"])
    return {"changed": False, "exists": found is not None, "volume": found}
