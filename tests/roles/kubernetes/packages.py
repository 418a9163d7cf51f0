"""Debian packages with the stand-ins for kubeadm and kubelet, and the real kubectl, made without Debian's tools."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)


import gzip
import io
import tarfile
from pathlib import Path

STANDIN = Path(__file__).parent / "standin"
LIBRARY = "usr/lib/kubernetes-standin"
PROGRAM = "#!/bin/sh\nexec python3 /" + LIBRARY + '/{name}.py "$@"\n'
UNIT = """[Unit]
Description=Stand-in for kubelet
StartLimitIntervalSec=0
[Service]
EnvironmentFile=-/etc/default/kubelet
ExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS
KillMode=process
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
"""
RELOAD = "#!/bin/sh\nsystemctl daemon-reload || true\n"


def archive(files):
    """Return a gzipped tar. files: path -> (content, mode)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        folders = sorted({str(parent) for path in files for parent in Path(path).parents if str(parent) != "."})
        for folder in folders:
            entry = tarfile.TarInfo(f"./{folder}")
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for path, (content, mode) in files.items():
            entry = tarfile.TarInfo(f"./{path}")
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), 1, mtime=0)


def package(folder, name, version, files, scripts=None, depends=""):
    """Write name_version_all.deb, an ar of three members, as deb(5) has it."""
    control = f"Package: {name}\nVersion: {version}-1.1\nArchitecture: all\nMaintainer: Muster <tests@localhost>\n"
    control += (f"Depends: {depends}\n" if depends else "") + f"Description: stand-in for {name}, for tests of Muster\n"
    parts = {"control": (control.encode(), 0o644), **{key: (text.encode(), 0o755) for key, text in (scripts or {}).items()}}
    members = {"debian-binary": b"2.0\n", "control.tar.gz": archive(parts), "data.tar.gz": archive(files)}
    data = b"!<arch>\n"
    for member, content in members.items():
        data += f"{member:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2)
    (folder / f"{name}_{version}-1.1_all.deb").write_bytes(data)


def standins(folder, version, kubectl=None):
    """Write the packages of one version. kubectl: path of the real program, or None for a folder without it."""
    folder.mkdir(parents=True, exist_ok=True)
    own = ("kubeadm.py", "kubelet.py")
    shared = [path for path in sorted(STANDIN.rglob("*")) if path.suffix in (".py", ".json") and path.name not in own]
    package(folder, "kubernetes-standin", version, {f"{LIBRARY}/{path.relative_to(STANDIN)}": (path.read_bytes(), 0o644) for path in shared}, depends="python3-yaml, openssl")
    for name in ("kubeadm", "kubelet"):
        files = {f"usr/bin/{name}": (PROGRAM.format(name=name).encode(), 0o755)}
        files[f"{LIBRARY}/{name}.py"] = ((STANDIN / f"{name}.py").read_bytes(), 0o644)
        files[f"{LIBRARY}/version-{name}"] = (f"v{version}\n".encode(), 0o644)
        if name == "kubelet":
            files["lib/systemd/system/kubelet.service"] = (UNIT.encode(), 0o644)
        package(folder, name, version, files, {"postinst": RELOAD} if name == "kubelet" else {}, "kubernetes-standin")
    if kubectl:
        package(folder, "kubectl", version, {"usr/bin/kubectl": (Path(kubectl).read_bytes(), 0o755)})
