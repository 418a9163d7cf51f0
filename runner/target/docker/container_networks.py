"""The networks of a container: what is to be connected, reconnected or disconnected (decided purely), and doing it."""

import ipaddress
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.docker.container_wanted import link


def endpoint(network: Dict[str, Any]) -> Dict[str, Any]:
    """Return the endpoint settings of the API for one of the user's networks."""
    found: Dict[str, Any] = {}
    addresses = {key: value for key, value in (("IPv4Address", network["ipv4_address"]), ("IPv6Address", network["ipv6_address"])) if value}
    if addresses:
        found["IPAMConfig"] = addresses
    if network["links"]:
        found["Links"] = [link(each) for each in network["links"]]
    if network["aliases"]:
        found["Aliases"] = list(network["aliases"])
    if network["mac_address"]:
        found["MacAddress"] = network["mac_address"]
    return found


def _address(text: Optional[str]) -> Optional[str]:
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return text


def differs(network: Dict[str, Any], there: Dict[str, Any]) -> bool:
    """Tell whether a connection is other than wanted; only what the user gave counts. there: from the inspection."""
    ipam = there.get("IPAMConfig") or {}
    for key, name in (("ipv4_address", "IPv4Address"), ("ipv6_address", "IPv6Address")):
        if network[key] and _address(network[key]) != _address(ipam.get(name)):
            return True
    if network["aliases"] and not set(network["aliases"]) <= set(there.get("Aliases") or []):
        return True
    if network["links"] and not {link(each) for each in network["links"]} <= set(there.get("Links") or []):
        return True
    return bool(network["mac_address"] and network["mac_address"] != there.get("MacAddress"))


def plan(wanted: Optional[List[Dict[str, Any]]], container: Dict[str, Any], mode: str) -> Dict[str, List[Dict[str, Any]]]:
    """Return what to do: {"connect": networks, "reconnect": networks, "disconnect": [{"name", "id"}]}. mode: the comparison."""
    work: Dict[str, List[Dict[str, Any]]] = {"connect": [], "reconnect": [], "disconnect": []}
    if wanted is None or mode == "ignore":
        return work
    have = (container.get("NetworkSettings") or {}).get("Networks") or {}
    for network in wanted:
        there = have.get(network["name"])
        if there is None:
            work["connect"].append(network)
        elif differs(network, there):
            work["reconnect"].append(network)
    if mode == "strict":
        names = {network["name"] for network in wanted}
        work["disconnect"] = [{"name": name, "id": there.get("NetworkID")} for name, there in sorted(have.items()) if name not in names]
    return work


def resolve(engine: Any, wanted: Optional[List[Dict[str, Any]]]) -> Dict[str, Dict[str, Any]]:
    """Return name -> inspection of the networks. Raises ModuleFailed for one that is not there.

    A worker of a swarm sees an overlay only while one of its containers is in it: there a network that it does not see may be one, and is
    given as {}; where it is none after all, the engine says so.
    """
    found = {}
    for network in wanted or []:
        there = engine.get("/networks/%s" % network["name"])
        if there is None and not _is_worker(engine):
            raise ModuleFailed("Parameter error: network named %s could not be found. Does it exist?" % network["name"])
        found[network["name"]] = there or {}
    return found


def _is_worker(engine: Any) -> bool:
    swarm = engine.get("/info").get("Swarm") or {}
    return swarm.get("LocalNodeState") == "active" and not swarm.get("ControlAvailable")


def connect(engine: Any, container_id: str, network: Dict[str, Any]) -> None:
    """Connect a container to one of the user's networks."""
    body = {"Container": container_id, "EndpointConfig": endpoint(network)}
    engine.call("POST", "/networks/%s/connect" % network["name"], None, body)


def disconnect(engine: Any, container_id: str, name: str) -> None:
    """Take a container out of a network."""
    engine.call("POST", "/networks/%s/disconnect" % name, None, {"Container": container_id})
