"""Whether the faults of a case can be set, and where: looked at before anything is broken."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

from runner.drill import arming
from runner.drill.deed import EVERYONE, FOLDER, Deed
from runner.drill.fault_settings import FILES
from runner.drill.faults import NO_UNIT, deed
from runner.drill.ground import Ground
from runner.drill.guarding import Guards, Step
from runner.drill.model import Case, Drill, Fault, headline
from runner.drill.stage import Stage, some_hosts, stage, together
from runner.errors import RunnerError, TaskError, nearest_names

# kind of fault -> the setting that names the other hosts it is about
PEERS = {"cut": "from", "traffic": "to"}


def rehearse(ground: Ground, drill: Drill, cases: Sequence[Case], step: Step) -> None:
    """Raise RunnerError for a fault of any of the cases of which it can be known without asking hosts that it cannot be set.

    So that a mistake in the last case is told before the first is run.
    """
    for case in cases:
        cast = stage(ground, drill, case)
        for host, number, fault in cast.own:
            deed_on(ground, host, number, fault)
        Guards(ground, lambda line: None, step, lambda host: None).jobs(cast.guarded)


def deed_on(ground: Ground, host: str, number: int, fault: Fault) -> Deed:
    """Return what a fault does on a host. Raises RunnerError when a host that it is about has no address."""
    pattern = str(fault.settings.get(PEERS.get(fault.kind, ""), EVERYONE))
    peers = [] if pattern == EVERYONE else _peers(ground, host, pattern, fault)
    given = {key: Path(fault.settings[key]).read_bytes() for key in FILES if key in fault.settings}
    return deed(fault, number, peers, given)


def _peers(ground: Ground, host: str, pattern: str, fault: Fault) -> list[str]:
    """Return the addresses of the other hosts of a pattern."""
    peers: list[str] = []
    for name in some_hosts(ground, pattern, f"a {fault.kind}", fault.position):
        address = str(ground.variable(name, "ansible_host") or name)
        try:
            peers += [str(ip_address(address))] if name != host else []
        except ValueError as cause:
            raise RunnerError(
                f"{name} cannot be cut off from: {address} is no IP address",
                position=fault.position,
                remedy=f"give {name} an address in ansible_host",
            ) from cause
    if not peers:
        wanted = f"a pattern of other hosts, or `{EVERYONE}`"
        raise RunnerError(f"a {fault.kind} from nobody", position=fault.position, expected=wanted, found=f"{pattern} is {host} itself")
    return peers


async def choose(ground: Ground, cast: Stage) -> None:
    """Leave only the hosts for which the `where` of a fault holds. Raises RunnerError when it holds nowhere."""

    answers: dict[tuple[str, int], str] = {}

    async def holds(each: tuple[str, int, Fault]) -> bool:
        host, number, fault = each
        if not fault.where:
            return True
        answer = await ground.shell(host, fault.where)
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        answers[host, number] = f"{host}: exit status {answer.rc}" + (f", {said[-1]}" if said else "")
        return answer.rc == 0

    held = await together(cast.befallen, holds)
    faults = {number: fault for _, number, fault in cast.befallen}
    cast.befallen = [each for each, there in zip(cast.befallen, held) if there]
    for number, fault in faults.items():
        if number not in {each[1] for each in cast.befallen}:
            raise RunnerError(
                f"`{fault.title}` befalls nobody: its `where` holds on no host",
                position=fault.position,
                found="; ".join(said for (_, each), said in answers.items() if each == number),
                remedy="run that command on the hosts by hand, or correct it",
            )


async def furnish(ground: Ground, each: tuple[str, int, Fault], wanted: Deed) -> None:
    """Put what a fault needs on its host."""
    host, _, fault = each
    files = dict(wanted.files)
    if wanted.make:
        found = [await ground.get(host, path) for path in wanted.made_from]
        missing = [path for path, data in zip(wanted.made_from, found) if not data]
        if missing:
            message = f"{host}: `{fault.title}` cannot be set here: there is no file {missing[0]}, or it is empty"
            raise RunnerError(message, position=fault.position, remedy="correct the path")
        try:
            files |= wanted.make(found)
        except TaskError as error:
            raise RunnerError(
                f"{host}: `{fault.title}` cannot be set here: {error.message}", position=fault.position, remedy=error.remedy
            ) from error
    for name, data in files.items():
        await ground.put(host, data, f"{FOLDER}/{name}")


async def make_sure(ground: Ground, each: tuple[str, int, Fault], wanted: Deed, python: str, say: Callable[[str], None]) -> None:
    """Have a host look whether a fault can be set there; tell what it has to say of it."""
    host, _, fault = each
    answer = await ground.shell(host, arming.ready(wanted, python))
    said = (answer.stdout + answer.stderr).decode("utf-8", "replace").strip()
    if answer.rc == 0 and said:
        say(f"{host}: {headline(fault.title)}: {said}")
    if answer.rc:
        raise RunnerError(
            f"{host}: `{headline(fault.title)}` cannot be set here: {said or f'exit status {answer.rc}'}",
            position=fault.position,
            nearest=await _near_units(ground, host, str(fault.settings["name"])) if NO_UNIT in said else (),
            remedy="bring the host into its steady state, or take the fault out",
        )


async def _near_units(ground: Ground, host: str, name: str) -> list[str]:
    answer = await ground.shell(host, "systemctl list-unit-files --no-legend --no-pager | cut -d' ' -f1")
    units = answer.stdout.decode("utf-8", "replace").split()
    return nearest_names(name, units if "." in name else [unit.removesuffix(".service") for unit in units])
