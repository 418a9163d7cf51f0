"""The roles containerd, kubeadm and k8s_apps with the REAL kubeadm, kubelet, control plane, kube-proxy and kubectl, on three hosts.

Runs where MUSTER_KUBERNETES_BINARIES names a folder as real.py describes it, and MUSTER_KUBERNETES_NEWER perhaps another one of a newer
version; on Debian 13, some twenty minutes. What is a stand-in even here: CoreDNS, an image that answers as one that is well.
"""

import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_lab import OwnLab, own_lab
from tests.roles.kubernetes import real
from tests.roles.playing import ROOT, book, changed, muster, on, plays_again, words

BINARIES = Path(os.environ.get("MUSTER_KUBERNETES_BINARIES", "/nowhere"))
NEWER = Path(os.environ.get("MUSTER_KUBERNETES_NEWER", "/nowhere"))
pytestmark = [pytest.mark.lab, pytest.mark.skipif(not BINARIES.is_dir(), reason="MUSTER_KUBERNETES_BINARIES names no folder")]
NET = "172.30.75"
HOSTS = {"k1": f"{NET}.11", "k2": f"{NET}.12", "k3": f"{NET}.13"}
VIP = f"{NET}.100"
CLUSTER, UPGRADE = "playbooks/kubernetes.yml", "playbooks/upgrade.yml"
# Without it kubelet does not start; what the kernel of the machine says is not for a host of the lab. Packages are written without fsync.
PREPARE = "ln -s /dev/null /dev/kmsg; echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/lab"
LEFT = """
ss -Hltn | grep -E ':(6443|10250|2379|2380|10257|10259) '
ls /etc/kubernetes/*.conf /etc/kubernetes/muster* 2>/dev/null
pgrep containerd-shim
:
"""
WEB = {
    "name": "web",
    "namespace": "shop",
    "image": "registry.k8s.io/web:1",
    "replicas": 2,
    "ports": [8080],
    "health_path": "/",
    "max_unavailable": 0,
    "node_selector": {"shop": "yes"},
    "service": {"type": "NodePort", "node_port": 30080},
}
AGENT = {
    "name": "agent",
    "namespace": "shop",
    "kind": "DaemonSet",
    "image": "registry.k8s.io/web:1",
    "command": ["sleep", "1000000"],
    "host_network": True,
    "tolerations": [{"operator": "Exists"}],
}
LIMITS = {"default": {"memory": "64Mi"}, "defaultRequest": {"memory": "16Mi", "cpu": "10m"}}
VARIABLES: dict[str, object] = {
    "containerd_root": "/var/lib/docker/containerd",
    # The machine under the lab may not give a process more protection than it has.
    "containerd_restrict_oom_score": True,
    "containerd_cgroup_driver": "cgroupfs",
    "kubeadm_cgroup_driver": "cgroupfs",
    "kubeadm_source": "files",
    "kubeadm_prerequisites": ["conntrack", "curl", "iptables", "iproute2", "openssl", "etcd-client"],
    "kubeadm_vip": f"{VIP}/24",
    # Of the machine under the lab: its size and its cgroups, of version 1 perhaps. HTTPProxyCIDR fails where a newer Go read "https://[10.96.0.1]".
    "kubeadm_ignore_preflight": ["NumCPU", "Mem", "HTTPProxyCIDR"],
    "kubeadm_kubelet_settings": {"failCgroupV1": False},
    # A limit of connections is the machine's.
    "kubeadm_proxy_settings": {"conntrack": {"maxPerCore": 0}},
    "kubeadm_image_gc_high_percent": 92,
    "kubeadm_image_gc_low_percent": 88,
    "kubeadm_container_gc": {"minimum_age": "1m", "per_container": 2, "total": 50},
    "kubeadm_node_labels": {"shop": "{{ 'yes' if inventory_hostname == 'k3' else '' }}"},
    "kubeadm_ready_seconds": 240,
    "k8s_apps_rollout_seconds": 120,
    "k8s_apps_namespaces": [{"name": "shop", "limits": LIMITS}],
    "k8s_apps": [WEB, AGENT],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("kubernetes")
    for name, binaries in (("now", BINARIES), ("newer", NEWER)):
        if binaries.is_dir():
            real.packages(binaries, made / name / "packages")
            real.images(binaries, made / name / "images")
    (made / "roles").symlink_to(ROOT / "roles")
    return made


@pytest.fixture(scope="module")
def lab(place: Path) -> Iterator[OwnLab]:
    with own_lab(description(place), place) as made:
        for host in HOSTS:
            on(made, host, PREPARE)
        yield made


def description(place: Path) -> str:
    """Return the lab's description. place: where packages and images lie."""
    own = {
        **release(place, "now", BINARIES),
        "kubeadm_cni_manifest": str(BINARIES / "network.yml"),
        "kubeadm_cluster_settings": {"etcd": {"local": {"imageTag": real.etcd_tag(BINARIES)}}},
        "containerd_sandbox_image": f"registry.k8s.io/{real.wanted(BINARIES)['pause']}",
    }
    groups: dict[str, object] = {
        "kubernetes_control_plane": {"hosts": ["k1", "k2"]},
        "kubernetes_workers": {"hosts": ["k3"]},
        "kubernetes": {"children": ["kubernetes_control_plane", "kubernetes_workers"]},
    }
    hosts = {name: {"address": address, "docker_inside": True} for name, address in HOSTS.items()}
    rest = {"image": {"suite": "trixie"}, "network": {"subnet": f"{NET}.0/24"}, "groups": groups, "hosts": hosts}
    return json.dumps({"name": "musterkubereal", "variables": {**VARIABLES, **own}, **rest})


def release(place: Path, name: str, binaries: Path) -> dict[str, object]:
    """Return the variables of one version of Kubernetes."""
    return {
        "kubeadm_version": real.version(binaries),
        "kubeadm_package_directory": str(place / name / "packages"),
        "kubeadm_image_directory": str(place / name / "images") + "/{{ 'worker' if inventory_hostname == 'k3' else 'control' }}",
    }


def kubectl(lab: OwnLab, said: str, host: str = "k1") -> str:
    return on(lab, host, f"kubectl --kubeconfig=/etc/kubernetes/admin.conf {said}")


def nodes(lab: OwnLab, host: str = "k1") -> list[list[str]]:
    """Return name, state and version of each node."""
    rows = [line.split() for line in kubectl(lab, "get nodes --no-headers", host).splitlines()]
    return [[row[0], row[1], row[4]] for row in rows]


def answers(lab: OwnLab, host: str = "k3") -> str:
    """Return what the application says at the port of this host."""
    return on(lab, host, f"curl -sf --retry 5 --retry-all-errors -m 5 http://{HOSTS[host]}:30080/").strip()


def ready(version: Path, names: tuple[str, ...] = tuple(HOSTS)) -> list[list[str]]:
    return [[name, "Ready", f"v{real.version(version)}"] for name in names]


def test_a_cluster_is_founded_and_joined_from_folders(lab: OwnLab) -> None:
    said = muster(lab, "play", CLUSTER)
    assert nodes(lab) == ready(BINARIES)
    assert re.findall(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b|\b[0-9a-f]{64}\b", said) == []
    secrets = json.loads(kubectl(lab, "get secrets -n kube-system --field-selector=type=bootstrap.kubernetes.io/token -o json"))["items"]
    assert [each["metadata"]["name"] for each in secrets if "usage-bootstrap-authentication" in each["data"]] == []
    members = on(lab, "k1", "/usr/local/sbin/etcdctl-kubernetes member list -w simple")
    assert sorted(line.split(", ")[2] for line in members.splitlines()) == ["k1", "k2"]


def test_a_further_run_changes_nothing(lab: OwnLab) -> None:
    plays_again(lab, CLUSTER)


def test_everything_does_what_it_should(lab: OwnLab) -> None:
    said = muster(lab, "verify", "playbooks/verify/kubernetes")
    assert re.search(r"^[6-9]\d passed", said, re.MULTILINE), said


def test_kubelet_runs_with_the_thresholds(lab: OwnLab) -> None:
    for name in HOSTS:
        config = json.loads(kubectl(lab, f"get --raw /api/v1/nodes/{name}/proxy/configz"))["kubeletconfig"]
        assert (config["imageGCHighThresholdPercent"], config["imageGCLowThresholdPercent"]) == (92, 88)


def test_services_are_answered_everywhere(lab: OwnLab) -> None:
    assert {answers(lab, host) for host in HOSTS} == {"web 1"}
    address = kubectl(lab, "get service web -n shop -o jsonpath={.spec.clusterIP}")
    pod = kubectl(lab, "get pod -n kube-system -l k8s-app=kube-dns -o jsonpath={.items[0].metadata.name}")
    assert kubectl(lab, f"exec -n kube-system {pod} -- wget -qO- -T 5 http://{address}:8080/") == "web 1\n"
    limits = kubectl(lab, "get pod -n shop -l app=web -o jsonpath={.items[0].spec.containers[0].resources}")
    assert json.loads(limits) == {"limits": {"memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "16Mi"}}


def test_an_update_rolls_without_a_lost_request_and_goes_back(lab: OwnLab, place: Path) -> None:
    (place / "banner.txt").write_text("hello\n")
    copies = [{"app": "web", "namespace": "shop", "src": str(place / "banner.txt"), "dest": "/tmp/banner.txt"}]
    said: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.3):
            said.append(on(lab, "k1", f"curl -s -m 5 http://{HOSTS['k2']}:30080/ || echo lost").strip())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        new = words(k8s_apps=[{**WEB, "image": "registry.k8s.io/web:2"}, AGENT], k8s_apps_copies=copies)
        muster(lab, "play", CLUSTER, *new)
    finally:
        over.set()
        asking.join()
    assert set(said) == {"web 1", "web 2"}
    assert answers(lab) == "web 2"
    running = kubectl(lab, "get pod -n shop -l app=web --field-selector=status.phase=Running -o name").split()
    assert [kubectl(lab, f"exec -n shop {pod} -- cat /tmp/banner.txt") for pod in running] == ["hello\n"] * len(running)
    broken = words(k8s_apps=[{**WEB, "image": "registry.k8s.io/web:none"}, AGENT], k8s_apps_rollout_seconds=20)
    told = " ".join(muster(lab, "play", CLUSTER, *broken, code=2).split())
    assert "web did not come up within 20 s. Its former revision runs again." in told
    back = words(k8s_apps_rollback={"name": "web", "namespace": "shop", "revision": 1})
    muster(lab, "play", book(place, "rollback", k8s_apps="k1"), *back)
    assert answers(lab) == "web 1"


def test_new_settings_and_certificates_go_from_node_to_node(lab: OwnLab) -> None:
    serial = "openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 -noout -serial"
    before = [on(lab, host, serial) for host in ("k1", "k2")]
    new = {"kubeadm_image_gc_high_percent": 93, "kubeadm_arguments": {"apiServer": {"audit-log-maxage": "30"}}}
    muster(lab, "play", CLUSTER, *words(kubeadm_renew_days=400, **new))
    after = [on(lab, host, serial) for host in ("k1", "k2")]
    assert all(new.startswith("serial=") and new != old for old, new in zip(before, after, strict=True))
    for name in HOSTS:
        config = json.loads(kubectl(lab, f"get --raw /api/v1/nodes/{name}/proxy/configz"))["kubeletconfig"]
        assert config["imageGCHighThresholdPercent"] == 93
    for name in ("k1", "k2"):
        assert "--audit-log-maxage=30" in on(lab, name, "tr '\\0' '\\n' < /proc/$(pgrep -x kube-apiserver)/cmdline").split()


def test_lost_objects_return_from_a_snapshot(lab: OwnLab, place: Path) -> None:
    kubectl(lab, "create configmap precious --from-literal=word=kept")
    snapshot = on(lab, "k1", "/usr/local/sbin/etcd-kubernetes-backup").split()[-1]
    kubectl(lab, "delete configmap/precious")
    kubectl(lab, "delete -n shop deployment/web")
    muster(lab, "play", book(place, "restore", kubeadm="kubernetes_control_plane"), *words(kubeadm_restore_snapshot=snapshot))
    for host in ("k1", "k2"):
        assert kubectl(lab, "get configmap precious -o jsonpath={.data.word}", host) == "kept"
    kubectl(lab, "rollout status -n shop deployment/web --timeout=120s")
    assert answers(lab) == "web 1"


@pytest.mark.skipif(not NEWER.is_dir(), reason="MUSTER_KUBERNETES_NEWER names no folder")
def test_nodes_are_upgraded_one_after_the_other(lab: OwnLab, place: Path) -> None:
    new = words(**release(place, "newer", NEWER))
    muster(lab, "play", UPGRADE, *new, seconds=900)
    assert nodes(lab) == ready(NEWER)
    assert changed(muster(lab, "play", UPGRADE, *new)) == 0
    kubectl(lab, "rollout status -n shop deployment/web --timeout=120s")
    assert answers(lab) == "web 1"


@pytest.mark.parametrize("gone", ["k3", "k2"])
def test_a_host_leaves_and_comes_back(lab: OwnLab, place: Path, gone: str) -> None:
    newest = ("newer", NEWER) if NEWER.is_dir() else ("now", BINARIES)
    muster(lab, "play", book(place, "reset", kubeadm="kubernetes"), "--limit", gone)
    assert [row[0] for row in nodes(lab)] == [name for name in HOSTS if name != gone]
    assert on(lab, gone, LEFT) == ""
    members = on(lab, "k1", "/usr/local/sbin/etcdctl-kubernetes member list -w simple")
    assert len(members.splitlines()) == (1 if gone == "k2" else 2)
    muster(lab, "play", CLUSTER, *words(**release(place, *newest)))
    assert nodes(lab) == ready(newest[1])


def test_tear_down_leaves_nothing(lab: OwnLab, place: Path) -> None:
    path = book(place, "reset", k8s_apps="k1", kubeadm="kubernetes", containerd="kubernetes")
    muster(lab, "play", path)
    assert changed(muster(lab, "play", path)) == 0
    for host in HOSTS:
        assert on(lab, host, LEFT) == ""
        assert f" {VIP}/" not in on(lab, host, "ip -4 -o addr")
