"""Ensures that a chart is released in a cluster with its values, or is not, through the helm program on the host."""

from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.kube.helm_command import HELM, Helm
from runner.target.option import option, records

_VALUE = {
    "value": option("str", "name=value."),
    "value_type": option("str", "How it is understood.", "raw", enum=["raw", "string", "json", "file"]),
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        HELM,
        release_name=option("str", "The release.", aliases=["name"]),
        release_namespace=option("str", "Its namespace.", aliases=["namespace"]),
        release_state=option("str", "Whether it is there.", "present", enum=["present", "absent"], aliases=["state"]),
        chart_ref=option("path", "The chart: repository/name, folder, archive or address."),
        chart_repo_url=option("str", "Address of the chart's repository."),
        chart_version=option("str", "Its version. Default: the newest."),
        release_values=option("dict", "Values.", {}, aliases=["values"]),
        values_files=option("strs", "Files with values, on the host.", []),
        set_values=records("Single values.", _VALUE, ["value"]),
        reset_values=option("bool", "Begin with the chart's values at every upgrade.", True),
        reuse_values=option("bool", "Keep the last release's values."),
        reset_then_reuse_values=option("bool", "Both, in that order.", False),
        create_namespace=option("bool", "Make the namespace.", False),
        dependency_update=option("bool", "Fetch what the chart depends on first.", False, aliases=["dep_up"]),
        update_repo_cache=option("bool", "Update the repositories first.", False),
        atomic=option("bool", "Undo what failed.", False),
        disable_hook=option("bool", "Without hooks.", False),
        force=option("bool", "Replace instead of upgrade.", False),
        history_max=option("int", "How many revisions are kept."),
        insecure_skip_tls_verify=option("bool", "Do not check the chart server's certificate.", False, aliases=["skip_tls_certs_check"]),
        post_renderer=option("str", "Program that changes the manifests."),
        purge=option("bool", "absent: its history goes too.", True),
        replace=option("bool", "Take the name of a release that was removed.", False),
        skip_crds=option("bool", "Without custom resource definitions.", False),
        timeout=option("str", "Time for single steps (5m0s)."),
        wait=option("bool", "Wait until all is ready; when removing, gone.", False),
        wait_timeout=option("str", "The older word for timeout."),
    ),
    "required": ["release_name", "release_namespace"],
    "required_if": [["release_state", "present", ["release_name", "chart_ref"]]],
    "mutually_exclusive": [["context", "ca_cert"], ["replace", "history_max"], ["wait_timeout", "timeout"]],
}
RETURNS = {"status": "the release: name, namespace, revision, chart, values ...", "command": "the command", "stdout": "output",
           "stderr": "errors"}  # fmt: skip
EXAMPLES = """
- helm:
    name: prometheus
    namespace: monitoring
    create_namespace: true
    chart_ref: prometheus-community/prometheus
    values: {server: {retention: 30d}}
"""


def words(args: Dict[str, Any], upgrade: bool, values: Optional[str]) -> List[str]:
    """Return the words of `helm upgrade -i` or `helm install --replace`. values: file with release_values."""
    argv = ["upgrade", "-i"] if not args["replace"] else ["install", "--replace"]
    flags = {"reset_values": "--reset-values", "reuse_values": "--reuse-values", "reset_then_reuse_values": "--reset-then-reuse-values"}
    if args["replace"]:
        flags = {}
    flags.update(atomic="--atomic", wait="--wait", disable_hook="--no-hooks", create_namespace="--create-namespace",
                 skip_crds="--skip-crds", insecure_skip_tls_verify="--insecure-skip-tls-verify")  # fmt: skip
    argv += [flag for key, flag in flags.items() if args[key]]
    argv += ["--force"] if args["force"] and upgrade else []
    argv += ["--dependency-update"] if args["dependency_update"] and args["chart_repo_url"] is None and argv[0] == "install" else []
    limit = args["timeout"] or args["wait_timeout"]
    for key, flag in (("chart_version", "--version"), ("chart_repo_url", "--repo"), ("post_renderer", "--post-renderer"),
                      ("history_max", "--history-max")):  # fmt: skip
        argv += [flag, str(args[key])] if args[key] is not None else []
    argv += ["--timeout", limit] if limit else []
    for path in args["values_files"]:
        argv += ["--values", path]
    argv += ["--values", values] if values else []
    for row in args["set_values"] or []:
        argv += [{"raw": "--set", "string": "--set-string", "json": "--set-json", "file": "--set-file"}[row["value_type"]], row["value"]]
    return argv + ["-n", args["release_namespace"], args["release_name"], args["chart_ref"]]


