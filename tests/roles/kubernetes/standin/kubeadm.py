"""A STAND-IN for kubeadm, for tests: same commands, flags, files and refusals, so that the role's flow can be seen without the real one."""
# ruff: noqa: E501, T201 (programs that print, and their tables and messages in one line)


import base64
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pki
import pods
import yaml
from client import Refused, by_kubeconfig
from joining import join, upload_certs
from journal import journal
from pki import HOME, PKI
from steps import (
    KUBELET,
    SYSTEM,
    ca_hash,
    documents,
    etcdctl,
    external,
    fail,
    manifests,
    new_token,
    node_words,
    preflight,
    reach_etcd,
    start_kubelet,
    upload,
    wait,
)

VERSION = (Path(__file__).parent / "version-kubeadm").read_text().strip()


def init(flags):
    found = documents(flags["--config"])
    mine, cluster = found["InitConfiguration"], found["ClusterConfiguration"]
    registration, local = mine["nodeRegistration"], mine["localAPIEndpoint"]
    if cluster["kubernetesVersion"].split(".")[:2] != VERSION.split(".")[:2]:
        fail(f"this version of kubeadm only supports deploying clusters with its own control plane version, not {cluster['kubernetesVersion']}")
    preflight(registration.get("ignorePreflightErrors", []), ["/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/kubelet.conf"])
    if external(cluster):
        reach_etcd(external(cluster))
    name, address, endpoint = registration["name"], local["advertiseAddress"], cluster["controlPlaneEndpoint"]
    for each in ("ca", "front-proxy-ca") if external(cluster) else ("ca", "etcd/ca", "front-proxy-ca"):
        pki.authority(each)
    pki.control_plane(name, address, endpoint, cluster["apiServer"].get("certSANs", []), not external(cluster))
    manifests(name, cluster, local["bindPort"], address)
    pki.issue("ca", "/tmp/standin-node", f"/O=system:nodes/CN=system:node:{name}")
    pair = {word: base64.b64encode(Path(f"/tmp/standin-node.{end}").read_bytes()).decode() for word, end in (("client-certificate-data", "crt"), ("client-key-data", "key"))}
    start_kubelet(found["KubeletConfiguration"], node_words(registration, address, True), endpoint, pair)
    admin = by_kubeconfig(HOME / "admin.conf")
    wait(lambda: admin.ask("GET", "/readyz"))
    wait(lambda: admin.ask("GET", f"/api/v1/nodes/{name}"))
    upload(admin, found)
    admin.put("/api/v1/namespaces/kube-public/configmaps", "cluster-info", {"kind": "ConfigMap", "apiVersion": "v1", "data": {"ca": (PKI / "ca.crt").read_text()}})
    for each in mine.get("bootstrapTokens", []):
        new_token(admin, each["ttl"])


def phase(words, flags):
    if words[0] == "upload-certs" and "--upload-certs" in flags:
        return upload_certs(external(documents(flags["--config"])["ClusterConfiguration"]))
    found = documents(flags["--config"])
    if words[:2] == ["upload-config", "all"]:
        return upload(by_kubeconfig(HOME / "admin.conf"), found)
    if words[:2] == ["control-plane", "all"]:
        return None
    return fail(f"unknown phase {words}")


def token(words, flags):
    admin = by_kubeconfig(HOME / "admin.conf")
    if words[0] == "create":
        made, endpoint = new_token(admin, flags["--ttl"]), admin.endpoint
        print(f"kubeadm join {endpoint} --token {made} --discovery-token-ca-cert-hash {ca_hash((PKI / 'ca.crt').read_text())} ")
    else:
        admin.ask("DELETE", f"{SYSTEM}/secrets/bootstrap-token-{words[1]}")
        print(f'bootstrap token "{words[1]}" deleted')


def take_version(version):
    """Have the API server of this host begin anew as of another version."""
    file = HOME / "manifests" / "kube-apiserver.yaml"
    if file.exists():
        words = json.loads(file.read_text())
        words["spec"]["containers"][0]["command"][3] = version
        file.write_text(json.dumps(words))


def kubelet_config():
    config = by_kubeconfig(HOME / "kubelet.conf").ask("GET", f"{SYSTEM}/configmaps/kubelet-config")["data"]["kubelet"]
    (KUBELET / "config.yaml").write_text(config)


