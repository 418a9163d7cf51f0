"""Runs helm against one cluster; values go to it in private files and passwords through standard input."""

import json
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.kube.kubectl import inline_config, settings
from runner.target.option import option
from runner.target.programs import program

HELM: Dict[str, Dict[str, Any]] = {
    "binary_path": option("path", "The helm program. Default: the one on PATH."),
    "kubeconfig": option("raw", "Configuration on the host: a path, or its content as a mapping.", aliases=["kubeconfig_path"]),
    "context": option("str", "Context of it.", aliases=["kube_context"]),
    "host": option("str", "Address of the API server, instead of a configuration."),
    "api_key": option("str", "Token.", secret=True),
    "ca_cert": option("path", "CA of the API server.", aliases=["ssl_ca_cert"]),
    "validate_certs": option("bool", "Check the API server's certificate.", True, aliases=["verify_ssl"]),
}


class Helm:
    """helm with what says which cluster."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.system = system
        self.path = args["binary_path"] or program(system, "helm")
        found = settings(args, system.environ)
        self.environ: Dict[str, str] = {}
        if isinstance(found["kubeconfig"], dict):
            self.environ["KUBECONFIG"] = system.temporary(json.dumps(found["kubeconfig"]).encode("utf-8"), ".json")
        elif found["host"]:
            self.environ["KUBECONFIG"] = system.temporary(json.dumps(inline_config(found)).encode("utf-8"), ".json")
        elif found["kubeconfig"]:
            self.environ["KUBECONFIG"] = system.expand(str(found["kubeconfig"]))
        if found["context"]:
            self.environ["HELM_KUBECONTEXT"] = found["context"]
        if found["api_key"] and not found["host"]:
            self.environ["HELM_KUBETOKEN"] = found["api_key"]
        if found["ca_cert"] and not found["host"]:
            self.environ["HELM_KUBECAFILE"] = found["ca_cert"]

    def run(self, words: List[str], stdin: Optional[str] = None) -> Any:
        """Run it and return the `Ran`."""
        return self.system.run([self.path] + words, stdin=stdin, environ=self.environ)

    def must(self, words: List[str], stdin: Optional[str] = None) -> Any:
        """Run it. Raises ModuleFailed with its words."""
        done = self.run(words, stdin)
        if done.rc != 0:
            said = "Failure when executing Helm command. Exited %d.\nstdout: %s\nstderr: %s" % (done.rc, done.out, done.err)
            raise ModuleFailed(said, stdout=done.out, stderr=done.err, command=self.shown(words))
        return done

    def json(self, words: List[str]) -> Any:
        """Run it with -o json and return what it prints."""
        text = self.must(words + ["-o", "json"]).out.strip()
        return json.loads(text) if text else None

    def shown(self, words: List[str]) -> str:
        """Return the command, for the result."""
        return " ".join([self.path] + words)

    def release(self, name: str, namespace: str, flags: Optional[List[str]] = None) -> Optional[Dict[str, Any]]:
        """Return a release as `helm list` has it, with its values; None when there is none."""
        rows = self.json(["list", "-n", namespace, "--filter", "^%s$" % name] + (flags or ["--deployed", "--failed", "--pending"])) or []
        found = next((dict(row) for row in rows if row["name"] == name), None)
        if found is not None:
            found["values"] = self.json(["get", "values", "-n", namespace, name]) or {}
        return found

    def temporary(self, values: Dict[str, Any]) -> str:
        """Write values to a private file, as JSON, which is YAML."""
        return str(self.system.temporary(json.dumps(values).encode("utf-8"), ".yaml"))
