"""Network interfaces, their addresses, and the addresses this host speaks from by default."""

import contextlib
import ipaddress
import re
from typing import Any, Dict, List

from runner.target.facts.netlink import Netlink
from runner.target.facts.source import link_name, names, text

FOLDER = "/sys/class/net/"
TYPES = {"1": "ether", "32": "infiniband", "512": "ppp", "772": "loopback", "65534": "tunnel"}
PROMISCUOUS = 0x100
# any address outside will do: the kernel is only asked which way it would go
OUTSIDE = {"ipv4": "8.8.8.8", "ipv6": "2404:6800:400a:800::1012"}


def collect(system):
    """Return interfaces, one fact an interface, all_ipv4_addresses, all_ipv6_addresses, default_ipv4/6, locally_reachable_ips."""
    links = {name: interface(system, name) for name in names(system, FOLDER) if system.exists(FOLDER + name + "/flags")}
    indexes = {int(text(system, FOLDER + name + "/ifindex", "0")): name for name in links}
    addresses, routes, local = asked()
    facts = described(links, indexes, addresses, routes)
    facts["locally_reachable_ips"] = local
    return facts


def asked():
    """Return what the kernel says: addresses, routes to the outside, own addresses. Nothing where netlink is closed to us."""
    addresses: List[Any] = []
    routes: Dict[str, Any] = {}
    local: Dict[str, List[str]] = {"ipv4": [], "ipv6": []}
    with contextlib.suppress(OSError):
        netlink = Netlink()
        try:
            addresses = netlink.addresses()
            for family, address in OUTSIDE.items():
                with contextlib.suppress(OSError):
                    routes[family] = netlink.route_to(address)
            local = netlink.local_routes()
        finally:
            netlink.close()
    return addresses, routes, local


def interface(system, name):
    """Return the facts of one interface without its addresses."""
    folder = FOLDER + name + "/"
    facts = {"device": name, "active": text(system, folder + "operstate") != "down"}
    mac = text(system, folder + "address")
    if mac and mac != "00:00:00:00:00:00":
        facts["macaddress"] = mac
    for key, value in (("mtu", text(system, folder + "mtu")), ("speed", text(system, folder + "speed"))):
        if re.match(r"-?\d+$", value):
            facts[key] = int(value)
    facts["type"] = TYPES.get(text(system, folder + "type"), "unknown")
    flags = text(system, folder + "flags")
    if flags:
        facts["promisc"] = bool(int(flags, 16) & PROMISCUOUS)
    for key, link in (("module", "device/driver/module"), ("pciid", "device")):
        value = link_name(system, folder + link)
        if value:
            facts[key] = value
    facts.update(bridge(system, folder))
    facts.update(bond(system, folder))
    return facts


def bridge(system, folder):
    """Return what a bridge has besides."""
    if not system.exists(folder + "bridge"):
        return {}
    facts = {"type": "bridge", "interfaces": names(system, folder + "brif")}
    identity, stp = text(system, folder + "bridge/bridge_id"), text(system, folder + "bridge/stp_state")
    if identity:
        facts["id"] = identity
    if stp:
        facts["stp"] = stp == "1"
    return facts


def bond(system, folder):
    """Return what a bond, or a member of one, has besides."""
    if not system.exists(folder + "bonding"):
        return {}
    facts = {"type": "bonding", "slaves": text(system, folder + "bonding/slaves").split()}
    for key, file in (("mode", "mode"), ("miimon", "miimon"), ("lacp_rate", "lacp_rate"), ("primary", "primary")):
        value = text(system, folder + "bonding/" + file)
        if value:
            facts[key] = value.split()[0]
    active = text(system, folder + "bonding/all_slaves_active")
    if active:
        facts["all_slaves_active"] = active == "1"
    return facts


def described(links, indexes, addresses, routes):
    """Return the facts for interfaces (name -> facts), index -> name, addresses and the routes to the outside."""
    everything = {name: dict(facts) for name, facts in links.items()}
    seen: Dict[str, List[str]] = {"ipv4": [], "ipv6": []}
    for address in addresses:
        name = indexes.get(address["index"])
        if name is None:
            continue
        label = address["label"] or name
        add_address(everything.setdefault(label.replace(":", "_"), {}), address)
        if address["address"] != "::1" and not address["address"].startswith("127."):
            seen[address["family"]].append(address["address"])
    facts: Dict[str, Any] = {re.sub("[-:]", "_", name): value for name, value in everything.items()}
    facts["interfaces"] = sorted(everything)
    facts["all_ipv4_addresses"], facts["all_ipv6_addresses"] = seen["ipv4"], seen["ipv6"]
    for family in ("ipv4", "ipv6"):
        facts["default_" + family] = default(family, routes.get(family), indexes, addresses, links)
    return facts


def add_address(facts, address):
    """Put an address among the facts of its interface."""
    if address["family"] == "ipv6":
        entry = {"address": address["address"], "prefix": str(address["prefix"]), "scope": address["scope"]}
        facts.setdefault("ipv6", []).append(entry)
    elif "ipv4" in facts:
        facts.setdefault("ipv4_secondaries", []).append(ipv4(address))
    else:
        facts["ipv4"] = ipv4(address)


def ipv4(address):
    """Return the facts of an IPv4 address."""
    network = ipaddress.ip_network("%s/%d" % (address["address"], address["prefix"]), strict=False)
    return {
        "address": address["address"],
        "broadcast": address["broadcast"],
        "netmask": str(network.netmask),
        "network": str(network.network_address),
        "prefix": str(address["prefix"]),
    }


def default(family, route, indexes, addresses, links):
    """Return default_ipv4 or default_ipv6: empty without a route to the outside."""
    name = indexes.get(route["interface"]) if route else None
    if name is None or not (route["gateway"] or route["source"]) or name == "lo":
        return {}
    facts = {"interface": name, "address": route["source"], "gateway": route["gateway"]}
    for address in addresses:
        if address["address"] != route["source"] or address["family"] != family:
            continue
        if family == "ipv4":
            facts.update(ipv4(address))
            facts["alias"] = address["label"] or name
        else:
            facts.update(prefix=str(address["prefix"]), scope=address["scope"])
    for key in ("macaddress", "mtu", "type"):
        if key in links.get(name, {}):
            facts[key] = links[name][key]
    return facts