def upgrade(words, flags):
    client = by_kubeconfig(HOME / ("admin.conf" if (HOME / "admin.conf").exists() else "kubelet.conf"))
    config = client.ask("GET", f"{SYSTEM}/configmaps/kubeadm-config")
    cluster = yaml.safe_load(config["data"]["ClusterConfiguration"])
    if words[0] == "apply":
        if words[1] != VERSION:
            fail(f'[upgrade/version] FATAL: Specified version to upgrade to "{words[1]}" is not the kubeadm version "{VERSION}"')
        if "--yes" not in flags:
            fail("[upgrade/confirm] Are you sure you want to proceed? [y/N]: EOF")
        cluster["kubernetesVersion"] = VERSION
        client.put(f"{SYSTEM}/configmaps", "kubeadm-config", {"kind": "ConfigMap", "apiVersion": "v1", "data": {"ClusterConfiguration": yaml.safe_dump(cluster)}})
    if words[:2] != ["node", "phase"]:
        take_version(cluster["kubernetesVersion"])
        if (HOME / "admin.conf").exists():
            time.sleep(1)
            wait(lambda: client.ask("GET", "/readyz"))
    kubelet_config()


def leave_etcd(name):
    try:
        by_kubeconfig(HOME / "admin.conf").ask("GET", f"/api/v1/nodes/{name}")
    except (Refused, OSError):
        print("[reset] No kubeadm config, using etcd pod spec to get data directory", file=sys.stderr)
        return
    try:
        members = [line.split(", ") for line in etcdctl("member", "list", "-w", "simple").splitlines()]
        if len(members) > 1:
            etcdctl("member", "remove", next(each[0] for each in members if each[2] == name))
    except subprocess.CalledProcessError as error:
        print(f"[reset] failed to remove etcd member: {error.stderr}; please manually remove it", file=sys.stderr)


def reset(flags):
    if "--force" not in flags:
        fail("[reset] Are you sure you want to proceed? [y/N]: EOF")
    name = json.loads((KUBELET / "node").read_text())["name"] if (KUBELET / "node").exists() else ""
    left = ["/etc/kubernetes/manifests", "/etc/kubernetes/pki", *map(str, HOME.glob("*.conf"))]
    if (HOME / "manifests" / "etcd.yaml").exists():
        leave_etcd(name)
        left += map(str, Path("/var/lib/etcd").glob("*"))
    subprocess.run(["systemctl", "stop", "kubelet"], check=True)
    for each in pods.running():
        pods.stop(each)
    subprocess.run(["rm", "-rf", *left, *map(str, KUBELET.glob("*"))], check=True)


def renew():
    node = json.loads((KUBELET / "node").read_text())
    cluster = yaml.safe_load(by_kubeconfig(HOME / "admin.conf").ask("GET", f"{SYSTEM}/configmaps/kubeadm-config")["data"]["ClusterConfiguration"])
    pki.control_plane(node["name"], node["address"], cluster["controlPlaneEndpoint"], cluster["apiServer"].get("certSANs", []), not external(cluster))


def main(argv):
    journal(" ".join(["kubeadm", *argv]))
    flags, words, rest = {}, [], iter(argv)
    for word in rest:
        if word.startswith("-") and "=" in word:
            flags[word.partition("=")[0]] = word.partition("=")[2]
        elif word in ("--config", "--ttl", "-o"):
            flags[word] = next(rest)
        elif word.startswith("-"):
            flags[word] = True
        else:
            words.append(word)
    known = {"--config", "--ttl", "-o", "--skip-token-print", "--upload-certs", "--print-join-command", "--yes", "--force", "--cri-socket", "--ignore-preflight-errors"}
    if set(flags) - known:
        fail(f"unknown flag: {', '.join(sorted(set(flags) - known))}")
    match words:
        case ["version"]:
            print(VERSION)
        case ["config", "validate"]:
            documents(flags["--config"])
        case ["init"]:
            init(flags)
        case ["init", "phase", *names]:
            phase(names, flags)
        case ["join"]:
            join(flags)
        case ["token", *names]:
            token(names, flags)
        case ["upgrade", *names]:
            upgrade(names, flags)
        case ["reset"]:
            reset(flags)
        case ["certs", "renew", "all"]:
            renew()
        case _:
            fail(f"unknown command {' '.join(words)!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
