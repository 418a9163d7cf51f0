"""Read the file that describes a lab into values, with the place of every mistake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import jsonschema

from runner.errors import ParseError, nearest_names
from runner.lab import marks
from runner.lab.image import Recipe

WORDS = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false", "integer": "a whole number"}


@dataclass(frozen=True, slots=True)
class LabHost:
    """One host. memory: a limit as Docker writes it (512m), empty for none. python: False leaves it without any Python."""

    name: str
    address: str
    memory: str = ""
    docker_inside: bool = False
    python: bool = True
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabGroup:
    """One inventory group."""

    name: str
    hosts: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lab:
    """A described lab. file: where it was described. variables: those of all hosts."""

    file: str
    name: str
    subnet: str
    gateway: str
    hosts: tuple[LabHost, ...]
    groups: tuple[LabGroup, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe = Recipe()
    driver: str = "docker"

    def host(self, name: str) -> LabHost:
        """Return the host of that name. Raises ParseError with the nearest names if there is none."""
        for each in self.hosts:
            if each.name == name:
                return each
        names = [each.name for each in self.hosts]
        raise ParseError(
            f"the lab {self.name} has no host `{name}`", expected=f"one of {', '.join(names)}", nearest=nearest_names(name, names)
        )


def read(path: Path) -> Lab:
    """Return the lab described in `path`. Raises ParseError with file, line and column."""
    document = marks.read(path)
    _check_schema(document)
    value = document.value
    network = _network(document)
    gateway = value["network"].get("gateway") or str(network[1])
    lab = Lab(
        file=str(path),
        name=value["name"],
        subnet=str(network),
        gateway=gateway,
        hosts=tuple(LabHost(name=name, **given) for name, given in value["hosts"].items()),
        groups=tuple(_group(name, given or {}) for name, given in (value.get("groups") or {}).items()),
        variables=value.get("variables") or {},
        recipe=_recipe(value.get("image") or {}),
        driver=value.get("driver", "docker"),
    )
    _check_addresses(document, lab, network)
    _check_members(document, lab)
    return lab


def _recipe(given: Mapping[str, Any]) -> Recipe:
    return Recipe(**{**given, "packages": tuple(given.get("packages", ()))})


def _group(name: str, given: Mapping[str, Any]) -> LabGroup:
    return LabGroup(name, tuple(given.get("hosts", ())), tuple(given.get("children", ())), given.get("variables", {}))


def _check_schema(document: marks.Marked) -> None:
    schema = json.loads((resources.files("runner.lab.schema") / "lab.json").read_text())
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(document.value), key=lambda each: len(each.absolute_path))
    if errors:
        raise _mistake(document, errors[0])


def _mistake(document: marks.Marked, error: jsonschema.ValidationError) -> ParseError:
    """Turn the schema's complaint into the user's words."""
    path = list(error.absolute_path)
    of = f" of {'.'.join(map(str, path))}" if path else ""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "additionalProperties":
        known = list(schema["properties"])
        name = next(key for key in error.instance if key not in known)
        return ParseError(
            f"there is no key `{name}`{of}", position=document.key_at(path, name), expected=f"one of {', '.join(known)}",
            nearest=nearest_names(str(name), known),
        )
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in error.instance)
        return ParseError(f"the key `{missing}`{of} is missing", position=document.at(path), expected=_expected(schema["properties"][missing]))
    place = document.at(path)
    if error.parent and error.parent.validator == "propertyNames" or "propertyNames" in error.absolute_schema_path:
        place = document.key_at(path, error.instance)
    return ParseError(
        f"`{path[-1] if path else document.file}` cannot be this", position=place, expected=_expected(schema), found=repr(error.instance)
    )


def _expected(schema: Mapping[str, Any]) -> str:
    parts = [WORDS.get(str(schema.get("type")), ""), str(schema.get("description", ""))]
    if "enum" in schema:
        parts.insert(0, f"one of {', '.join(map(str, schema['enum']))}")
    if "pattern" in schema:
        parts.append(f"(pattern {schema['pattern']})")
    return " ".join(part for part in parts if part)


def _network(document: marks.Marked) -> IPv4Network:
    text = document.value["network"]["subnet"]
    try:
        network = IPv4Network(text)
    except ValueError as cause:
        place = document.at(["network", "subnet"])
        raise ParseError("the subnet is no IPv4 network", position=place, expected="as 172.30.50.0/24", found=f"{text}: {cause}") from cause
    if network.num_addresses < 8:
        raise ParseError("the subnet is too small for a lab", position=document.at(["network", "subnet"]), expected="/29 or larger")
    return network


def _check_addresses(document: marks.Marked, lab: Lab, network: IPv4Network) -> None:
    taken = {str(network.network_address): "the network", str(network.broadcast_address): "broadcast"}
    places = [("the gateway", lab.gateway, ["network", "gateway"])]
    places += [(f"host {each.name}", each.address, ["hosts", each.name, "address"]) for each in lab.hosts]
    for owner, text, path in places:
        place = document.at(path)
        try:
            inside = IPv4Address(text) in network
        except ValueError:
            inside = False
        if not inside:
            raise ParseError(f"the address of {owner} is not in the lab's network", position=place, expected=f"one of {network}", found=text)
        if text in taken:
            raise ParseError(f"the address of {owner} is taken by {taken[text]}", position=place, found=text)
        taken[text] = owner


def _check_members(document: marks.Marked, lab: Lab) -> None:
    hosts = [each.name for each in lab.hosts]
    groups = [each.name for each in lab.groups]
    for group in lab.groups:
        for kind, members, known in (("hosts", group.hosts, hosts), ("children", group.children, groups)):
            for index, name in enumerate(members):
                if name not in known:
                    what = "host" if kind == "hosts" else "group"
                    raise ParseError(
                        f"group {group.name} names the {what} `{name}`, which the lab does not have",
                        position=document.at(["groups", group.name, kind, index]), expected=f"one of {', '.join(known)}",
                        nearest=nearest_names(name, known),
                    )
