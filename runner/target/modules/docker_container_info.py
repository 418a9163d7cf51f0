"""Returns the inspection of a container, or that there is none."""

from typing import Any, Dict

from runner.target.docker.engine import CONNECTION, Engine
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(CONNECTION, name=option("str", "Name or ID of the container.")),
    "required": ["name"],
}
RETURNS = {"exists": "whether there is such a container", "container": "its inspection, or null"}
EXAMPLES = """
- docker_container_info: {name: exporter}
  register: seen
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell."""
    found = Engine(args, system).get("/containers/%s/json" % args["name"])
    return {"changed": False, "exists": found is not None, "container": found}
