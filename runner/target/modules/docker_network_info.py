"""Returns the inspection of a network, or that there is none."""

from typing import Any, Dict

from runner.target.docker.engine import CONNECTION, Engine
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(CONNECTION, name=option("str", "Name or ID of the network.")),
    "required": ["name"],
}
RETURNS = {"exists": "whether there is such a network", "network": "its inspection, or null"}
EXAMPLES = """
- docker_network_info: {name: monitoring}
  register: seen
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell."""
    found = Engine(args, system).get("/networks/%s" % args["name"])
    return {"changed": False, "exists": found is not None, "network": found}
