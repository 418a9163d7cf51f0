"""Ensures objects of a Kubernetes cluster, through kubectl on the host. Source: kubernetes.io/docs/reference/kubectl.

In check mode the API server itself says what would become of them (server-side dry run).
"""

import json
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.kube.definitions import comparable, differing, objects
from runner.target.kube.each import each_of
from runner.target.kube.kubectl import CLUSTER, OBJECT, Kubectl, KubectlFailed, hidden, identity, resource
from runner.target.kube.ready import WAIT, ready, wait_for
from runner.target.option import option, record

_PATCH = {"merge": "merge", "strategic-merge": "strategic"}
_DELETE = {
    "gracePeriodSeconds": option("int", "Seconds before it is ended by force."),
    "propagationPolicy": option("str", "What becomes of what it owns.", enum=["Foreground", "Background", "Orphan"]),
    "preconditions": record("Not supported.", {"resourceVersion": option("str", "."), "uid": option("str", ".")}),
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CLUSTER,
        **dict(
            OBJECT,
            state=option("str", "patched: changed only where it is there.", "present", enum=["absent", "present", "patched"]),
            resource_definition=option("raw", "Objects: mapping, list, or YAML text.", aliases=["definition", "inline"]),
            src=option("str", "YAML file with objects, in files/ of the role, beside the playbook, or on the host."),
            template=option("raw", "Template of YAML with objects: path, or mapping with path and options."),
            apply=option("bool", "As `kubectl apply`: fields that are no longer named go.", False),
            server_side_apply=record("Apply in the server.", {"field_manager": option("str", "Who owns the fields."),
                                     "force_conflicts": option("bool", "Take over fields of others.", False)}, ["field_manager"]),
            force=option("bool", "Replace an object that is there.", False),
            merge_type=option("list", "How it is patched, tried in this order.", items={"type": "string", "enum": list(_PATCH)}),
            append_hash=option("bool", "Put a hash of the content behind the name of a ConfigMap or Secret.", False),
            generate_name=option("str", "Begin of a name that the server completes."),
            label_selectors=option("strs", "Only objects that have these labels."),
            delete_all=option("bool", "absent: all of that kind in the namespace.", False, aliases=["all"]),
            delete_options=record("How it is deleted.", _DELETE),
            continue_on_error=option("bool", "Go on with the next object.", False),
            validate=record("Check before sending: the server does.", {"fail_on_error": option("bool", "Fail for unknown fields."),
                            "strict": option("bool", "Unknown fields are errors.", True), "version": option("str", "Not supported.")}),
            hidden_fields=option("strs", "Fields left out of the result."),
        ),
        **WAIT
    ),
    "mutually_exclusive": [["resource_definition", "src"], ["template", "resource_definition"], ["template", "src"],
                           ["name", "generate_name"]],
}  # fmt: skip
RETURNS = {"result": "the object; with several: results, a list", "method": "create, patch, apply, replace or delete",
           "duration": "seconds waited, with wait"}  # fmt: skip
EXAMPLES = """
- name: The namespace of the monitoring
  k8s: {api_version: v1, kind: Namespace, name: monitoring}

- k8s:
    template: deployment.yml.j2
    namespace: monitoring
    apply: true
    wait: true
"""


