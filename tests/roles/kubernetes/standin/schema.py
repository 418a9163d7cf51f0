"""Checks configuration files of kubeadm against schemas made from the published types: what kubeadm itself would refuse as unknown or of a wrong kind."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)


import json
import re
from pathlib import Path

SCHEMAS = Path(__file__).parent / "schemas"
FILES = {
    "kubeadm.k8s.io/v1beta3": "kubeadm-v1beta3",
    "kubeadm.k8s.io/v1beta4": "kubeadm-v1beta4",
    "kubelet.config.k8s.io/v1beta1": "kubelet-v1beta1",
}
KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}


def complaints(document):
    """Return what is wrong with one document, as a list of lines; a component that has no schema here is taken as it is."""
    version, kind = document.get("apiVersion", ""), document.get("kind", "")
    if version.startswith("kubeproxy.config.k8s.io/"):
        return []
    if version not in FILES:
        return [f"no kind {kind!r} is registered for version {version!r}"]
    schema = json.loads((SCHEMAS / f"{FILES[version]}.json").read_text())
    if kind not in schema["definitions"]:
        return [f"no kind {kind!r} is registered for version {version!r}"]
    return list(check(document, schema["definitions"][kind], schema, kind))


def check(value, rule, schema, where):
    """Yield what is wrong with a value; of JSON Schema it knows what these schemas use."""
    if "$ref" in rule:
        rule = schema["definitions"][rule["$ref"].rpartition("/")[2]]
    kinds = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    if not any(isinstance(value, KINDS[kind]) and (kind == "boolean") == isinstance(value, bool) for kind in kinds):
        yield f"{where}: {value!r} is no {' or '.join(kinds)}"
    elif "enum" in rule and value not in rule["enum"]:
        yield f"{where}: {value!r} is none of {', '.join(rule['enum'])}"
    elif "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{where}: {value!r} does not match {rule['pattern']}"
    elif not rule.get("minimum", float("-inf")) <= (value if isinstance(value, int) else 0) <= rule.get("maximum", float("inf")):
        yield f"{where}: {value} is out of range"
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from check(item, rule["items"], schema, f"{where}[{place}]")
    elif isinstance(value, dict):
        yield from check_object(value, rule, schema, where)


def check_object(value, rule, schema, where):
    for name in rule.get("required", []):
        if name not in value:
            yield f"{where}: {name} is missing"
    if len(value) > rule.get("maxProperties", len(value)):
        yield f"{where}: only one of {', '.join(value)} may be set"
    for name, item in value.items():
        known = rule.get("properties", {}).get(name, rule.get("additionalProperties", {}))
        if known is False:
            yield f'strict decoding error: unknown field "{where}.{name}"'
        elif known:
            yield from check(item, known, schema, f"{where}.{name}")
