"""What of a network differs from what docker_network was asked for (pure)."""

import ipaddress
from typing import Any, Dict, List, Optional, Tuple

Change = Tuple[str, Any, Any]
_PLAIN = (("enable_ipv4", "EnableIPv4"), ("enable_ipv6", "EnableIPv6"), ("internal", "Internal"), ("scope", "Scope"),
          ("attachable", "Attachable"), ("ingress", "Ingress"), ("config_only", "ConfigOnly"))  # fmt: skip
_KEYS = (("subnet", "Subnet"), ("iprange", "IPRange"), ("gateway", "Gateway"), ("aux_addresses", "AuxiliaryAddresses"))


def normal(text: Any) -> Any:
    """Return an address or subnet in the shortest way of writing it; anything else as it is."""
    if isinstance(text, dict):
        return {key: normal(value) for key, value in text.items()}
    try:
        return str(ipaddress.ip_network(text, strict=False) if "/" in str(text) else ipaddress.ip_address(text))
    except ValueError:
        return text


def differences(args: Dict[str, Any], network: Dict[str, Any]) -> List[Change]:
    """Return (what, wanted, present) for each thing that differs; only what was given counts."""
    found: List[Change] = []
    # what a network takes from another is that one's
    if args["driver"] and args["driver"] != network.get("Driver") and not args["config_from"]:
        found.append(("driver", args["driver"], network.get("Driver")))
    options = network.get("Options") or {}
    for key, value in (args["driver_options"] or {}).items():
        if _text(value) != options.get(key):
            found.append(("driver_options.%s" % key, value, options.get(key)))
    found += _ipam(args, network.get("IPAM") or {})
    for key, name in _PLAIN:
        if args[key] is not None and args[key] != network.get(name, False if name != "Scope" else None):
            found.append((key, args[key], network.get(name)))
    if args["config_from"] and args["config_from"] != (network.get("ConfigFrom") or {}).get("Network"):
        found.append(("config_from", args["config_from"], (network.get("ConfigFrom") or {}).get("Network")))
    labels = network.get("Labels") or {}
    for key, value in (args["labels"] or {}).items():
        if _text(value) != labels.get(key):
            found.append(("labels.%s" % key, value, labels.get(key)))
    return found


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _ipam(args: Dict[str, Any], present: Dict[str, Any]) -> List[Change]:
    found: List[Change] = []
    if args["ipam_driver"] and args["ipam_driver"] != present.get("Driver"):
        found.append(("ipam_driver", args["ipam_driver"], present.get("Driver")))
    if args["ipam_driver_options"] is not None and args["ipam_driver_options"] != (present.get("Options") or {}):
        found.append(("ipam_driver_options", args["ipam_driver_options"], present.get("Options")))
    rows = present.get("Config") or []
    for number, wanted in enumerate(args["ipam_config"] or []):
        there = _row_for(wanted, rows)
        for key, name in _KEYS:
            if wanted[key] and normal(wanted[key]) != normal((there or {}).get(name)):
                found.append(("ipam_config[%d].%s" % (number, key), wanted[key], (there or {}).get(name)))
    return found


def _row_for(wanted: Dict[str, Any], rows: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """Return the row that agrees with most of what is wanted."""
    def agreeing(row: Dict[str, Any]) -> int:
        return sum(1 for key, name in _KEYS if wanted[key] and normal(wanted[key]) == normal(row.get(name)))

    best = max(rows, key=agreeing) if rows else None
    return best if best is not None and agreeing(best) else None
