"""The names of the ways to reach a host, and the variables of each: known without loading what reaches it."""

from collections.abc import Mapping

KUBERNETES = ("executable", "kubeconfig", "context", "namespace", "pod", "container", "extra_args")


def _named(kind: str, *names: str) -> dict[str, str]:
    return {name: f"ansible_{kind}_{name}" for name in names}


# kind -> option -> the variable that sets it. `executable` is the program where another than the usual one is wanted.
INSIDE: Mapping[str, Mapping[str, str]] = {
    "chroot": {"executable": "ansible_chroot_exe"},
    "incus": _named("incus", "executable", "remote", "project"),
    "jail": {},
    "kubectl": _named("kubectl", *KUBERNETES),
    "lxc": _named("lxc", "executable"),
    "lxd": _named("lxd", "executable", "remote", "project"),
    "nsenter": _named("nsenter", "pid"),
    "oc": _named("oc", *KUBERNETES),
}
CONTAINERS: Mapping[str, Mapping[str, str]] = {
    "docker": {
        "container": "ansible_docker_host",
        "docker_executable": "ansible_docker_docker_command",
        "docker_extra_args": "ansible_docker_extra_args",
    },
    "podman": {"docker_executable": "ansible_podman_executable", "docker_extra_args": "ansible_podman_extra_args"},
}
OPTIONS: Mapping[str, Mapping[str, str]] = {**INSIDE, **CONTAINERS}
# Names of connection plugins -> kind.
KINDS = {
    "smart": "ssh",
    "ssh": "ssh",
    "paramiko": "ssh",
    "paramiko_ssh": "ssh",
    "local": "local",
    "docker_api": "docker",
    "fake": "fake",
    **{kind: kind for kind in OPTIONS},
}
# The kind of an address that a connection plugin written for Ansible leads to; `plugin` in `Address.extra` names it.
PLUGIN = "plugin"
COLLECTIONS = (
    "ansible.builtin.",
    "ansible.legacy.",
    "ansible.netcommon.",
    "community.docker.",
    "community.general.",
    "community.okd.",
    "containers.podman.",
    "kubernetes.core.",
)
