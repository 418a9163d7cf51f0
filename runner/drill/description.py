"""Read a drill file into values, with the place of every mistake."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from runner.drill.expectations import OBSERVERS, OF_ADDRESSES, check_expectations, dropped_in, without
from runner.drill.fault_settings import check_fault, with_files
from runner.drill.model import WORDS, Case, Drill, Fault, Probe, Steady
from runner.drill.templated import filled, is_template, unfilled
from runner.errors import InventoryError, ParseError
from runner.lab import marks
from runner.parse.yaml_text import load_yaml
from runner.position import Position
from runner.record import replace

PROBES = ("http", "tcp", "icmp", "dns", "command")
FAULTS = tuple(WORDS)
# kind of probe -> what its settings are unless they are given
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "http": {"status": 200, "text": "", "check_certificate": True},
    "icmp": {"size": 56},
    "dns": {"type": "A", "port": 53, "over": "udp"},
    "keepalived": {"unit": "keepalived"},
    "haproxy": {"socket": "/run/haproxy/admin.sock"},
    "etcd": {"port": 2379},
}
STEPS = ("tasks", "undo_tasks")


def read(path: Path, render: Callable[[str, Any], Any] | None) -> Drill:
    """Return the drill described in `path`. render: (pattern, value) -> the value with templates filled in for the first such host;
    None to look only whether the file can be a drill, without knowing its variables.

    Raises ParseError with file, line and column.
    """
    document = marks.read(path, "a mapping with name, hosts and cases")
    dropped = dropped_in(document)
    document = replace(document, value=without(document.value, dropped))
    places = unfilled(document)
    value = without(load_yaml(path.read_text(encoding="utf-8"), str(path)), dropped)
    hosts = str(value["hosts"])
    # tasks are rendered where they run
    steps = [[{key: each[key] for key in STEPS if key in each} for each in case["faults"]] for case in value["cases"]]
    plain = {**value, "cases": [_without_steps(case) for case in value["cases"]]}
    try:
        seen = filled(document, places, render and partial(_rendered, render, hosts), plain)
    except InventoryError as error:
        error.at(document.at(["hosts"]))
        raise
    _check_names(document, "load")
    _check_names(document, "cases")
    _check_etcd(document)
    observe = seen.get("observe", {})
    address = _address(document, observe, render is not None)
    expected = {**(OF_ADDRESSES if address else {}), **seen.get("expect", {})}
    not_here = [[name for number, name in dropped if number == index] for index in range(len(seen["cases"]))]
    drill = Drill(
        file=str(path),
        name=str(value["name"]),
        hosts=hosts,
        description=str(seen.get("description", "")),
        steady=tuple(_steady(document, index, each) for index, each in enumerate(value.get("steady_state", []))),
        probes=tuple(_probe(document, index, each) for index, each in enumerate(seen.get("load", []))),
        address=address,
        units=tuple(map(str, observe.get("units", []))),
        cases=tuple(
            _case(document, index, each, {key: expected[key] for key in expected if key not in not_here[index]}, steps[index])
            for index, each in enumerate(seen["cases"])
        ),
        **{key: seen[key] for key in ("before", "after", "repeat", "cooldown") if key in seen},
        **{key: observe[key] for key in ("period",) if key in observe},
        observers={key: {**DEFAULTS[key], **observe[key]} for key in OBSERVERS if key in observe},
        places=_places(document),
    )
    check_expectations(document, drill)
    return drill


def _places(document: marks.Marked) -> dict[str, Position]:
    """Return where the patterns of hosts stand that are not those of faults."""
    found = {"hosts": document.at(["hosts"])}
    for index, each in enumerate(document.value.get("load", [])):
        found[f"load {each['name']}"] = document.at(["load", index, "from"])
    return found | {f"observe {key}": document.at(["observe", key, "hosts"]) for key in OBSERVERS}


def _address(document: marks.Marked, observe: Mapping[str, Any], known: bool) -> str:
    """Return the address that is observed as the kernel writes it. known: templates are filled in.

    Another spelling would be an address that nobody holds, and of nobody two never hold it. Raises ParseError for what is none.
    """
    written = str(observe.get("address", ""))
    if "address" not in observe or (is_template(written) and not known):
        return written
    try:
        return str(ip_address(written))
    except ValueError as cause:
        template = str(document.value["observe"]["address"])
        raise ParseError(
            "`observe.address` is no address",
            position=document.at(["observe", "address"]),
            expected="an IPv4 or IPv6 address alone, without the length of its network",
            found=repr(written) + (f", from {template}" if is_template(template) else ""),
            remedy=f"write {written.partition('/')[0]}" if "/" in written else "write the address that the hosts are to hold",
        ) from cause


def _rendered(render: Callable[[str, Any], Any], hosts: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each if key == "steady_state" else render(hosts, each) for key, each in value.items()}


def _without_steps(case: Mapping[str, Any]) -> dict[str, Any]:
    return {**case, "faults": [{key: each[key] for key in each if key not in STEPS} for each in case["faults"]]}


def _case(
    document: marks.Marked, index: int, given: Mapping[str, Any], expected: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]
) -> Case:
    faults = [
        _fault(document, ["cases", index, "faults", number], {**each, **steps[number]}) for number, each in enumerate(given["faults"])
    ]
    return Case(str(given["name"]), tuple(faults), {**expected, **given.get("expect", {})})


def _fault(document: marks.Marked, path: list[Any], given: Mapping[str, Any]) -> Fault:
    kind = _one_of(document, path, given, FAULTS, "a fault")
    settings = {kind: given[kind]} if kind in ("tasks", "playbook") else given[kind]
    check_fault(document, [*path, kind], kind, settings)
    undo = f"undo_{kind}"
    settings = {**with_files(document, [*path, kind] if settings is given[kind] else path, settings), **_undo(document, path, given, undo)}
    for other in ("undo_tasks", "undo_playbook"):
        if other in given and other != undo:
            place = document.key_at(path, other)
            raise ParseError(f"`{other}` means nothing beside `{kind}`", position=place, remedy=f"take `{other}` away")
    when = float(given["for"]), float(given.get("at", 0))
    return Fault(str(given["hosts"]), kind, settings, *when, document.at(path), str(given.get("where", "")), document.at([*path, "hosts"]))


def _undo(document: marks.Marked, path: list[Any], given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what undoes steps, nothing where nothing does."""
    return with_files(document, path, {name: given[name]}) if name in given else {}


