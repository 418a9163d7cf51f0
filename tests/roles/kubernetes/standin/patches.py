"""The three kinds of patches that kubectl sends, as the Kubernetes API describes them; for the fake API server of the tests."""


import copy

# Lists whose items are told apart by a key (patchMergeKey of the published types); all others are replaced.
MERGE_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "ports": ("containerPort", "port"),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "taints": ("key",),
    "hostAliases": ("ip",),
}


def apply_patch(kind, target, patch):
    """Return the object with a patch of this content type applied to it."""
    if "json-patch" in kind:
        return _json_patch(copy.deepcopy(target), patch)
    return _merge(target, patch, strategic="strategic" in kind)


def _merge(target, patch, strategic):
    if not isinstance(patch, dict) or not isinstance(target, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    result = dict(target)
    if "$retainKeys" in patch:
        result = {name: value for name, value in result.items() if name in patch["$retainKeys"]}
    for name, value in patch.items():
        if name.startswith("$deleteFromPrimitiveList/"):
            field = name.partition("/")[2]
            result[field] = [each for each in result.get(field, []) if each not in value]
        elif name.startswith("$"):
            continue
        elif value is None:
            result.pop(name, None)
        elif strategic and isinstance(value, list) and name in MERGE_KEYS and value and isinstance(value[0], dict):
            result[name] = _merge_list(result.get(name) or [], value, MERGE_KEYS[name])
        elif isinstance(value, dict):
            result[name] = _merge(result.get(name) or {}, value, strategic)
        else:
            result[name] = value
    return result


def _merge_list(target, patch, keys):
    result = list(target)
    for item in patch:
        if item.get("$patch") == "replace":
            return [each for each in patch if "$patch" not in each]
        key = next(key for key in keys if key in item)
        at = next((i for i, each in enumerate(result) if each.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            if at is not None:
                del result[at]
        elif at is None:
            result.append(item)
        else:
            result[at] = _merge(result[at], item, strategic=True)
    return result


def _json_patch(target, operations):
    for step in operations:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        place = target
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        at = (len(place) if last == "-" else int(last)) if isinstance(place, list) else last
        if step["op"] == "remove":
            del place[at]
        elif step["op"] == "add" and isinstance(place, list):
            place.insert(at, step["value"])
        elif step["op"] in ("add", "replace"):
            place[at] = step["value"]
        elif step["op"] == "test" and place[at] != step["value"]:
            raise ValueError(f"test of {step['path']} failed")
    return target
