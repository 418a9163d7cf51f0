"""Read the file that describes a lab into values, with the place of every mistake."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from runner.errors import ParseError, nearest_names
from runner.lab import marks
from runner.lab.image import Recipe, public_image
from runner.lab.machine import MachineSize
from runner.lab.schema_check import check_schema
from runner.record import dataclass, field


@dataclass(frozen=True, slots=True)
class LabHost:
    """One host. memory: a limit as Docker writes it (512m), empty for none. python: False leaves it without any Python.
    suite: its Debian suite, empty for the lab's."""

    name: str
    address: str
    memory: str = ""
    docker_inside: bool = False
    python: bool = True
    suite: str = ""
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
    machine: MachineSize = field(default_factory=MachineSize)

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
    check_schema(document, "runner.lab.schema", "lab.json")
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
        machine=_machine(value.get("machine", {})),
    )
    _check_addresses(document, lab, network)
    _check_members(document, lab)
    _check_suites(document, lab)
    return lab


def _recipe(given: Mapping[str, Any]) -> Recipe:
    suite = given.get("suite", Recipe().suite)
    return Recipe(suite=suite, base=given.get("base") or public_image(suite), packages=tuple(given.get("packages", ())))


def _machine(given: Mapping[str, Any]) -> MachineSize:
    return MachineSize(**{**given, **({"memory": megabytes(given["memory"])} if "memory" in given else {})})


def megabytes(text: str) -> int:
    """Return what `512m` or `2g` is in megabytes."""
    return int(text[:-1]) * (1024 if text.endswith("g") else 1)


def _group(name: str, given: Mapping[str, Any]) -> LabGroup:
    return LabGroup(name, tuple(given.get("hosts", ())), tuple(given.get("children", ())), given.get("variables", {}))


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
    if lab.driver == "qemu":
        taken[str(network[-2])] = "the virtual machine itself, the lab's way out"
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


def _check_suites(document: marks.Marked, lab: Lab) -> None:
    """A virtual machine has one system tree, which all its hosts share."""
    for host in lab.hosts:
        if lab.driver == "qemu" and host.suite not in ("", lab.recipe.suite):
            raise ParseError(
                f"host {host.name} cannot have another suite than its lab: the hosts of a virtual machine share its system",
                position=document.at(["hosts", host.name, "suite"]),
                expected=lab.recipe.suite,
                found=host.suite,
                remedy="give the suite under `image`, or use `driver: docker`",
            )