def _probe(document: marks.Marked, index: int, given: Mapping[str, Any]) -> Probe:
    kind = _one_of(document, ["load", index], given, PROBES, "a probe")
    said = given[kind]
    settings = {"command": said} if kind == "command" else {**DEFAULTS.get(kind, {}), **said}
    if kind == "http" and not is_template(settings["url"]) and not str(settings["url"]).startswith(("http://", "https://")):
        place = document.at(["load", index, "http", "url"])
        raise ParseError("this is no address of a page", position=place, expected="http://... or https://...", found=str(settings["url"]))
    labels = str(settings["name"]).rstrip(".").split(".") if kind == "dns" and not is_template(settings["name"]) else ["any"]
    if any(not 0 < len(label) < 64 for label in labels):
        place = document.at(["load", index, "dns", "name"])
        wanted = "labels of 1 to 63 characters between dots"
        raise ParseError("this is no name", position=place, expected=wanted, found=str(settings["name"]))
    return Probe(
        str(given["name"]), str(given["from"]), kind, settings, float(given.get("rate", 20)), float(given.get("timeout", 1))
    )


def _steady(document: marks.Marked, index: int, given: Mapping[str, Any]) -> Steady:
    place = ["steady_state", index]
    kind = _one_of(document, place, given, ("checks", "tasks"), "a steady state")
    if kind == "tasks":
        return Steady(tasks=given["tasks"], on=str(given.get("hosts", "all")), position=document.at(place))
    named = str(given["checks"])
    places = [Path(document.file).parent / named, Path(named)]
    found = next((each for each in places if each.exists()), None)
    if found is None:
        raise ParseError(
            f"there are no checks at {named}",
            position=document.at([*place, "checks"]),
            expected="a file or folder of testinfra checks",
            found=f"neither {places[0]} nor {places[1]} exists",
            remedy="correct the path",
        )
    return Steady(checks=str(found), only=str(given.get("only", "")), position=document.at(place))


def _one_of(document: marks.Marked, path: Sequence[Any], given: Mapping[str, Any], kinds: Sequence[str], what: str) -> str:
    there = [kind for kind in kinds if kind in given]
    if len(there) != 1:
        raise ParseError(
            f"{what} is exactly one of {', '.join(kinds)}",
            position=document.key_at(path, there[1]) if there else document.at(path),
            expected=f"one of {', '.join(kinds)}",
            found=" and ".join(there) or "none of them",
            remedy="keep one" if there else f"add `{kinds[0]}:`",
        )
    return there[0]


def _check_names(document: marks.Marked, key: str) -> None:
    names: list[str] = []
    for index, each in enumerate(document.value.get(key, [])):
        if each["name"] in names:
            place = document.at([key, index, "name"])
            raise ParseError(f"the name `{each['name']}` is given twice in {key}", position=place, remedy="choose another")
        names.append(each["name"])


def _check_etcd(document: marks.Marked) -> None:
    """A client's certificate needs its key, and what signed the server's."""
    said = document.value.get("observe", {}).get("etcd", {})
    for name in ("certificate", "key"):
        lacking = [each for each in ("ca", "certificate", "key") if each not in said]
        if name in said and lacking:
            raise ParseError(
                f"`{name}` means nothing without `{lacking[0]}`",
                position=document.key_at(["observe", "etcd"], name),
                remedy=f"add `{lacking[0]}`, or take `{name}` away",
            )
