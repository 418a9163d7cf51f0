"""Block devices with their partitions and links, from /sys/block and /dev/disk."""

import re
from typing import Any, Dict, List

from runner.target.facts.source import link_name, names, text

UNITS = ((1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"), (1, "Bytes"))
LINKS = (("ids", "by-id"), ("uuids", "by-uuid"), ("labels", "by-label"))
SECTOR = 512


def collect(system):
    """Return devices and device_links."""
    links = {key: linked(system, "/dev/disk/" + folder) for key, folder in LINKS}
    links["masters"] = masters(system)
    return {"device_links": links, "devices": {name: device(system, name, links) for name in names(system, "/sys/block")}}


def linked(system, folder):
    """Return device name -> the names that lead to it in a folder of /dev/disk, escapes of udev decoded."""
    found: Dict[str, List[str]] = {}
    for name in names(system, folder):
        target = link_name(system, folder + "/" + name)
        if target:
            found.setdefault(target, []).append(re.sub(r"\\x([0-9a-f]{2})", lambda each: chr(int(each.group(1), 16)), name))
    return found


def masters(system):
    """Return device name -> the devices built upon it (RAID, device mapper)."""
    found: Dict[str, List[str]] = {}
    for name in names(system, "/sys/block"):
        for slave in names(system, "/sys/block/%s/slaves" % name):
            found.setdefault(slave, []).append(name)
    return found


def links_of(name, links):
    """Return the links of one device."""
    return {key: links[key].get(name, []) for key in ("ids", "labels", "masters", "uuids")}


def device(system, name, links):
    """Return the facts of one block device."""
    folder = "/sys/block/%s/" % name
    size = int(text(system, folder + "size", "0"))
    facts = {
        "virtual": 1,
        "links": links_of(name, links),
        "vendor": text(system, folder + "device/vendor", None),
        "model": text(system, folder + "device/model", None),
        "sas_address": text(system, folder + "device/sas_address", None),
        "sas_device_handle": text(system, folder + "device/sas_device_handle", None),
        "removable": text(system, folder + "removable", None),
        "rotational": text(system, folder + "queue/rotational", None),
        "support_discard": discards(system, folder),
        "scheduler_mode": scheduler(text(system, folder + "queue/scheduler")),
        "partitions": partitions(system, name, links),
        "sectors": size,
        "sectorsize": text(system, folder + "queue/logical_block_size", str(SECTOR)),
        "size": human(size * SECTOR),
        "host": "",
        "holders": names(system, folder + "holders"),
    }
    for key in ("serial", "wwid"):
        value = text(system, folder + "device/" + key)
        if value:
            facts["wwn" if key == "wwid" else key] = value
    return facts


def discards(system, folder):
    """Return the size of the smallest discard, "0" when the device has none."""
    return text(system, folder + "queue/discard_granularity", None)


def scheduler(content):
    """Return the scheduler in use, the one in square brackets."""
    chosen = re.search(r"\[([^\]]+)\]", content)
    return chosen.group(1) if chosen else ""


def partitions(system, name, links):
    """Return partition name -> its facts."""
    found: Dict[str, Any] = {}
    for part in names(system, "/sys/block/" + name):
        folder = "/sys/block/%s/%s/" % (name, part)
        if not part.startswith(name) or not system.exists(folder + "start"):
            continue
        sectors = int(text(system, folder + "size", "0"))
        found[part] = {
            "links": links_of(part, links),
            "start": text(system, folder + "start", "0"),
            "sectors": str(sectors),
            "sectorsize": text(system, "/sys/block/%s/queue/logical_block_size" % name, str(SECTOR)),
            "size": human(sectors * SECTOR),
            "uuid": (links["uuids"].get(part) or [None])[0],
            "holders": names(system, folder + "holders"),
        }
    return found


def human(size):
    """Return bytes as Ansible writes them: `252.00 GB`."""
    for unit, name in UNITS:
        if size >= unit:
            return "%.2f %s" % (size / unit, name)
    return "0.00 Bytes"
