"""Returns what the engine says of itself, and lists of its containers, images, networks and volumes."""

from typing import Any, Dict, List

from runner.target.docker.engine import CONNECTION, Engine, filters
from runner.target.option import option

_LISTS = ("containers", "images", "networks", "volumes")
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        containers_all=option("bool", "Also containers that do not run.", False),
        disk_usage=option("bool", "How much room is used.", False),
        verbose_output=option("bool", "Whole answers of the API instead of the main keys.", False),
        **dict(
            {kind: option("bool", "List the %s." % kind, False) for kind in _LISTS},
            **{kind + "_filters": option("dict", "Which %s." % kind) for kind in _LISTS}
        )
    ),
}
RETURNS = {
    "can_talk_to_docker": "true",
    "host_info": "what /info says",
    "containers": "list, when asked for; likewise images, networks, volumes",
    "disk_usage": "LayersSize, or all of it with verbose_output",
}
EXAMPLES = """
- docker_host_info: {containers: true}
  register: engine
"""
_MAIN = {
    "containers": ("Id", "Image", "Command", "Created", "Status", "Ports", "Names"),
    "images": ("Id", "RepoTags", "Created", "Size"),
    "networks": ("Id", "Driver", "Name", "Scope"),
    "volumes": ("Driver", "Name"),
}


def _rows(engine: Engine, kind: str, args: Dict[str, Any]) -> List[Dict[str, Any]]:
    query: Dict[str, Any] = {"filters": filters(args[kind + "_filters"])}
    if kind == "containers":
        query["all"] = args["containers_all"]
    answer = engine.get({"containers": "/containers/json", "images": "/images/json"}.get(kind, "/" + kind), query)
    rows = answer.get("Volumes") if kind == "volumes" else answer
    if args["verbose_output"]:
        return list(rows or [])
    return [{key: row[key] for key in _MAIN[kind] if key in row} for row in rows or []]


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell."""
    engine = Engine(args, system)
    result: Dict[str, Any] = {"changed": False, "can_talk_to_docker": True, "host_info": engine.get("/info")}
    if args["disk_usage"]:
        usage = engine.get("/system/df")
        result["disk_usage"] = usage if args["verbose_output"] else {"LayersSize": usage.get("LayersSize")}
    for kind in _LISTS:
        if args[kind]:
            result[kind] = _rows(engine, kind, args)
    return result
