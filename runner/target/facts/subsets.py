"""Which facts a subset stands for, and gathering them."""

import difflib
from typing import Any, Dict, Set

from runner.target.decision import ModuleFailed
from runner.target.facts import (
    cmdline,
    cpu,
    date_time,
    devices,
    distribution,
    dmi,
    dns,
    env,
    initiators,
    load,
    local,
    lsb,
    lvm,
    memory,
    mounts,
    network,
    pkg_mgr,
    platform,
    python,
    security,
    selinux,
    service_mgr,
    ssh_keys,
    user,
    virtual,
)

HARDWARE = (cpu.collect, memory.collect, dmi.collect, devices.collect, mounts.collect, lvm.collect, load.uptime)
# family -> what gathers it, families that come along, further names of it
FAMILIES = {
    "platform": ((platform.collect,), (), "architecture kernel kernel_version machine machine_id python_version system"),
    "distribution": (
        (distribution.collect,),
        (),
        "distribution_major_version distribution_release distribution_version os_family",
    ),
    "apparmor": ((security.apparmor,), (), ""),
    "caps": ((security.caps,), (), "system_capabilities system_capabilities_enforced"),
    "cmdline": ((cmdline.collect,), (), ""),
    "date_time": ((date_time.collect,), (), ""),
    "dns": ((dns.collect,), (), ""),
    "env": ((env.collect,), (), ""),
    "fips": ((security.fips,), (), ""),
    "local": ((), (), ""),
    "lsb": ((lsb.collect,), (), ""),
    "pkg_mgr": ((), ("distribution",), ""),
    "python": ((python.collect,), (), ""),
    "selinux": ((selinux.collect,), (), ""),
    "service_mgr": ((service_mgr.collect,), ("distribution", "platform"), ""),
    "ssh_pub_keys": (
        (ssh_keys.collect,),
        (),
        "ssh_host_pub_keys ssh_host_key_dsa_public ssh_host_key_ecdsa_public ssh_host_key_ed25519_public ssh_host_key_rsa_public",
    ),
    "user": (
        (user.collect,),
        (),
        "effective_group_ids effective_user_id real_user_id user_dir user_gecos user_gid user_id user_shell user_uid",
    ),
    "chroot": ((load.chroot,), (), "is_chroot"),
    "fibre_channel_wwn": ((initiators.fibre_channel,), (), ""),
    "hardware": (HARDWARE, ("platform",), "devices mounts processor processor_cores processor_count"),
    "iscsi": ((initiators.iscsi,), (), ""),
    "loadavg": ((load.loadavg,), (), ""),
    "network": (
        (network.collect,),
        ("distribution", "platform"),
        "all_ipv4_addresses all_ipv6_addresses default_ipv4 default_ipv6 interfaces",
    ),
    "nvme": ((initiators.nvme,), (), ""),
    "systemd": ((service_mgr.systemd,), ("distribution", "platform"), ""),
    "virtual": (
        (virtual.collect,),
        (),
        "virtualization_role virtualization_tech_guest virtualization_tech_host virtualization_type",
    ),
    # other tools' facts, which we leave to the other tools
    "facter": ((), (), ""),
    "ohai": ((), (), ""),
}
MINIMAL = frozenset(
    "platform distribution apparmor caps cmdline date_time dns env fips local lsb pkg_mgr python selinux service_mgr "
    "ssh_pub_keys user".split()
)
OWNERS = {name: family for family, (_, _, names) in FAMILIES.items() for name in names.split() + [family]}


def chosen(subsets):
    """Return the families for a gather_subset list: names, `all`, `min`, and each with ! in front.

    Without `!min` the minimum is always among them. Raises ModuleFailed for an unknown name.
    """
    wanted: Set[str] = set()
    unwanted: Set[str] = set()
    named = [word for word in subsets if not word.startswith("!")]
    refused = {word[1:] for word in subsets if word.startswith("!")}
    for word in refused:
        unwanted |= FAMILIES.keys() if word == "all" else MINIMAL if word == "min" else {owner(word)}
    for word in named:
        wanted |= FAMILIES.keys() if word == "all" else MINIMAL if word == "min" else {owner(word)}
    asked_for = {owner(word) for word in named if word not in ("all", "min")}
    families = (wanted - unwanted) | asked_for
    if "min" not in refused:
        families |= MINIMAL - {owner(word) for word in refused if word != "all"}
    for family in sorted(families):
        families |= set(FAMILIES[family][1])
    return families


def owner(word):
    """Return the family a name belongs to; raises ModuleFailed when there is none."""
    if word not in OWNERS:
        names = sorted([*OWNERS, "all", "min"])
        notes = {
            "expected": "the name of a subset, with ! in front to leave it out",
            "found": "'%s'" % word,
            "nearest": difflib.get_close_matches(word, names),
            "remedy": "correct the name in gather_subset",
        }
        message = "Bad subset '%s' given to Ansible. gather_subset options allowed: %s" % (word, ", ".join(names))
        raise ModuleFailed(message, _muster=notes)
    return OWNERS[word]


def gather(system, families, fact_path, limit):
    """Return the facts of the families, names without prefix. limit: seconds for a program of the host's own facts."""
    facts: Dict[str, Any] = {}
    for family in FAMILIES:
        if family in families:
            for collect in FAMILIES[family][0]:
                facts.update(collect(system))
    if "pkg_mgr" in families:
        facts.update(pkg_mgr.collect(system, facts.get("os_family")))
    if "local" in families:
        facts.update(local.collect(system, fact_path, limit))
    return facts
