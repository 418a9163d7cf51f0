"""Removes what the engine no longer needs: stopped containers, unused images, networks, volumes and build cache."""

from typing import Any, Dict

from runner.target.docker.amounts import size
from runner.target.docker.engine import CONNECTION, Engine, filters
from runner.target.option import option

_KINDS = ("containers", "images", "networks", "volumes")
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        builder_cache=option("bool", "The build cache.", False),
        builder_cache_all=option("bool", "All of it.", False),
        builder_cache_filters=option("dict", "Which of it (until: 10m)."),
        builder_cache_keep_storage=option("str", "How much of it stays, with unit."),
        **dict(
            {kind: option("bool", "Unused %s." % kind, False) for kind in _KINDS},
            **{kind + "_filters": option("dict", "Which %s (until: 24h, label: x)." % kind) for kind in _KINDS}
        )
    ),
}
RETURNS = {
    "containers": "IDs of removed containers",
    "images": "what was removed of images",
    "networks": "names of removed networks",
    "volumes": "names of removed volumes",
    "builder_cache_caches_deleted": "removed parts of the cache",
    "containers_space_reclaimed": "bytes; likewise for images, volumes and builder_cache",
}
EXAMPLES = """
- docker_prune: {containers: true, images: true, images_filters: {dangling: false}}
"""
_KEYS = {"containers": "ContainersDeleted", "images": "ImagesDeleted", "networks": "NetworksDeleted", "volumes": "VolumesDeleted"}


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Remove; changed when anything went or room was won."""
    if system.check:
        return {"skipped": True, "msg": "remote module (docker_prune) does not support check mode"}
    engine = Engine(args, system)
    result: Dict[str, Any] = {}
    changed = False
    for kind in _KINDS:
        if not args[kind]:
            continue
        answer = engine.call("POST", "/%s/prune" % kind, {"filters": filters(args[kind + "_filters"])}, timeout=None) or {}
        result[kind] = answer.get(_KEYS[kind]) or []
        changed = changed or bool(result[kind])
        if kind != "networks":
            result[kind + "_space_reclaimed"] = answer.get("SpaceReclaimed", 0)
            changed = changed or bool(answer.get("SpaceReclaimed"))
    if args["builder_cache"]:
        keep = args["builder_cache_keep_storage"]
        query = {
            "all": True if args["builder_cache_all"] else None,
            "filters": filters(args["builder_cache_filters"]),
            "keep-storage": size(keep, "builder_cache_keep_storage") if keep else None,
        }
        answer = engine.call("POST", "/build/prune", query, timeout=None) or {}
        result["builder_cache_space_reclaimed"] = answer.get("SpaceReclaimed", 0)
        result["builder_cache_caches_deleted"] = answer.get("CachesDeleted")
        changed = changed or bool(answer.get("SpaceReclaimed"))
    return dict(result, changed=changed)