def chart_facts(helm: Helm, args: Dict[str, Any]) -> Dict[str, str]:
    """Return name and version of the chart that would be taken."""
    argv = ["show", "chart", args["chart_ref"]]
    for key, flag in (("chart_repo_url", "--repo"), ("chart_version", "--version")):
        argv += [flag, args[key]] if args[key] else []
    argv += ["--insecure-skip-tls-verify"] if args["insecure_skip_tls_verify"] else []
    pairs = (line.partition(":") for line in helm.must(argv).out.splitlines() if line[:1] not in (" ", "-", "#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}


def differs(args: Dict[str, Any], release: Dict[str, Any], chart: Dict[str, str]) -> bool:
    """Tell whether a release has another chart or other values than asked for. Value files and single values are not looked into here."""
    if release.get("status", "").lower() != "deployed":
        return True
    if release.get("chart") != "%s-%s" % (chart.get("name"), chart.get("version")):
        return True
    return bool(release["values"] != args["release_values"])


def _absent(helm: Helm, args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    name, namespace = args["release_name"], args["release_namespace"]
    release = helm.release(name, namespace)
    if release is None or release.get("status") == "uninstalled":
        return {"changed": False, "command": ""}
    argv = ["uninstall", "-n", namespace, name]
    argv += (["--no-hooks"] if args["disable_hook"] else []) + ([] if args["purge"] else ["--keep-history"])
    argv += ["--wait"] if args["wait"] else []
    limit = args["timeout"] or args["wait_timeout"]
    argv += ["--timeout", limit] if limit else []
    result: Dict[str, Any] = {"changed": True, "command": helm.shown(argv)}
    if not system.check:
        done = helm.must(argv)
        result.update(stdout=done.out, stderr=done.err)
    return result


def _changed(helm: Helm, args: Dict[str, Any], release: Dict[str, Any], argv: List[str]) -> bool:
    if args["force"] or args["reuse_values"] or args["reset_then_reuse_values"]:
        # what is kept of the last release only helm knows
        return bool(args["force"]) or differs(dict(args, release_values=dict(release["values"], **args["release_values"])), release,
                                              chart_facts(helm, args))  # fmt: skip
    if args["values_files"] or args["set_values"]:
        plan = helm.json(argv + ["--dry-run"])
        asked = (plan or {}).get("config") or {}
        return differs(dict(args, release_values=asked), release, chart_facts(helm, args))
    return differs(args, release, chart_facts(helm, args))


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the release to its state. Raises ModuleFailed with helm's words."""
    helm = Helm(args, system)
    if args["update_repo_cache"]:
        helm.must(["repo", "update"])
    if args["release_state"] == "absent":
        return _absent(helm, args, system)
    name, namespace = args["release_name"], args["release_namespace"]
    release = helm.release(name, namespace)
    if args["dependency_update"] and system.is_dir(args["chart_ref"]) and not system.check:
        helm.must(["dependency", "update", args["chart_ref"]])
    values = helm.temporary(args["release_values"]) if args["release_values"] else None
    argv = words(args, release is not None, values)
    if release is not None and not _changed(helm, args, release, argv):
        return {"changed": False, "status": release, "stdout": "", "stderr": "", "command": helm.shown(argv)}
    result: Dict[str, Any] = {"changed": True, "command": helm.shown(argv)}
    if system.diff:
        chart = chart_facts(helm, args)
        before = {"chart": release["chart"], "values": release["values"]} if release else {}
        after = {"chart": "%s-%s" % (chart.get("name"), chart.get("version")), "values": args["release_values"]}
        result["diff"] = {"before": before, "after": after}
    if system.check:
        return dict(result, status=dict(release or {}, values=args["release_values"]))
    done = helm.must(argv)
    status = helm.release(name, namespace)
    if status is None:
        raise ModuleFailed("helm says that it released %s but does not list it in %s" % (name, namespace), stdout=done.out, stderr=done.err)
    return dict(result, stdout=done.out, stderr=done.err, status=status)
