"""The names by which this host is known to storage: iSCSI, NVMe over fabrics, Fibre Channel."""

import re

from runner.target.facts.source import names, text


def iscsi(system):
    """Return iscsi_iqn, "" when there is none."""
    found = re.search(r"^InitiatorName=(\S+)", text(system, "/etc/iscsi/initiatorname.iscsi"), re.MULTILINE)
    return {"iscsi_iqn": found.group(1) if found else ""}


def nvme(system):
    """Return hostnqn, "" when there is none."""
    return {"hostnqn": text(system, "/etc/nvme/hostnqn")}


def fibre_channel(system):
    """Return fibre_channel_wwn: the port names, without their 0x."""
    ports = (text(system, "/sys/class/fc_host/%s/port_name" % host) for host in names(system, "/sys/class/fc_host"))
    return {"fibre_channel_wwn": [port[2:] if port.startswith("0x") else port for port in ports if port]}
