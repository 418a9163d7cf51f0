"""A STAND-IN for kubeadm, for tests: same commands, flags, files and refusals, so that the role's flow can be seen without the real one."""
# ruff: noqa: E501, T201 (programs that print, and their tables and messages in one line)


import base64
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
from client import Client, Refused, by_kubeconfig
from pki import HOME, PKI
from schema import complaints

VERSION = (Path(__file__).parent / "version-kubeadm").read_text().strip()
KUBELET = Path("/var/lib/kubelet")
TRAP = Path("/run/standin-kubeadm-fails")
SYSTEM = "/api/v1/namespaces/kube-system"
CALLS = Path("/var/log/standin-kubeadm.log")


def fail(text, code=1):
    print(text, file=sys.stderr)
    raise SystemExit(code)


def documents(path):
    """Read and check a configuration file. Returns kind -> document."""
    found = [each for each in yaml.safe_load_all(Path(path).read_text()) if each]
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


def manifests(node, address, port, members, state, version):
    """Write the static pods that the stand-in kubelet runs: a real etcd, and the fake API server."""
    folder = HOME / "manifests"
    folder.mkdir(exist_ok=True)
    files = {name: str(PKI / "etcd" / name) for name in ("ca.crt", "server.crt", "server.key", "peer.crt", "peer.key")}
    etcd = [
        "etcd", f"--name={node}", "--data-dir=/var/lib/etcd", f"--listen-client-urls=https://127.0.0.1:2379,https://{address}:2379",
        f"--advertise-client-urls=https://{address}:2379", f"--listen-peer-urls=https://{address}:2380",
        f"--initial-advertise-peer-urls=https://{address}:2380", f"--initial-cluster={members}", f"--initial-cluster-state={state}",
        f"--cert-file={files['server.crt']}", f"--key-file={files['server.key']}", "--client-cert-auth=true", f"--trusted-ca-file={files['ca.crt']}",
        f"--peer-cert-file={files['peer.crt']}", f"--peer-key-file={files['peer.key']}", "--peer-client-cert-auth=true",
        f"--peer-trusted-ca-file={files['ca.crt']}", "--logger=zap",
    ]  # fmt: skip
    pods = {"etcd": etcd, "kube-apiserver": [sys.executable, str(Path(__file__).parent / "api.py"), str(port), version]}
    pods.update({"kube-controller-manager": ["sleep", "infinity"], "kube-scheduler": ["sleep", "infinity"]})
    for name, command in pods.items():
        (folder / f"{name}.yaml").write_text(json.dumps({"kind": "Pod", "spec": {"containers": [{"name": name, "command": command}]}}))


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


def init(flags):
    found = documents(flags["--config"])
    mine, cluster = found["InitConfiguration"], found["ClusterConfiguration"]
    registration, local = mine["nodeRegistration"], mine["localAPIEndpoint"]
    if cluster["kubernetesVersion"].split(".")[:2] != VERSION.split(".")[:2]:
        fail(f"this version of kubeadm only supports deploying clusters with its own control plane version, not {cluster['kubernetesVersion']}")
    preflight(registration.get("ignorePreflightErrors", []), ["/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/kubelet.conf"])
    name, address, endpoint = registration["name"], local["advertiseAddress"], cluster["controlPlaneEndpoint"]
    for each in ("ca", "etcd/ca", "front-proxy-ca"):
        pki.authority(each)
    pki.control_plane(name, address, endpoint, cluster["apiServer"].get("certSANs", []))
    manifests(name, address, local["bindPort"], f"{name}=https://{address}:2380", "new", cluster["kubernetesVersion"])
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
    if "controlPlane" in mine:
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
    for file, text in bundle.items():
        (PKI / file).parent.mkdir(parents=True, exist_ok=True)
        (PKI / file).write_text(text)
    cluster = yaml.safe_load(client.ask("GET", f"{SYSTEM}/configmaps/kubeadm-config")["data"]["ClusterConfiguration"])
    pki.control_plane(name, address, endpoint, cluster["apiServer"].get("certSANs", []))
    nodes = client.ask("GET", "/api/v1/nodes")["items"]
    others = [each["status"]["addresses"][0]["address"] for each in nodes if "node-role.kubernetes.io/control-plane" in each["metadata"]["labels"]]
    said = etcdctl("member", "add", name, "--learner", f"--peer-urls=https://{address}:2380", endpoint=others[0])
    members = re.search(r'ETCD_INITIAL_CLUSTER="([^"]+)"', said)[1]
    manifests(name, address, words["localAPIEndpoint"]["bindPort"], members, "existing", cluster["kubernetesVersion"])
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


def upload_certs():
    key = secrets.token_hex(32)
    files = ["ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "front-proxy-ca.crt", "front-proxy-ca.key"]
    bundle = json.dumps({file: (PKI / file).read_text() for file in files}).encode()
    secret = {"kind": "Secret", "apiVersion": "v1", "stringData": {"bundle": base64.b64encode(cipher(bundle, key)).decode()}}
    by_kubeconfig(HOME / "admin.conf").put(f"{SYSTEM}/secrets", "kubeadm-certs", secret)
    print(f'[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace\n[upload-certs] Using certificate key:\n{key}')


def phase(words, flags):
    if words[0] == "upload-certs" and "--upload-certs" in flags:
        documents(flags["--config"])
        return upload_certs()
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
        words["spec"]["containers"][0]["command"][-1] = version
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
        members = [line.split(", ") for line in etcdctl("member", "list", "-w", "simple").splitlines()]
        if len(members) > 1:
            etcdctl("member", "remove", next(each[0] for each in members if each[2] == name))
    except subprocess.CalledProcessError as error:
        print(f"[reset] failed to remove etcd member: {error.stderr}; please manually remove it", file=sys.stderr)


def reset(flags):
    if "--force" not in flags:
        fail("[reset] Are you sure you want to proceed? [y/N]: EOF")
    name = json.loads((KUBELET / "node").read_text())["name"] if (KUBELET / "node").exists() else ""
    if (HOME / "manifests" / "etcd.yaml").exists():
        leave_etcd(name)
    subprocess.run(["systemctl", "stop", "kubelet"], check=True)
    left = ["/etc/kubernetes/manifests", "/etc/kubernetes/pki", "/var/lib/etcd", *map(str, HOME.glob("*.conf")), *map(str, KUBELET.glob("*"))]
    subprocess.run(["rm", "-rf", *left], check=True)


def renew():
    node = json.loads((KUBELET / "node").read_text())
    cluster = yaml.safe_load(by_kubeconfig(HOME / "admin.conf").ask("GET", f"{SYSTEM}/configmaps/kubeadm-config")["data"]["ClusterConfiguration"])
    pki.control_plane(node["name"], node["address"], cluster["controlPlaneEndpoint"], cluster["apiServer"].get("certSANs", []))


def main(argv):
    with CALLS.open("a") as log:
        log.write(" ".join(argv) + "\n")
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
