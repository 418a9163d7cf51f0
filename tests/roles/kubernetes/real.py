"""Packages and archives of images with the REAL parts of Kubernetes, from a folder of binaries that somebody else made.

Nothing of Kubernetes is in this repository or comes from a network. The folder has, in bin/: kubeadm, kubelet, kubectl, kube-apiserver,
kube-controller-manager, kube-scheduler, kube-proxy and pause; in root/ what Debian's packages etcd-server, etcd-client, busybox-static,
iptables and the libraries that these need unpack to; network.yml, the manifest of a pod network, and in images/ archives of its images.
"""

import io
import json
import shutil
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

from tests.roles.kubernetes.packages import RELOAD, package

SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
COREDNS = "coredns/coredns"
LIBRARIES = ("ld-linux-x86-64", "libc", "libm", "libxtables", "libmnl", "libnftnl", "libip4tc", "libip6tc")
TOOLS = "sh sleep tar sha256sum cat httpd echo env ls cp mv mkdir sed ip nslookup wget chroot".split()
IPTABLES = [f"{name}{end}" for name in ("iptables", "ip6tables") for end in ("", "-save", "-restore")]
UNIT = """[Unit]
Description=kubelet: The Kubernetes Node Agent
Wants=network-online.target
After=network-online.target
[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=2
[Install]
WantedBy=multi-user.target
"""
# As the project's own package has it.
DROPIN = """[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \\
  --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"""
# Answers as a CoreDNS that is well does, and resolves nothing. It may write nowhere.
DNS = b"#!/bin/sh\nhttpd -p 8181 -h /well\nexec httpd -f -p 8080 -h /well\n"
WELL = {"well/health": b"OK\n", "well/ready": b"OK\n"}
SERVE = ["/bin/httpd", "-f", "-p", "8080", "-h", "/www"]


def version(binaries: Path) -> str:
    """Return the version that the kubeadm of the folder says it has, without its v."""
    said = subprocess.run([binaries / "bin/kubeadm", "version", "-o", "short"], capture_output=True, text=True, timeout=30, check=True)
    return said.stdout.strip().removeprefix("v")


def packages(binaries: Path, to: Path) -> None:
    """Write the packages of kubeadm, kubelet and kubectl."""
    to.mkdir(parents=True)
    for name in ("kubeadm", "kubelet", "kubectl"):
        files = {f"usr/bin/{name}": ((binaries / "bin" / name).read_bytes(), 0o755)}
        if name == "kubelet":
            files["usr/lib/systemd/system/kubelet.service"] = (UNIT.encode(), 0o644)
            files["usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"] = (DROPIN.encode(), 0o644)
        package(to, name, version(binaries), files, {"postinst": RELOAD} if name == "kubelet" else {})


def images(binaries: Path, to: Path) -> None:
    """Write archives of the images: all into to/control, what a worker needs into to/worker as well."""
    for folder in ("control", "worker"):
        (to / folder).mkdir(parents=True)
    release, asked = version(binaries), wanted(binaries)
    made = {name: (f"{name}:v{release}", _bin(binaries, name), None) for name in SERVERS}
    made["etcd"] = (asked["etcd"], {**_programs(binaries, "usr/bin", ("etcd", "etcdctl", "etcdutl")), **_libraries(binaries)}, None)
    made["pause"] = (asked["pause"], {"pause": _read(binaries / "bin/pause")}, ["/pause"])
    made["coredns"] = (asked[COREDNS], {**_busybox(binaries), **WELL, "coredns": DNS}, ["/coredns"])
    proxy = {**_bin(binaries, "kube-proxy"), **_busybox(binaries), **_iptables(binaries)}
    made["kube-proxy"] = (f"kube-proxy:v{release}", proxy, None)
    for tag in ("1", "2"):
        made[f"web{tag}"] = (f"web:{tag}", {**_busybox(binaries), "www/index.html": f"web {tag}\n".encode()}, SERVE)
    for name, (tag, files, start) in made.items():
        archive = to / "control" / f"{name}.tar"
        archive.write_bytes(_image(f"registry.k8s.io/{tag}", files, start))
        if name not in (*SERVERS, "etcd"):
            (to / "worker" / archive.name).hardlink_to(archive)
    for archive in (binaries / "images").glob("*.tar"):
        for folder in ("control", "worker"):
            shutil.copy(archive, to / folder)


