"""Steps of the STAND-IN for kubeadm that several of its commands take."""
# ruff: noqa: E501, T201 (programs that print, and their tables and messages in one line)

import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pki
import yaml
from client import Refused
from pki import HOME, PKI
from schema import complaints
from store import STACKED, Etcd

KUBELET = Path("/var/lib/kubelet")
SYSTEM = "/api/v1/namespaces/kube-system"


def fail(text, code=1):
    print(text, file=sys.stderr)
    raise SystemExit(code)


def documents(path):
    """Read and check a configuration file. Returns kind -> document."""
    parts = re.split(r"(?m)^---[^\n]*\n", Path(path).read_text())
    # As the real one does: only nothing at all before the first line of dashes is no document.
    found = [yaml.safe_load(part) or {} for part in parts if part]
    if not all(each.get("kind") and each.get("apiVersion") for each in found):
        fail("error: invalid configuration for GroupVersionKind /, Kind=: kind and apiVersion is mandatory information that must be specified")
    wrong = [line for each in found for line in complaints(each)]
    if wrong:
        fail("error: " + "; ".join(wrong))
    return {each["kind"]: each for each in found}


def duration(text):
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)([hms])", text))


def preflight(ignored, files):
    """Refuse what kubeadm refuses before it begins."""
    errors = [f"[ERROR FileAvailable-{file.replace('/', '-')}]: {file} already exists" for file in files if Path(file).exists()]
    if len(Path("/proc/swaps").read_text().splitlines()) > 1 and "Swap" not in ignored:
        errors.append("[ERROR Swap]: swap is enabled")
    if Path("/proc/sys/net/ipv4/ip_forward").read_text().strip() != "1":
        errors.append("[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: contents are not set to 1")
    if errors:
        fail("[preflight] Some fatal errors occurred:\n\t" + "\n\t".join(errors))


def external(cluster):
    """Return where the cluster has its etcd, by its ClusterConfiguration, or None for one of its own."""
    return cluster["etcd"].get("external")


def reach_etcd(place):
    """Refuse an external etcd that cannot be reached with the certificate given."""
    try:
        Etcd(place).revision()
    except (OSError, ValueError) as error:
        fail(f"[preflight] Some fatal errors occurred:\n\t[ERROR ExternalEtcdVersion]: {error}")


def manifests(node, cluster, port, address, members=None):
    """Write the static pods that the stand-in kubelet runs: a real etcd (members: of which cluster; None founds one), and the fake API server."""
    folder = HOME / "manifests"
    folder.mkdir(exist_ok=True)
    place = external(cluster) or STACKED
    pods = {"kube-apiserver": [sys.executable, str(Path(__file__).parent / "api.py"), str(port), cluster["kubernetesVersion"], json.dumps(place)]}
    if place is STACKED:
        pods["etcd"] = etcd_command(node, address, members or f"{node}=https://{address}:2380", "existing" if members else "new")
    pods.update({"kube-controller-manager": ["sleep", "infinity"], "kube-scheduler": ["sleep", "infinity"]})
    for name, command in pods.items():
        (folder / f"{name}.yaml").write_text(json.dumps({"kind": "Pod", "spec": {"containers": [{"name": name, "command": command}]}}))


def etcd_command(node, address, members, state):
    files = {name: str(PKI / "etcd" / name) for name in ("ca.crt", "server.crt", "server.key", "peer.crt", "peer.key")}
    return [
        "etcd", f"--name={node}", "--data-dir=/var/lib/etcd", f"--listen-client-urls=https://127.0.0.1:2379,https://{address}:2379",
        f"--advertise-client-urls=https://{address}:2379", f"--listen-peer-urls=https://{address}:2380",
        f"--initial-advertise-peer-urls=https://{address}:2380", f"--initial-cluster={members}", f"--initial-cluster-state={state}",
        f"--cert-file={files['server.crt']}", f"--key-file={files['server.key']}", "--client-cert-auth=true", f"--trusted-ca-file={files['ca.crt']}",
        f"--peer-cert-file={files['peer.crt']}", f"--peer-key-file={files['peer.key']}", "--peer-client-cert-auth=true",
        f"--peer-trusted-ca-file={files['ca.crt']}", "--logger=zap",
    ]  # fmt: skip


def etcdctl(*words, endpoint="127.0.0.1"):
    place = PKI / "etcd"
    files = [f"--cacert={place}/ca.crt", f"--cert={place}/healthcheck-client.crt", f"--key={place}/healthcheck-client.key"]
    environment = {**os.environ, "ETCDCTL_API": "3"}
    return subprocess.run(["etcdctl", f"--endpoints=https://{endpoint}:2379", *files, *words], env=environment, capture_output=True, text=True, check=True).stdout


def wait(what, seconds=40):
    until = time.monotonic() + seconds
    while True:
        try:
            return what()
        except (OSError, Refused) as error:
            if time.monotonic() > until:
                fail(f"error execution phase wait-control-plane: {error}")
            time.sleep(0.2)


def start_kubelet(kubelet, node, endpoint, user):
    KUBELET.mkdir(exist_ok=True)
    (KUBELET / "config.yaml").write_text(yaml.safe_dump(kubelet))
    (KUBELET / "node").write_text(json.dumps(node))
    pki.kubeconfig(HOME / "kubelet.conf", endpoint, user)
    subprocess.run(["systemctl", "restart", "kubelet"], check=True)


def upload(admin, found):
    for name, key, kind in (("kubeadm-config", "ClusterConfiguration", "ClusterConfiguration"), ("kubelet-config", "kubelet", "KubeletConfiguration")):
        admin.put(f"{SYSTEM}/configmaps", name, {"kind": "ConfigMap", "apiVersion": "v1", "data": {key: yaml.safe_dump(found[kind])}})


def node_words(registration, address, control_plane):
    """Return what kubelet will say of its node when it registers it."""
    labels = {"node-role.kubernetes.io/control-plane": ""} if control_plane else {}
    return {"name": registration["name"], "address": address, "labels": labels, "taints": registration.get("taints") or []}


def new_token(admin, ttl):
    name, secret = secrets.token_hex(3), secrets.token_hex(8)
    words = {"token-id": name, "token-secret": secret, "expiration": str(time.time() + duration(ttl))}
    admin.put(f"{SYSTEM}/secrets", f"bootstrap-token-{name}", {"kind": "Secret", "apiVersion": "v1", "type": "bootstrap.kubernetes.io/token", "stringData": words})
    return f"{name}.{secret}"


def node_token(client, name):
    """Return the token of a node's kubelet; the real one gets a certificate."""
    token = secrets.token_hex(16)
    client.put(f"{SYSTEM}/secrets", f"node-{name}", {"kind": "Secret", "apiVersion": "v1", "type": "standin/node", "stringData": {"token": token}})
    return {"token": token}


def ca_hash(certificate):
    public = pki.openssl("x509", "-pubkey", "-noout", given=certificate.encode())
    return "sha256:" + hashlib.sha256(pki.openssl("pkey", "-pubin", "-outform", "der", given=public)).hexdigest()
