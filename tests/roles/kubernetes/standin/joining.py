"""How a node joins by the STAND-IN for kubeadm, and how the control plane's certificates are handed on."""
# ruff: noqa: E501, T201 (programs that print, and their tables and messages in one line)

import base64
import json
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pki
import yaml
from client import Client, Refused, by_kubeconfig
from pki import HOME, PKI
from steps import (
    SYSTEM,
    ca_hash,
    documents,
    etcdctl,
    external,
    fail,
    manifests,
    node_token,
    node_words,
    preflight,
    reach_etcd,
    start_kubelet,
    wait,
)

TRAP = Path("/run/standin-kubeadm-fails")


def join(flags):
    mine = documents(flags["--config"])["JoinConfiguration"]
    registration, discovery = mine["nodeRegistration"], mine["discovery"]["bootstrapToken"]
    preflight(registration.get("ignorePreflightErrors", []), ["/etc/kubernetes/kubelet.conf"])
    if TRAP.exists():
        fail("error execution phase kubelet-start: a failure that a test asked for")
    endpoint = discovery["apiServerEndpoint"]
    ca = Client(endpoint).ask("GET", "/api/v1/namespaces/kube-public/configmaps/cluster-info")["data"]["ca"]
    if ca_hash(ca) not in discovery["caCertHashes"]:
        fail("error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in cluster-info does not match")
    client = Client(endpoint, ca, discovery["token"])
    try:
        config = client.ask("GET", f"{SYSTEM}/configmaps/kubelet-config")["data"]["kubelet"]
    except Refused:
        fail(f'couldn\'t validate the identity of the API Server: token id "{discovery["token"][:6]}" is invalid for this cluster or it has expired')
    identity = node_token(client, registration["name"])
    PKI.mkdir(parents=True, exist_ok=True)
    (PKI / "ca.crt").write_text(ca)
    address = mine.get("controlPlane", {}).get("localAPIEndpoint", {}).get("advertiseAddress", "")
    if "controlPlane" in mine:
        other = join_control_plane(client, mine, registration["name"], address, endpoint)
    start_kubelet(yaml.safe_load(config), node_words(registration, address, "controlPlane" in mine), endpoint, identity)
    if "controlPlane" in mine and other:
        promote(registration["name"], other)
    wait(lambda: client.ask("GET", f"/api/v1/nodes/{registration['name']}"))
    if "controlPlane" in mine:
        wait(lambda: by_kubeconfig(HOME / "admin.conf", f"{address}:{mine['controlPlane']['localAPIEndpoint']['bindPort']}").ask("GET", "/readyz"))


def join_control_plane(client, mine, name, address, endpoint):
    words = mine["controlPlane"]
    try:
        data = client.ask("GET", f"{SYSTEM}/secrets/kubeadm-certs")["stringData"]
        bundle = json.loads(cipher(base64.b64decode(data["bundle"]), words["certificateKey"], "-d"))
    except (Refused, subprocess.CalledProcessError) as error:
        fail(f'error execution phase control-plane-prepare/download-certs: Secret "kubeadm-certs" was not found or the key does not fit: {error}')
    # As the real one: the files of an external etcd, named whole, are written over what is there.
    for file, text in bundle.items():
        (PKI / file).parent.mkdir(parents=True, exist_ok=True)
        (PKI / file).write_text(text)
    cluster = yaml.safe_load(client.ask("GET", f"{SYSTEM}/configmaps/kubeadm-config")["data"]["ClusterConfiguration"])
    pki.control_plane(name, address, endpoint, cluster["apiServer"].get("certSANs", []), not external(cluster))
    if external(cluster):
        reach_etcd(external(cluster))
        return manifests(name, cluster, words["localAPIEndpoint"]["bindPort"], address)
    nodes = client.ask("GET", "/api/v1/nodes")["items"]
    others = [each["status"]["addresses"][0]["address"] for each in nodes if "node-role.kubernetes.io/control-plane" in each["metadata"]["labels"]]
    said = etcdctl("member", "add", name, "--learner", f"--peer-urls=https://{address}:2380", endpoint=others[0])
    members = re.search(r'ETCD_INITIAL_CLUSTER="([^"]+)"', said)[1]
    manifests(name, cluster, words["localAPIEndpoint"]["bindPort"], address, members)
    return others[0]


def promote(name, other):
    """Make the new member of etcd a voter, once it has caught up."""
    for _try in range(100):
        try:
            members = [line.split(", ") for line in etcdctl("member", "list", "-w", "simple", endpoint=other).splitlines()]
            etcdctl("member", "promote", next(each[0] for each in members if each[2] == name), endpoint=other)
            return
        except (subprocess.CalledProcessError, StopIteration):
            time.sleep(0.2)
    fail("error execution phase control-plane-join/etcd: the new member does not catch up")


def cipher(data, key, *mode):
    return pki.openssl("enc", "-aes-256-cbc", "-K", key, "-iv", "0" * 32, *mode, given=data)


def upload_certs(etcd):
    """Lay out what the control plane's hosts share under a key, and print the key. etcd: the external one's place, or None."""
    key = secrets.token_hex(32)
    files = ["ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key"]
    files += [etcd["caFile"], etcd["certFile"], etcd["keyFile"]] if etcd else ["etcd/ca.crt", "etcd/ca.key"]
    bundle = json.dumps({file: (PKI / file).read_text() for file in files}).encode()
    secret = {"kind": "Secret", "apiVersion": "v1", "stringData": {"bundle": base64.b64encode(cipher(bundle, key)).decode()}}
    by_kubeconfig(HOME / "admin.conf").put(f"{SYSTEM}/secrets", "kubeadm-certs", secret)
    print(f'[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace\n[upload-certs] Using certificate key:\n{key}')
