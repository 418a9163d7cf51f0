"""Certificates and kubeconfigs of a stand-in control plane, made with openssl where kubeadm would put them."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)


import base64
import json
import subprocess
from pathlib import Path

HOME = Path("/etc/kubernetes")
PKI = HOME / "pki"


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=True).stdout


def authority(name):
    """Make an authority unless there is one."""
    key, certificate = PKI / f"{name}.key", PKI / f"{name}.crt"
    certificate.parent.mkdir(parents=True, exist_ok=True)
    if certificate.exists():
        return
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
    use = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl("req", "-x509", "-new", "-key", str(key), "-days", "3650", "-subj", f"/CN={name.replace('/', '-')}", *use, "-out", str(certificate))
    key.chmod(0o600)


def issue(signer, name, subject, names=(), days=365):
    """Make key and certificate. name: path without ending, below pki/ unless it is absolute. names: DNS:x and IP:y."""
    place = PKI / name
    place.parent.mkdir(parents=True, exist_ok=True)
    key = f"{place}.key"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    Path(key).chmod(0o600)
    request = openssl("req", "-new", "-key", key, "-subj", subject)
    extensions = Path(f"{place}.ext")
    alternative = f"subjectAltName={','.join(names)}\n" if names else ""
    extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n{alternative}")
    serial = "0x" + openssl("rand", "-hex", "16").decode().strip()
    by = ["-CA", f"{PKI}/{signer}.crt", "-CAkey", f"{PKI}/{signer}.key", "-set_serial", serial]
    openssl("x509", "-req", *by, "-days", str(days), "-extfile", str(extensions), "-out", f"{place}.crt", given=request)
    extensions.unlink()


def kubeconfig(path, endpoint, user):
    """Write a kubeconfig. user: what its user has besides the authority."""
    data = base64.b64encode((PKI / "ca.crt").read_bytes()).decode()
    words = {"apiVersion": "v1", "kind": "Config", "current-context": "it", "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}]}
    words["clusters"] = [{"name": "it", "cluster": {"server": f"https://{endpoint}", "certificate-authority-data": data}}]
    words["users"] = [{"name": "it", "user": user}]
    # kubectl takes JSON as YAML; what looks for certificates in lines of their own finds them.
    path.write_text(json.dumps(words, indent=1))
    path.chmod(0o600)


def administrator(path, endpoint, subject="/O=kubeadm:cluster-admins/CN=kubernetes-admin"):
    """Write a kubeconfig with a fresh client certificate in it."""
    issue("ca", "/tmp/standin-admin", subject)
    files = {name: Path(f"/tmp/standin-admin.{ending}") for name, ending in (("client-certificate", "crt"), ("client-key", "key"))}
    kubeconfig(path, endpoint, {f"{name}-data": base64.b64encode(file.read_bytes()).decode() for name, file in files.items()})
    for file in files.values():
        file.unlink()


def control_plane(node, address, endpoint, names, stacked):
    """Make what a control-plane host has of its own; the authorities are there."""
    host = endpoint.rpartition(":")[0]
    kind = ["IP" if text.replace(".", "").isdigit() else "DNS" for text in [host, *names]]
    wanted = [f"{word}:{text}" for word, text in zip(kind, [host, *names], strict=True)]
    issue("ca", "apiserver", "/CN=kube-apiserver", list(dict.fromkeys([*wanted, f"IP:{address}", "IP:127.0.0.1", "IP:10.96.0.1", f"DNS:{node}", "DNS:kubernetes"])))
    for name in ("server", "peer") if stacked else ():
        issue("etcd/ca", f"etcd/{name}", f"/CN={node}", [f"IP:{address}", "IP:127.0.0.1", f"DNS:{node}", "DNS:localhost"])
    if stacked:
        issue("etcd/ca", "etcd/healthcheck-client", "/CN=kube-etcd-healthcheck-client")
    administrator(HOME / "admin.conf", endpoint)
    for name in ("controller-manager", "scheduler"):
        administrator(HOME / f"{name}.conf", f"{address}:{endpoint.rpartition(':')[2]}", f"/CN=system:kube-{name}")
