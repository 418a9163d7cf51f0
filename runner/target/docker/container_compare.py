"""What of a container differs from what is wanted (pure): the image's own settings count as wanted, and each option has its comparison."""

from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.docker.container_mounts import bind_text
from runner.target.docker.container_table import TABLE, clean, equal, get

Difference = Tuple[str, Any, Any]
_MODES = ("strict", "ignore", "allow_more_present")
_EXTRA = {"networks": "set(dict)"}


def modes(given: Optional[Dict[str, Any]], properties: Dict[str, Any]) -> Dict[str, str]:
    """Return option -> how it is compared. properties: the module's options, for aliases. Raises ModuleFailed."""
    kinds = dict({name: kind for name, (kind, _, _) in TABLE.items()}, **_EXTRA)
    found = {name: "strict" if kind in ("value", "list") else "allow_more_present" for name, kind in kinds.items()}
    given = given or {}
    wild = given.get("*")
    if wild is not None:
        if wild not in ("strict", "ignore"):
            raise ModuleFailed("The wildcard can only be used with comparison modes 'strict' and 'ignore'!")
        # what is wanted of networks is added, not taken away, unless that is said
        found = dict.fromkeys(found, wild)
    aliases = {alias: name for name, rule in properties.items() for alias in rule.get("aliases", ())}
    for key, mode in given.items():
        name = aliases.get(key, key)
        if key == "*":
            continue
        if name not in found:
            raise ModuleFailed("Unknown module option '%s' in comparisons dict!" % key)
        if mode not in _MODES:
            raise ModuleFailed("Unknown comparison mode '%s' for option '%s': use one of %s" % (mode, key, ", ".join(_MODES)))
        if mode == "allow_more_present" and kinds[name] == "value":
            raise ModuleFailed("Option '%s' is a value and not a set/list/dict, so its comparison cannot be allow_more_present" % key)
        found[name] = mode
    return found


def present(name: str, container: Dict[str, Any]) -> Any:
    """Return an option's value in an inspected container, in the form in which it is compared."""
    _kind, section, key = TABLE[name]
    value = get(container, section, key)
    if name in ("exposed_ports", "env", "capabilities", "cap_drop"):
        return sorted(_capability(each) if name.startswith("cap") else each for each in value or [])
    if name == "volumes":
        return [bind_text(each) for each in value or []]
    if name == "links":
        return [each.replace("%s/" % container.get("Name", ""), "/").replace(":/", ":").lstrip("/") for each in value or []]
    if name == "published_ports":
        return {port: _bindings(each) for port, each in (value or {}).items()}
    if name == "mac_address":
        return value or (container.get("NetworkSettings") or {}).get("MacAddress")
    if name == "mounts":
        return [clean(each) for each in value or []]
    return value


def _capability(name: str) -> str:
    upper = name.upper()
    return upper[4:] if upper.startswith("CAP_") else upper


def _bindings(rows: Optional[List[Dict[str, Any]]]) -> List[Tuple[str, str]]:
    pairs = [(row.get("HostIp") or "", row.get("HostPort") or "") for row in rows or []]
    return sorted((address, "" if port == "0" else port) for address, port in pairs)


def expected(name: str, value: Any, image: Optional[Dict[str, Any]], mode: str, mismatch: str) -> Any:
    """Return a wanted value in the form in which it is compared, with what the image brings."""
    config = ((image or {}).get("Config") or {}) if image else {}
    if name == "env":
        merged = dict(_pair(each) for each in config.get("Env") or [])
        merged.update(_pair(each) for each in value)
        return sorted("%s=%s" % pair for pair in merged.items())
    if name == "exposed_ports":
        return sorted(set(value) | set(config.get("ExposedPorts") or {}))
    if name == "labels" and mode == "strict":
        return _labels(value, config.get("Labels") or {}, mismatch)
    if name in ("capabilities", "cap_drop"):
        return sorted(_capability(each) for each in value)
    if name == "published_ports":
        return {port: _bindings(rows) for port, rows in value.items()}
    if name == "mounts":
        return [clean(each) for each in value]
    return value


def _pair(text: str) -> Tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _labels(value: Dict[str, str], brought: Dict[str, str], mismatch: str) -> Dict[str, str]:
    extra = sorted(set(brought) - set(value))
    if extra and mismatch == "fail":
        raise ModuleFailed("Some labels should be removed but are present in the base image. You can set image_label_mismatch to "
                           "'ignore' to ignore this error. Labels: %s" % ", ".join('"%s"' % name for name in extra))  # fmt: skip
    return dict(brought, **value)


def differences(
    want: Dict[str, Any], container: Dict[str, Any], image: Optional[Dict[str, Any]], how: Dict[str, str], mismatch: str
) -> List[Difference]:
    """Return (option, wanted, present) for each option that differs, in the order of their names."""
    found = []
    for name in sorted(want):
        mode = how.get(name, "strict")
        if mode == "ignore" or name not in TABLE:
            continue
        there = present(name, container)
        value = expected(name, want[name], image, mode, mismatch)
        if not equal(name, TABLE[name][0], mode, value, there):
            found.append((name, value, there))
    return found
