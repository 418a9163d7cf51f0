"""The lab of the Kubernetes tests: two control-plane hosts and a worker without a network to install from, and what to ask of them."""

import hashlib
import io
import json
import re
import shlex
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.own_lab import OwnLab
from tests.roles.kubernetes.packages import standins
from tests.roles.playing import on

KUBECTL = Path(sys.executable).parent / "kubectl"
NET = "172.30.74"
HOSTS = {"k1": f"{NET}.11", "k2": f"{NET}.12", "k3": f"{NET}.13"}
OLD, NEW = "1.34.2", "1.35.0"
ETCD_PACKAGES = ["etcd-server", "etcd-client"]
IMAGE = "registry.k8s.io/offline:1"
NETWORK = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "net", "namespace": "kube-system"},
    "spec": {
        "selector": {"matchLabels": {"app": "net"}},
        "template": {
            "metadata": {"labels": {"app": "net"}},
            "spec": {"containers": [{"name": "net", "image": IMAGE}], "tolerations": [{"operator": "Exists"}]},
        },
    },
}
VARIABLES: dict[str, object] = {
    "kubeadm_source": "files",
    "kubeadm_vip": f"{NET}.100/24",
    "kubeadm_prerequisites": ["conntrack", "curl", "iptables", "iproute2", "openssl", "python3-yaml", *ETCD_PACKAGES],
    "kubeadm_image_gc_high_percent": 70,
    "kubeadm_image_gc_low_percent": 60,
    "kubeadm_container_gc": {"minimum_age": "1m", "per_container": 2, "total": 50},
    "kubeadm_node_labels": {"shop": "{{ 'yes' if inventory_hostname == 'k3' else '' }}"},
    "kubeadm_drain_seconds": 8,
    "kubeadm_ready_seconds": 60,
    # Those of the machine under the lab.
    "kubeadm_ignore_preflight": ["NumCPU", "Mem"],
    "containerd_root": "/var/lib/docker/containerd",
    "registry_users": [{"name": "ci", "password": "lab-only"}],
    "registry_mirror_upstream": f"https://{HOSTS['k3']}:5000",
    "registry_mirror_upstream_user": "ci",
    "registry_mirror_upstream_password": "lab-only",
    "registry_mirror_upstream_login": "basic",
    "registry_mirror_upstream_authority": "{{ hostvars.k3.certificates_authority | default('') }}",
    "k8s_apps_namespaces": [{"name": "shop"}],
    "k8s_apps": [
        {
            "name": "web",
            "namespace": "shop",
            "image": "web:1",
            "replicas": 2,
            "ports": [8080],
            "service": {"type": "NodePort", "node_port": 30080},
        }
    ],
}


def description(place: Path) -> str:
    """Return the lab's description. place: where packages, images and the network's manifest lie."""
    folders = {
        "kubeadm_package_directory": str(place / OLD),
        "kubeadm_image_directory": str(place / "images"),
        "kubeadm_cni_manifest": str(place / "network.yml"),
    }
    groups: dict[str, object] = {
        "kubernetes_control_plane": {"hosts": ["k1", "k2"]},
        "kubernetes_workers": {"hosts": ["k3"]},
        "kubernetes": {"children": ["kubernetes_control_plane", "kubernetes_workers"]},
        "registry": {"hosts": ["k3"]},
        "registry_mirror": {"hosts": ["k2"]},
        "etcd": {"hosts": ["k3"]},
    }
    hosts = {name: {"address": address, "docker_inside": True} for name, address in HOSTS.items()}
    network = {"subnet": f"{NET}.0/24"}
    return json.dumps({"name": "musterkube", "network": network, "variables": {**VARIABLES, **folders}, "groups": groups, "hosts": hosts})


def make_files(place: Path) -> None:
    """Write the folders that an operator without a network has: packages of two versions, archives of images, a manifest."""
    standins(place / OLD, OLD, KUBECTL)
    standins(place / NEW, NEW)
    (place / "network.yml").write_text(json.dumps(NETWORK))
    (place / "images").mkdir()
    (place / "images" / "offline.tar").write_bytes(image(IMAGE))


def image(name: str) -> bytes:
    """Return the archive of an image with one file in it, as `docker save` writes it."""
    layer = tar({"hello": b"from the folder\n"})
    digest = hashlib.sha256(layer).hexdigest()
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    return tar({"config.json": json.dumps(config).encode(), "layer.tar": layer, "manifest.json": json.dumps(manifest).encode()})


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


# Debian's package of etcd starts a daemon, which holds a port of the control plane; the etcd of the cluster is another process.
PREPARE = "echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/lab; ln -s /dev/null /etc/systemd/system/etcd.service"


def everywhere(lab: OwnLab, script: str) -> list[str]:
    """Run a script on all hosts at once."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda host: on(lab, host, script), HOSTS))


def kubectl(lab: OwnLab, words: str, host: str = "k1") -> str:
    return on(lab, host, f"kubectl --kubeconfig=/etc/kubernetes/admin.conf {words}")


def apply(lab: OwnLab, api: str, kind: str, name: str, **parts: object) -> None:
    """Have kubectl apply one object. (What `kubectl create` makes by itself it sends as protobuf, which the fake server does not take.)"""
    item = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "default"}, **parts}
    on(lab, "k1", f"echo {shlex.quote(json.dumps(item))} | kubectl --kubeconfig=/etc/kubernetes/admin.conf apply -f -")


def journal(lab: OwnLab, pattern: str) -> list[tuple[str, str]]:
    """Return what the stand-ins wrote down that matches, as (host, words), of all hosts in the order of time."""
    found = []
    for host, text in zip(HOSTS, everywhere(lab, "cat /var/log/kubernetes-standin.log 2>/dev/null || :"), strict=True):
        for line in text.splitlines():
            time, _space, words = line.partition(" ")
            if re.search(pattern, words):
                found.append((float(time), host, words))
    return [(host, words) for _time, host, words in sorted(found)]
