"""A STAND-IN for kubelet, for tests: runs the static pods of the stand-in kubeadm as processes, and says to the API server that its node is there."""
# ruff: noqa: E501, T201 (programs that print, and their tables and messages in one line)


import contextlib
import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pods
import yaml
from client import Refused, by_kubeconfig
from journal import journal
from schema import complaints

VERSION = (Path(__file__).parent / "version-kubelet").read_text().strip()
HOME = Path("/etc/kubernetes")
STATE = Path("/var/lib/kubelet")
FLAGS = {"node-ip", "minimum-container-ttl-duration", "maximum-dead-containers-per-container", "maximum-dead-containers", "v"}


class Kubelet:
    """Static pods are processes, which outlive it as containers do; pods.py knows them."""

    def __init__(self, address):
        self.address, self.registered, self.quiet_until = address, False, 0.0
        self.node = json.loads((STATE / "node").read_text())

    def static_pods(self):
        """Run what lies in the folder of manifests, and nothing else."""
        files = {file.stem: file.read_text() for file in sorted((HOME / "manifests").glob("*.yaml"))}
        running = pods.running()
        for name, text in running.items():
            if files.get(name) != text:
                pods.stop(name)
        for name, text in files.items():
            if running.get(name) != text:
                pods.start(name, text)

    def report(self):
        """Tell the API server about the node: once that it exists, then that it is well."""
        client, name = by_kubeconfig(HOME / "kubelet.conf"), self.node["name"]
        if not self.registered:
            labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", **self.node["labels"]}
            with contextlib.suppress(Refused):
                client.ask("POST", "/api/v1/nodes", {"metadata": {"name": name, "labels": labels}, "spec": {"taints": self.node["taints"]}, "status": {}})
            self.registered = True
        # A real one is ready when the pod network has laid its configuration.
        networks = client.ask("GET", "/apis/apps/v1/daemonsets")["items"]
        ready = {"type": "Ready", "status": "True" if networks else "False", "reason": "KubeletReady" if networks else "KubeletNotReady"}
        address = [{"type": "InternalIP", "address": self.address}]
        status = {"conditions": [ready], "addresses": address, "nodeInfo": {"kubeletVersion": VERSION}}
        client.ask("PATCH", f"/api/v1/nodes/{name}", {"status": status}, "application/merge-patch+json")
        # A node that is well has nothing new to tell.
        self.quiet_until = time.monotonic() + (5 if networks else 0)

    def run(self):
        while True:
            self.static_pods()
            if time.monotonic() >= self.quiet_until:
                with contextlib.suppress(OSError, Refused):
                    self.report()
            time.sleep(0.5)


def main(argv):
    if argv == ["--version"]:
        return print(f"Kubernetes {VERSION}")
    flags = dict(re.match(r"--([^=]+)=(.*)", word).groups() for word in argv)
    if set(flags) - FLAGS:
        raise SystemExit(f"unknown flag: {', '.join(sorted(set(flags) - FLAGS))}")
    file = STATE / "config.yaml"
    if not file.exists():
        raise SystemExit(f"failed to load kubelet config file, path: {file}, error: no such file or directory")
    wrong = complaints(yaml.safe_load(file.read_text()))
    if wrong:
        raise SystemExit("; ".join(wrong))
    journal(" ".join([f"kubelet {VERSION}", *argv]))
    return Kubelet(flags.get("node-ip", "")).run()


if __name__ == "__main__":
    main(sys.argv[1:])
