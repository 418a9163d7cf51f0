"""Whether this host is a guest or a container, and whether it holds guests itself."""

import re

from runner.target.facts.source import text

# a pattern in /proc/1/cgroup -> kind
CGROUPS = (
    (r"/docker(/|-[0-9a-f]+\.scope)", "docker"),
    (r"/lxc/|/lxc\.payload", "lxc"),
    (r"/machine\.slice/machine-", "systemd-nspawn"),
    (r"libpod", "podman"),
    (r"/kubepods", "docker"),
)
# (a pattern for the product's name, one for the maker's) -> kind
PRODUCTS = (
    (r"^(KVM|KVM Server|Bochs|AHV)$", r"", "kvm"),
    (r"^oVirt", r"", "oVirt"),
    (r"^(RHV|RHEV)", r"", "RHEV"),
    (r"VMware", r"", "VMware"),
    (r"^VirtualBox$", r"", "virtualbox"),
    (r"^HVM domU$", r"", "xen"),
    (r"OpenStack", r"", "openstack"),
    (r"^Parallels", r"", "parallels"),
    (r"^Google Compute Engine$", r"", "kvm"),
    (r"^Virtual Machine$", r"Microsoft", "VirtualPC"),
    (r"", r"^(QEMU|Amazon EC2|DigitalOcean|Hetzner|Scaleway|Google|linode|Red Hat|oVirt)$", "kvm"),
    (r"", r"^(innotek GmbH)$", "virtualbox"),
    (r"", r"^VMware", "VMware"),
)


def collect(system):
    """Return virtualization_type, virtualization_role, virtualization_tech_guest and virtualization_tech_host."""
    guests = containers(system) + machines(system)
    hosts = []
    modules = text(system, "/proc/modules")
    if system.exists("/dev/kvm") or re.search(r"^kvm ", modules, re.MULTILINE):
        hosts.append("kvm")
    if re.search(r"^vboxdrv ", modules, re.MULTILINE):
        hosts.append("virtualbox")
    guests = list(dict.fromkeys(guests))
    kind, role = (guests[0], "guest") if guests else (hosts[0], "host") if hosts else ("NA", "NA")
    return {
        "virtualization_type": kind,
        "virtualization_role": role,
        "virtualization_tech_guest": guests,
        "virtualization_tech_host": hosts,
    }


def containers(system):
    """Return the kinds of container that the first process shows."""
    found = []
    if system.exists("/.dockerenv") or system.exists("/.dockerinit"):
        found.append("docker")
    cgroup = text(system, "/proc/1/cgroup")
    found += [kind for pattern, kind in CGROUPS if re.search(pattern, cgroup)]
    name = text(system, "/run/systemd/container")
    if not name:
        named = re.search(r"(?:^|\0)container=([^\0]*)", text(system, "/proc/1/environ"))
        name = named.group(1) if named else ""
    if name in ("docker", "lxc", "podman", "systemd-nspawn"):
        found.append(name)
    if system.exists("/proc/vz") and not system.exists("/proc/bc"):
        found.append("openvz")
    return found + ["container"] if found or name else []


def machines(system):
    """Return the kinds of virtual machine that firmware, processor and kernel show."""
    folder = "/sys/devices/virtual/dmi/id/"
    found = firmware(text(system, folder + "product_name"), text(system, folder + "sys_vendor"))
    if system.exists("/proc/xen") or text(system, "/sys/hypervisor/type") == "xen":
        found.append("xen")
    cpuinfo = text(system, "/proc/cpuinfo")
    if re.search(r"^model name.*QEMU", cpuinfo, re.MULTILINE):
        found.append("kvm")
    if re.search(r"^vendor_id.*User Mode Linux", cpuinfo, re.MULTILINE):
        found.append("uml")
    return found


def firmware(product, vendor):
    """Return the kind for what DMI says, as a list of one or none."""
    for by_product, by_vendor, kind in PRODUCTS:
        if (by_product or by_vendor) and re.search(by_product, product) and re.search(by_vendor, vendor):
            return [kind]
    return []
