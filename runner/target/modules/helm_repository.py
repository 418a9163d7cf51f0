"""Ensures that helm knows a repository of charts, or does not. The password goes to helm through its standard input."""

import json
from typing import Any, Dict, Optional

from runner.target.decision import ModuleFailed
from runner.target.kube.helm_command import HELM, Helm
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        HELM,
        repo_name=option("str", "The repository.", aliases=["name"]),
        repo_url=option("str", "Its address.", aliases=["url"]),
        repo_username=option("str", "Account.", aliases=["username"]),
        repo_password=option("str", "Its password.", secret=True, aliases=["password"]),
        repo_state=option("str", "Whether helm knows it.", "present", enum=["present", "absent"], aliases=["state"]),
        pass_credentials=option("bool", "Send the login to other hosts too.", False),
        force_update=option("bool", "Replace one of the same name with another address.", False, aliases=["force"]),
        insecure_skip_tls_verify=option("bool", "Do not check its certificate.", False, aliases=["skip_tls_certs_check"]),
    ),
    "required": ["repo_name"],
    "required_together": [["repo_username", "repo_password"]],
    "required_if": [["repo_state", "present", ["repo_url"]]],
}
RETURNS = {"command": "the command", "stdout": "output", "stderr": "errors"}
EXAMPLES = """
- helm_repository: {name: prometheus-community, url: "https://prometheus-community.github.io/helm-charts"}
"""


def _known(helm: Helm, name: str) -> Optional[str]:
    done = helm.run(["repo", "list", "-o", "json"])
    if done.rc != 0:
        if "no repositories" in done.err.lower():
            return None
        raise ModuleFailed("helm repo list failed: %s" % done.err.strip(), rc=done.rc)
    rows = json.loads(done.out or "[]") or []
    return next((str(row["url"]) for row in rows if row["name"] == name), None)


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring it to its state. Raises ModuleFailed with helm's words."""
    helm = Helm(args, system)
    name, url = args["repo_name"], args["repo_url"]
    there = _known(helm, name)
    stdin = None
    if args["repo_state"] == "absent":
        argv = ["repo", "remove", name] if there is not None else []
    elif there == url and not args["force_update"]:
        argv = []
    elif there is not None and there != url and not args["force_update"]:
        raise ModuleFailed("Repository already have a repository named %s: it has the address %s; use force_update" % (name, there))
    else:
        argv = ["repo", "add", name, url] + (["--force-update"] if args["force_update"] else [])
        argv += ["--pass-credentials"] if args["pass_credentials"] else []
        argv += ["--insecure-skip-tls-verify"] if args["insecure_skip_tls_verify"] else []
        if args["repo_username"]:
            argv += ["--username", args["repo_username"], "--password-stdin"]
            stdin = args["repo_password"]
    result: Dict[str, Any] = {"changed": bool(argv), "command": helm.shown(argv) if argv else "", "stdout": "", "stderr": ""}
    if argv and not system.check:
        done = helm.must(argv, stdin)
        result.update(stdout=done.out, stderr=done.err)
    return result
