"""Ensures that a container is as described and runs, is stopped, or is not there.

What cannot be changed in a living container makes it anew: removed and created from the options of this task.
"""

from typing import Any, Dict, List

from runner.target.docker import container_arguments
from runner.target.docker.container_compare import Difference
from runner.target.docker.container_state import Run
from runner.target.docker.engine import Engine

ARGUMENTS = container_arguments.ARGUMENTS
RETURNS = {"container": "inspection of the container, {} when it is absent", "status": "exit status, with detach: false"}
EXAMPLES = """
- name: The exporter runs
  docker_container:
    name: exporter
    image: prom/node-exporter:v1.8.2
    restart_policy: unless-stopped
    published_ports: ["127.0.0.1:9100:9100"]
    volumes: ["/proc:/host/proc:ro"]
    healthcheck: {test: [CMD, /bin/wget, "-q", "-O-", "http://127.0.0.1:9100/"], interval: 10s}
"""
_STATES = ("exists", "running", "restarted", "paused", "recreate")


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the container to its state. Raises ModuleFailed."""
    task = Run(args, system, Engine(args, system))
    container = task.bring()
    result: Dict[str, Any] = {"changed": task.life.changed}
    # nothing is there to be inspected before a dry run makes it
    shown = container or (task.found if system.check and args["state"] != "absent" else {})
    if shown:
        result["container"] = shown
    if task.status is not None:
        result["status"] = task.status
    if system.check or args["debug"]:
        result["actions"] = [_hidden(action) for action in task.life.actions]
    if system.diff or args["debug"]:
        result["diff"] = _diff(task.changes)
    return result


def _hidden(action: Dict[str, Any]) -> Dict[str, Any]:
    body = action.get("create_parameters")
    if not body or "Env" not in body:
        return action
    return dict(action, create_parameters=dict(body, Env=_names(body["Env"])))


def _names(env: Any) -> List[str]:
    # values of the environment are often secret
    return [each.split("=", 1)[0] for each in env or []]


def _diff(changes: List[Difference]) -> Dict[str, Any]:
    shown = [(name, _names(want), _names(there)) if name == "env" else (name, want, there) for name, want, there in changes]
    diff: Dict[str, Any] = {"before": {name: there for name, _, there in shown}, "after": {name: want for name, want, _ in shown}}
    told = [{name: {"parameter": want, "container": there}} for name, want, there in shown if name not in _STATES]
    return dict(diff, differences=told) if told else diff
