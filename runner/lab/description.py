"""Read the file that describes a lab into values, with the place of every mistake."""

import json
from collections.abc import Mapping
from importlib import resources
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import jsonschema

from runner.errors import ParseError, nearest_names
from runner.lab import marks
from runner.lab.image import Recipe
from runner.record import dataclass, field

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
    recipe: Recipe = field(default_factory=Recipe)
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
        groups=tuple(_group(name, given) for name, given in value.get("groups", {}).items()),
        variables=value.get("variables", {}),
        recipe=_recipe(value.get("image", {})),
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
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(document.value), key=_outermost)
    if errors:
        raise _mistake(document, errors[0])


def _outermost(error: jsonschema.ValidationError) -> tuple[int, bool]:
    """Order complaints: outer before inner, and a misspelt key before the one that is missing for it."""
    return len(error.absolute_path), error.validator == "required"


def _mistake(document: marks.Marked, error: jsonschema.ValidationError) -> ParseError:
    """Turn the schema's complaint into the user's words."""
    path = list(error.absolute_path)
    of = f" of {'.'.join(map(str, path))}" if path else ""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    given: Any = error.instance
    if error.validator == "additionalProperties":
        known = list(schema["properties"])
        name = next(key for key in given if key not in known)
        return ParseError(
            f"there is no key `{name}`{of}",
            position=document.key_at(path, name),
            expected=f"one of {', '.join(known)}",
            nearest=nearest_names(str(name), known),
        )
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in given)
        wanted = _expected(schema["properties"][missing])
        return ParseError(f"the key `{missing}`{of} is missing", position=document.at(path), expected=wanted)
    if "propertyNames" in error.absolute_schema_path:
        wanted = f"a name like {schema.get('pattern', 'text')}"
        return ParseError(
            f"`{given}`{of} is no name for this", position=document.key_at(path, given), expected=wanted, found=repr(given)
        )
    what = f"`{'.'.join(map(str, path))}`" if path else "a lab"
    return ParseError(f"{what} cannot be this", position=document.at(path), expected=_expected(schema), found=repr(given))


def _expected(schema: Mapping[str, Any]) -> str:
    parts = [WORDS.get(str(schema.get("type")), ""), str(schema.get("description", ""))]
    if "enum" in schema:
        parts.insert(0, f"one of {', '.join(map(str, schema['enum']))}")
    if "pattern" in schema:
        parts.append(f"(pattern {schema['pattern']})")
    return " ".join(part for part in parts if part)


def _network(document: marks.Marked) -> IPv4Network:
    text = document.value["network"]["subnet"]
    place = document.at(["network", "subnet"])
    try:
        network = IPv4Network(text)
    except ValueError as cause:
        raise ParseError(
            "the subnet is no IPv4 network", position=place, expected="as 172.30.50.0/24", found=str(cause)
        ) from cause
    if network.num_addresses < 8:
        raise ParseError("the subnet is too small for a lab", position=place, expected="/29 or larger", found=text)
    return network


def _check_addresses(document: marks.Marked, lab: Lab, network: IPv4Network) -> None:
    taken = {str(network.network_address): "the network", str(network.broadcast_address): "broadcast"}
    places = [("the gateway", lab.gateway, ["network", "gateway"])]
    places += [(f"host {each.name}", each.address, ["hosts", each.name, "address"]) for each in lab.hosts]
    for owner, text, path in places:
        place = document.at(path)
        wanted = f"an address in {network}"
        if not _inside(text, network):
            raise ParseError(f"the address of {owner} is not in the lab's network", position=place, expected=wanted, found=text)
        if text in taken:
            raise ParseError(f"the address of {owner} is taken by {taken[text]}", position=place, expected=wanted, found=text)
        taken[text] = owner


def _inside(text: str, network: IPv4Network) -> bool:
    try:
        return IPv4Address(text) in network
    except ValueError:
        return False


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
                        position=document.at(["groups", group.name, kind, index]),
                        expected=f"one of {', '.join(known)}",
                        nearest=nearest_names(name, known),
                    )
