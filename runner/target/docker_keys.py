"""What may stand in Docker's daemon.json: names and kinds of keys, which flag sets the same, which take effect without a restart.

Source: dockerd(8) and the reference page "dockerd" of Docker's documentation, versions 20.10 to 28.
"""

import difflib
from typing import Any, Dict, List, Optional

_BOOLEANS = """allow-direct-routing cri-containerd debug experimental icc init ip-forward ip-forward-no-drop ip-masq ip6tables iptables
ipv6 live-restore no-new-privileges raw-logs rootless selinux-enabled tls tlsverify userland-proxy"""
_TEXTS = """api-cors-header bip bridge cgroup-parent containerd containerd-namespace containerd-plugin-namespace data-root
default-cgroupns-mode default-gateway default-gateway-v6 default-ipc-mode default-runtime default-shm-size exec-root fixed-cidr
fixed-cidr-v6 group host-gateway-ip init-path ip log-driver log-format log-level metrics-addr pidfile seccomp-profile
storage-driver swarm-default-advertise-addr tlscacert tlscert tlskey userland-proxy-path userns-remap http-proxy https-proxy no-proxy
deprecated-key-path firewall-backend bip6 graph cluster-advertise cluster-store"""
_NUMBERS = """cpu-rt-period cpu-rt-runtime max-concurrent-downloads max-concurrent-uploads max-download-attempts mtu
network-control-plane-mtu network-diagnostic-port oom-score-adjust shutdown-timeout"""
_LISTS = """allow-nondistributable-artifacts authorization-plugins cdi-spec-dirs default-address-pools dns dns-opts dns-search exec-opts
host-gateway-ips hosts insecure-registries labels node-generic-resources registry-mirrors storage-opts"""
_MAPPINGS = "builder cluster-store-opts default-network-opts default-ulimits features log-opts proxies runtimes"

_FORMS = (
    (_BOOLEANS, (bool,), "true or false"),
    (_TEXTS, (str,), "text"),
    (_NUMBERS, (int, float), "a number"),
    (_LISTS, (list,), "a list"),
    (_MAPPINGS, (dict,), "a mapping"),
)
KINDS = {name: form for form in _FORMS for name in form[0].split()}

# Keys that dockerd reads anew on SIGHUP ("Configuration reload behavior"). A key that is taken out keeps its old value until a restart.
RELOADABLE = frozenset(
    """debug labels live-restore max-concurrent-downloads max-concurrent-uploads max-download-attempts default-runtime runtimes
    authorization-plugins insecure-registries registry-mirrors shutdown-timeout features allow-nondistributable-artifacts
    default-shm-size""".split()
)

# Flags whose name is not the key's own.
FLAGS = {
    "-H": "hosts", "--host": "hosts", "-D": "debug", "-G": "group", "-s": "storage-driver", "-l": "log-level", "-b": "bridge",
    "-p": "pidfile", "-g": "data-root", "--graph": "data-root", "--log-opt": "log-opts", "--label": "labels",
    "--exec-opt": "exec-opts", "--storage-opt": "storage-opts", "--dns-opt": "dns-opts", "--default-ulimit": "default-ulimits",
    "--insecure-registry": "insecure-registries", "--registry-mirror": "registry-mirrors", "--add-runtime": "runtimes",
    "--default-address-pool": "default-address-pools", "--authorization-plugin": "authorization-plugins",
    "--node-generic-resource": "node-generic-resources", "--cluster-store-opt": "cluster-store-opts", "--feature": "features",
    "--cdi-spec-dir": "cdi-spec-dirs", "--default-network-opt": "default-network-opts",
}  # fmt: skip


def key_of(flag: str) -> Optional[str]:
    """Return the key that means the same as a flag (`-H`, `--log-opt`), or None for a flag that has none."""
    name = flag[2:] if flag.startswith("--") else ""
    return FLAGS.get(flag) or (name if name in KINDS else None)


def takes_value(flag: str) -> bool:
    """Tell whether a flag without `=` is followed by its value."""
    key = key_of(flag)
    if key is not None:
        return KINDS[key][1] != (bool,)
    return flag not in ("--validate", "-v", "--version", "--help", "-h")


def problems(settings: Dict[str, Any]) -> List[str]:
    """Return what dockerd would refuse in the content of daemon.json: unknown names (with the nearest one) and wrong kinds."""
    found = []
    for name in sorted(settings):
        if name not in KINDS:
            near = difflib.get_close_matches(name, KINDS, 1)
            found.append("%s is no key of daemon.json%s" % (name, " (did you mean %s?)" % near[0] if near else ""))
            continue
        _names, kinds, words = KINDS[name]
        value = settings[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            found.append("%s must be %s, not %s" % (name, words, _shown(value)))
    return found


def _shown(value: Any) -> str:
    return "true" if value is True else "false" if value is False else repr(value)
