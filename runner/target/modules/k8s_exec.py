"""Runs a command in a container of a pod, through kubectl on the host."""

import shlex
from typing import Any, Dict

from runner.target.kube.kubectl import CLUSTER, Kubectl
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CLUSTER,
        namespace=option("str", "Namespace of the pod."),
        pod=option("str", "The pod."),
        container=option("str", "Its container; the first one without it."),
        command=option("str", "The command, split as a shell would."),
    ),
    "required": ["namespace", "pod", "command"],
}
RETURNS = {"stdout": "output", "stderr": "errors", "rc": "exit status"}
EXAMPLES = """
- k8s_exec: {namespace: monitoring, pod: prometheus-0, command: promtool check config /etc/prometheus/prometheus.yml}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Run it; what it does inside is not known, so it is a change."""
    if system.check:
        return {"skipped": True, "msg": "remote module (k8s_exec) does not support check mode"}
    kubectl = Kubectl(args, system)
    words = ["exec", "-n", args["namespace"], args["pod"]] + (["-c", args["container"]] if args["container"] else [])
    done = kubectl.run(words + ["--"] + shlex.split(args["command"]))
    return {"changed": True, "stdout": done.out, "stderr": done.err, "rc": done.rc, "return_code": done.rc}
