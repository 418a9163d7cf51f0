"""Which objects a k8s task is about (pure): definitions completed by its name, namespace, kind and api_version."""

import hashlib
import json
from typing import Any, Dict, List

from runner.target.decision import ModuleFailed

_PLURAL = "List"


def flattened(given: Any) -> List[Dict[str, Any]]:
    """Return the objects of a definition: a mapping, a list of them, or a List object; empty documents are left out."""
    if given is None:
        return []
    if isinstance(given, list):
        return [each for row in given for each in flattened(row)]
    if not isinstance(given, dict):
        raise ModuleFailed("a definition is a mapping or a list of mappings, not %s" % type(given).__name__)
    if str(given.get("kind", "")).endswith(_PLURAL) and isinstance(given.get("items"), list):
        return [each for row in given["items"] for each in flattened(row)]
    return [given]


def completed(thing: Dict[str, Any], args: Dict[str, Any]) -> Dict[str, Any]:
    """Return an object with what the arguments say: they win over the definition. Raises ModuleFailed for one without kind or name."""
    full = dict(thing, metadata=dict(thing.get("metadata") or {}))
    full["kind"] = full.get("kind") or args.get("kind")
    full["apiVersion"] = full.get("apiVersion") or args.get("api_version") or "v1"
    meta = full["metadata"]
    if args.get("name"):
        meta["name"] = args["name"]
    if args.get("namespace"):
        meta["namespace"] = args["namespace"]
    if args.get("generate_name") and not meta.get("name"):
        meta["generateName"] = args["generate_name"]
    if not full["kind"]:
        raise ModuleFailed("kind is missing: give it in the definition or as an argument")
    return full


def objects(args: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return the objects of a task, complete."""
    given = flattened(args.get("resource_definition"))
    if not given:
        given = [{}]
    found = [completed(each, args) for each in given]
    return [with_hash(each) if args.get("append_hash") else each for each in found]


def with_hash(thing: Dict[str, Any]) -> Dict[str, Any]:
    """Return a ConfigMap or Secret with a hash of its content behind its name; others as they are."""
    if thing["kind"] not in ("ConfigMap", "Secret"):
        return thing
    shown = {key: thing.get(key) for key in ("kind", "type", "data", "binaryData", "stringData") if thing.get(key)}
    shown["name"] = thing["metadata"].get("name")
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode("utf-8")).hexdigest()[:10]
    return dict(thing, metadata=dict(thing["metadata"], name="%s-%s" % (shown["name"], digest)))


def comparable(thing: Any) -> Any:
    """Return an object without what the server counts up by itself."""
    if not isinstance(thing, dict):
        return thing
    meta = {key: value for key, value in (thing.get("metadata") or {}).items()
            if key not in ("resourceVersion", "generation", "managedFields")}  # fmt: skip
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items()
                   if key != "kubectl.kubernetes.io/last-applied-configuration"}  # fmt: skip
    if "annotations" in meta:
        meta["annotations"] = annotations
    if not meta.get("annotations"):
        meta.pop("annotations", None)
    return dict({key: value for key, value in thing.items() if key != "status"}, metadata=meta)


def differing(before: Any, after: Any) -> Dict[str, Any]:
    """Return {"before", "after"} with only the parts that differ."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return {"before": before, "after": after}
    found: Dict[str, Any] = {"before": {}, "after": {}}
    for key in sorted(set(before) | set(after)):
        old, new = before.get(key), after.get(key)
        if old == new and (key in before) == (key in after):
            continue
        part = differing(old, new) if isinstance(old, dict) and isinstance(new, dict) else {"before": old, "after": new}
        for side, tree in (("before", before), ("after", after)):
            if key in tree:
                found[side][key] = part[side]
    return found
