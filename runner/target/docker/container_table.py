"""Where each option of docker_container lives in the engine's API, how it is compared, and which can change without a new container.

Source: docs.docker.com/engine/api, ContainerCreate, ContainerInspect, ContainerUpdate.
"""

from typing import Any, Dict, Tuple

# option -> (kind of comparison, section, key). Sections: Config and HostConfig, as in the inspection.
_CONFIG = {
    "command": ("list", "Cmd"), "entrypoint": ("list", "Entrypoint"), "domainname": ("value", "Domainname"),
    "hostname": ("value", "Hostname"), "interactive": ("value", "OpenStdin"), "tty": ("value", "Tty"), "user": ("value", "User"),
    "working_dir": ("value", "WorkingDir"), "stop_signal": ("value", "StopSignal"), "stop_timeout": ("value", "StopTimeout"),
    "labels": ("dict", "Labels"), "env": ("set", "Env"), "exposed_ports": ("set", "ExposedPorts"), "healthcheck": ("dict", "Healthcheck"),
    "mac_address": ("value", "MacAddress"), "detach": ("value", "AttachStdout"),
}  # fmt: skip
_HOST = {
    "auto_remove": ("value", "AutoRemove"), "blkio_weight": ("value", "BlkioWeight"), "cap_drop": ("set", "CapDrop"),
    "capabilities": ("set", "CapAdd"), "cgroup_parent": ("value", "CgroupParent"), "cgroupns_mode": ("value", "CgroupnsMode"),
    "cpu_period": ("value", "CpuPeriod"), "cpu_quota": ("value", "CpuQuota"), "cpu_shares": ("value", "CpuShares"),
    "cpus": ("value", "NanoCpus"), "cpuset_cpus": ("value", "CpusetCpus"), "cpuset_mems": ("value", "CpusetMems"),
    "device_cgroup_rules": ("set", "DeviceCgroupRules"), "device_read_bps": ("set(dict)", "BlkioDeviceReadBps"),
    "device_read_iops": ("set(dict)", "BlkioDeviceReadIOps"), "device_write_bps": ("set(dict)", "BlkioDeviceWriteBps"),
    "device_write_iops": ("set(dict)", "BlkioDeviceWriteIOps"), "device_requests": ("set(dict)", "DeviceRequests"),
    "devices": ("set(dict)", "Devices"), "dns_opts": ("set", "DnsOptions"), "dns_search_domains": ("list", "DnsSearch"),
    "dns_servers": ("list", "Dns"), "etc_hosts": ("set", "ExtraHosts"), "groups": ("set", "GroupAdd"), "init": ("value", "Init"),
    "ipc_mode": ("value", "IpcMode"), "kernel_memory": ("value", "KernelMemory"), "links": ("set", "Links"),
    "memory": ("value", "Memory"), "memory_reservation": ("value", "MemoryReservation"), "memory_swap": ("value", "MemorySwap"),
    "memory_swappiness": ("value", "MemorySwappiness"), "mounts": ("set(dict)", "Mounts"), "network_mode": ("value", "NetworkMode"),
    "oom_killer": ("value", "OomKillDisable"), "oom_score_adj": ("value", "OomScoreAdj"), "pid_mode": ("value", "PidMode"),
    "pids_limit": ("value", "PidsLimit"), "privileged": ("value", "Privileged"), "publish_all_ports": ("value", "PublishAllPorts"),
    "published_ports": ("dict", "PortBindings"), "read_only": ("value", "ReadonlyRootfs"), "runtime": ("value", "Runtime"),
    "security_opts": ("set", "SecurityOpt"), "shm_size": ("value", "ShmSize"), "storage_opts": ("dict", "StorageOpt"),
    "sysctls": ("dict", "Sysctls"), "tmpfs": ("dict", "Tmpfs"), "ulimits": ("set(dict)", "Ulimits"),
    "userns_mode": ("value", "UsernsMode"), "uts": ("value", "UTSMode"), "volume_driver": ("value", "VolumeDriver"),
    "volumes": ("set", "Binds"), "volumes_from": ("set", "VolumesFrom"), "log_driver": ("value", "LogConfig.Type"),
    "log_options": ("dict", "LogConfig.Config"), "restart_policy": ("value", "RestartPolicy.Name"),
    "restart_retries": ("value", "RestartPolicy.MaximumRetryCount"),
}  # fmt: skip
TABLE: Dict[str, Tuple[str, str, str]] = dict(
    {name: (kind, "Config", key) for name, (kind, key) in _CONFIG.items()},
    **{name: (kind, "HostConfig", key) for name, (kind, key) in _HOST.items()}
)
TABLE["image"] = ("value", "", "Image")
TABLE["platform"] = ("value", "", "Platform")
# Changed in place by ContainerUpdate.
UPDATABLE = frozenset(
    "blkio_weight cpu_period cpu_quota cpu_shares cpuset_cpus cpuset_mems kernel_memory memory memory_reservation memory_swap "
    "restart_policy restart_retries".split()
)
# Values the engine reports in another way than it took them mean the same.
_NO_LIMIT = (None, 0, -1)


def get(tree: Dict[str, Any], section: str, key: str) -> Any:
    """Return what an inspection has at a section's (dotted) key."""
    found: Any = tree.get(section) if section else tree
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def put(tree: Dict[str, Any], key: str, value: Any) -> None:
    """Put a value at a dotted key."""
    parts = key.split(".")
    for part in parts[:-1]:
        tree = tree.setdefault(part, {})
    tree[parts[-1]] = value


def equal(option: str, kind: str, mode: str, wanted: Any, present: Any) -> bool:
    """Tell whether what is there is what is wanted. mode: strict or allow_more_present."""
    more = mode == "allow_more_present"
    if kind == "value":
        if option in ("pids_limit",) and wanted in _NO_LIMIT:
            return present in _NO_LIMIT
        return bool(wanted == present or (present is None and not wanted))
    if kind == "list":
        have = list(present or [])
        return _in_order(list(wanted), have) if more else list(wanted) == have
    if kind == "set":
        have_set = set(present or ())
        return set(wanted) <= have_set if more else set(wanted) == have_set
    if kind == "dict":
        return contains(present or {}, wanted) and (more or len(present or {}) == len(wanted))
    rest = list(present or [])
    found = all(any(contains(there, each) for there in rest) for each in wanted)
    return found and (more or len(rest) == len(wanted))


def _in_order(wanted: Any, have: Any) -> bool:
    left = iter(have)
    return all(any(each == there for there in left) for each in wanted)


def contains(present: Dict[str, Any], wanted: Dict[str, Any]) -> bool:
    """Tell whether a mapping has all of another; mappings inside are compared so too."""
    for key, value in wanted.items():
        there = present.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            if not contains(there, value):
                return False
        elif key not in present and value not in (None, "", 0, False, [], {}):
            return False
        elif key in present and there != value and not (there is None and not value):
            return False
    return True


def clean(value: Any) -> Any:
    """Return a value without the empty parts that the engine adds or drops, and lists of mappings in a fixed order."""
    if isinstance(value, dict):
        pairs = ((key, clean(each)) for key, each in value.items())
        return {key: each for key, each in pairs if each not in (None, "", {}, [], False)}
    if isinstance(value, list):
        return [clean(each) for each in value]
    return value