class Change:
    """One object and what is done with it. result: the row of the task's result."""

    def __init__(self, args: Dict[str, Any], system: Any, kubectl: Kubectl, thing: Dict[str, Any]) -> None:
        self.args, self.system, self.kubectl, self.thing = args, system, kubectl, thing
        self.dry = ["--dry-run=server"] if system.check else []
        strict = (args["validate"] or {}).get("fail_on_error")
        self.checked = ["--validate=%s" % ("strict" if strict else "false")]

    def make(self) -> Dict[str, Any]:
        """Do it and return changed, method, result, diff."""
        before = self.kubectl.get(self.thing) if self.thing["metadata"].get("name") else None
        if self.args["state"] == "absent":
            return self._delete(before)
        if before is None:
            if self.args["state"] == "patched":
                self.system.warn("%s %s was not found, but will not be created as state is patched" % self._called())
                return {"changed": False, "result": {}, "method": "patch"}
            after = self._create()
            method = "apply" if self.args["apply"] else "create"
            return self._answer(True, method, {}, after)
        method, after = self._alter(before)
        return self._answer(comparable(before) != comparable(after), method, before, after)

    def _called(self) -> Any:
        return self.thing["kind"], self.thing["metadata"].get("name")

    def _create(self) -> Dict[str, Any]:
        words = self._apply() if self.args["apply"] and self.thing["metadata"].get("name") else ["create"] + self.checked
        try:
            return self.kubectl.object(words + self.dry + ["-f", "-"], self.thing) or {}
        except KubectlFailed as error:
            # a namespace that this play would have made
            if self.system.check and error.missing and "namespaces" in error.said:
                return self.thing
            raise

    def _apply(self) -> List[str]:
        words = ["apply"] + self.checked
        server = self.args["server_side_apply"]
        if server:
            words += ["--server-side", "--field-manager", server["field_manager"]]
            words += ["--force-conflicts"] if server["force_conflicts"] else []
        return words

    def _alter(self, before: Dict[str, Any]) -> Any:
        if self.args["apply"]:
            return "apply", self.kubectl.object(self._apply() + self.dry + ["-f", "-"], self.thing)
        if self.args["force"]:
            return "replace", self.kubectl.object(["replace"] + self.checked + self.dry + ["-f", "-"], self.thing)
        return "patch", self._patch()

    def _patch(self) -> Dict[str, Any]:
        who = self.system.temporary(_json(identity(self.thing)), ".json")
        kinds = self.args["merge_type"] or ["strategic-merge", "merge"]
        for number, kind in enumerate(kinds):
            words = ["patch", "-f", who, "--type", _PATCH[kind], "--patch-file", "/dev/stdin"] + self.dry
            try:
                return self.kubectl.object(words, self.thing) or {}
            except KubectlFailed as error:
                # kinds that users defined know no strategic merge
                unknown = "UnsupportedMediaType" in error.said or "not supported" in error.said
                if not unknown or number + 1 == len(kinds):
                    raise
        return {}

    def _delete(self, before: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        if before is None:
            return {"changed": False, "method": "delete", "result": {}}
        given = self.args["delete_options"] or {}
        if given.get("preconditions"):
            raise ModuleFailed("delete_options.preconditions is not supported: kubectl cannot send them")
        words = ["delete", "--wait=false"] + self.dry
        if given.get("gracePeriodSeconds") is not None:
            words += ["--grace-period", str(given["gracePeriodSeconds"])] + (["--force"] if given["gracePeriodSeconds"] == 0 else [])
        if given.get("propagationPolicy"):
            words += ["--cascade", given["propagationPolicy"].lower()]
        self.kubectl.must(words + ["-f", "-"], identity(self.thing))
        row = self._row(True, "delete", before, {})
        if self.args["wait"] and not self.system.check:
            row["duration"] = self._wait(lambda: self.kubectl.get(self.thing) is None, row)
        return row

    def _answer(self, changed: bool, method: str, before: Any, after: Any) -> Dict[str, Any]:
        row = self._row(changed, method, before, after)
        if not self.args["wait"] or self.system.check:
            return row
        state: Dict[str, Any] = {"now": after}

        def done() -> bool:
            state["now"] = self.kubectl.get(after)
            return ready(state["now"], self.args["wait_condition"])

        row["duration"] = self._wait(done, row)
        row["result"] = self._shown(state["now"])
        return row

    def _wait(self, done: Any, row: Dict[str, Any]) -> int:
        seconds = wait_for(self.system, self.args, done)
        if seconds < 0:
            raise ModuleFailed('"%s" "%s": Timed out waiting on resource' % self._called(), **dict(row, duration=-1 - seconds))
        return seconds

    def _row(self, changed: bool, method: str, before: Any, after: Any) -> Dict[str, Any]:
        row = {"changed": changed, "method": method, "result": self._shown(after)}
        if self.system.diff:
            sides = (self._safe(comparable(before) or {}), self._safe(comparable(after) or {}))
            row["diff"] = differing(*sides)
        return row

    def _shown(self, thing: Any) -> Any:
        return hidden(thing, self.args["hidden_fields"] or []) if thing else {}

    def _safe(self, thing: Any) -> Any:
        # a diff must not show what a Secret holds
        if thing.get("kind") != "Secret":
            return self._shown(thing)
        kept = {key: {name: "(hidden %s)" % _mark(value) for name, value in thing[key].items()}
                for key in ("data", "stringData") if thing.get(key)}  # fmt: skip
        return self._shown(dict(thing, **kept))


def _mark(value: Any) -> str:
    return "%d characters" % len(str(value))


def _json(thing: Any) -> bytes:
    return json.dumps(thing).encode("utf-8")


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the objects to their state. Raises ModuleFailed with the server's words."""
    kubectl = Kubectl(args, system)
    if args["state"] == "absent" and args["delete_all"] and not args["resource_definition"] and not args["name"]:
        return _delete_all(args, system, kubectl)
    things = [thing for thing in objects(args) if selected(thing, args["label_selectors"] or [])]
    result = each_of(things, args["continue_on_error"], lambda thing: Change(args, system, kubectl, thing).make())
    rows = result["result"]["results"] if len(things) != 1 else []
    if any("error" in row for row in rows) and all("error" in row for row in rows):
        raise ModuleFailed("no object could be changed: %s" % rows[0]["error"]["msg"], **result)
    return result


def _delete_all(args: Dict[str, Any], system: Any, kubectl: Kubectl) -> Dict[str, Any]:
    if not args["kind"]:
        raise ModuleFailed("delete_all needs kind")
    place = ["-n", args["namespace"]] if args["namespace"] else []
    labels = ["-l", ",".join(args["label_selectors"])] if args["label_selectors"] else []
    kind = resource(args["kind"], args["api_version"])
    found = (kubectl.object(["get", kind] + place + labels) or {}).get("items") or []
    if found:
        dry = ["--dry-run=server"] if system.check else []
        kubectl.must(["delete", kind, "--wait=%s" % ("true" if args["wait"] else "false")] + (labels or ["--all"]) + place + dry)
    return {"changed": bool(found), "method": "delete", "result": {"items": found}}


def selected(thing: Dict[str, Any], selectors: List[str]) -> bool:
    """Tell whether an object's labels fit selectors such as a=b, a!=b, a, !a (each may hold several with commas)."""
    labels = (thing.get("metadata") or {}).get("labels") or {}
    for text in [part.strip() for row in selectors for part in row.split(",")]:
        key, sign, value = text.partition("!=") if "!=" in text else text.partition("=")
        value = value.lstrip("=")
        if not sign:
            fits = (key.lstrip("!") in labels) != key.startswith("!")
        else:
            fits = (labels.get(key.strip()) == value.strip()) == (sign == "=")
        if not fits:
            return False
    return True