def wanted(binaries: Path) -> dict[str, str]:
    """Return name -> name:tag of the images that this kubeadm asks for; etcd is the one of Debian that is in the folder."""
    argv = [binaries / "bin/kubeadm", "config", "images", "list", "--kubernetes-version", f"v{version(binaries)}"]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    short = [line.removeprefix("registry.k8s.io/") for line in said]
    return {each.rpartition(":")[0]: each for each in short} | {"etcd": f"etcd:{etcd_tag(binaries)}"}


def etcd_tag(binaries: Path) -> str:
    """Return the tag of the image of etcd, by which kubeadm knows which flags it takes."""
    root = binaries / "root"
    loader = next(root.glob("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so*"))
    argv = [loader, "--library-path", root / "usr/lib/x86_64-linux-gnu", root / "usr/bin/etcd", "--version"]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True).stdout
    return said.partition("etcd Version: ")[2].split()[0] + "-0"


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _bin(binaries: Path, name: str) -> dict[str, object]:
    return {f"usr/local/bin/{name}": _read(binaries / "bin" / name)}


def _programs(binaries: Path, folder: str, names: tuple[str, ...]) -> dict[str, object]:
    return {f"usr/local/bin/{name}": _read(binaries / "root" / folder / name) for name in names}


def _libraries(binaries: Path) -> dict[str, object]:
    """Return the libraries, and the loader where programs look for it."""
    folder = binaries / "root/usr/lib/x86_64-linux-gnu"
    files = [each for name in LIBRARIES for each in folder.glob(f"{name}.so*")]
    found: dict[str, object] = {f"lib/x86_64-linux-gnu/{each.name}": _read(each) for each in files}
    return {**found, "lib64/ld-linux-x86-64.so.2": _read(folder / "ld-linux-x86-64.so.2")}


def _busybox(binaries: Path) -> dict[str, object]:
    """Return busybox and its names; a value that is a Path is a link."""
    return {"bin/busybox": _read(binaries / "root/usr/bin/busybox"), **{f"bin/{name}": Path("busybox") for name in TOOLS}}


def _iptables(binaries: Path) -> dict[str, object]:
    folder = "usr/lib/x86_64-linux-gnu/xtables"
    files = list((binaries / "root" / folder).glob("*.so"))
    found = {f"{folder}/{each.name}": each.readlink() if each.is_symlink() else _read(each) for each in files}
    program = {"usr/sbin/xtables-nft-multi": _read(binaries / "root/usr/sbin/xtables-nft-multi")}
    return {**found, **program, **{f"usr/sbin/{name}": Path("xtables-nft-multi") for name in IPTABLES}, **_libraries(binaries)}


def _image(name: str, files: dict[str, object], start: list[str] | None) -> bytes:
    """Return the archive of an image of one layer, as `docker save` writes it."""
    layer = _tar(files)
    digest = sha256(layer).hexdigest()
    own = {"Env": ["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Entrypoint": start}
    config = {"architecture": "amd64", "os": "linux", "config": own, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    return _tar({"config.json": json.dumps(config).encode(), "layer.tar": layer, "manifest.json": json.dumps(manifest).encode()})


def _tar(files: dict[str, object]) -> bytes:
    """Return a tar. files: path -> content, or a Path that it links to."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in {"tmp": None, **files}.items():
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            if content is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
            elif isinstance(content, Path):
                entry.type, entry.linkname = tarfile.SYMTYPE, str(content)
            elif isinstance(content, bytes):
                entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()
