"""The recorders of a run: start them on their hosts, and gather what they wrote."""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from runner.drill import arming, records
from runner.drill.arming import KEPT
from runner.drill.clock import Offset
from runner.drill.deed import FOLDER
from runner.drill.ground import Ground
from runner.drill.heard import heard_in, unheard
from runner.drill.model import Broken, Drill, Observed, Span, headline
from runner.drill.stage import Stage, together
from runner.errors import BecomeError, TaskError, Unreachable
from runner.record import replace

LOGS = ("log", "watch.log", "probe.log", "watch_events.log")
# what a host that was off saw of itself from its start on
EARLY = "early.log"
# program that asks -> the kinds of probes that it can
ASKERS = {"probe": ("http", "tcp", "command"), "probe_datagram": ("icmp", "dns")}


def programs(drill: Drill, cast: Stage, host: str) -> dict[str, dict[str, Any]]:
    """Return the recorders of a host, `drill_NAME.py`, with their settings."""
    found: dict[str, dict[str, Any]] = {}
    if host in cast.watched:
        addresses = [drill.address] if drill.address else []
        found["watch"] = {"addresses": addresses, "units": list(drill.units), "period": drill.period}
    if host in cast.listeners:
        found["watch_events"] = {name: dict(drill.observers[name]) for name in cast.listeners[host]}
    probes = [_probe_settings(drill, index, number) for number, index in enumerate(cast.sources.get(host, ()))]
    for name, kinds in ASKERS.items():
        if chosen := [each for each in probes if each["kind"] in kinds]:
            found[name] = {"probes": chosen, "out": f"{FOLDER}/probe.log"}
    return found


def _probe_settings(drill: Drill, index: int, number: int) -> dict[str, Any]:
    probe = drill.probes[index]
    return {**probe.settings, "number": number, "name": probe.name, "kind": probe.kind, "rate": probe.rate, "timeout": probe.timeout}


async def record(ground: Ground, drill: Drill, cast: Stage, seconds: float, ahead: Mapping[str, float] | None = None) -> None:
    """Start all recorders; each ends by itself after so many seconds. Raises TaskError when one does not start.

    ahead: only on these hosts, after they were off; how many seconds are to be added to the time there, so that it goes on where it was.
    What such a host writes down is on its disk.
    """

    async def start(host: str) -> None:
        if host in cast.rebooted:
            await ground.shell(host, arming.keep(LOGS))
        if ahead:
            await ground.put(host, f"{ahead[host]}\n".encode(), f"{FOLDER}/ahead")
        elif host in cast.rebooted and host in cast.watched:
            await _prepare(ground, drill, cast, host, seconds)
        for name, settings in programs(drill, cast, host).items():
            code = (resources.files("runner.target") / f"drill_{name}.py").read_bytes()
            await ground.put(host, code, f"{FOLDER}/{name}.py")
            settings = {"out": f"{FOLDER}/{name}.log", **({"ahead": ahead[host]} if ahead else {}), **settings}
            await ground.put(host, json.dumps(settings).encode(), f"{FOLDER}/{name}.json")
            answer = await ground.shell(host, arming.recorder(name, cast.pythons[host], seconds))
            if answer.rc:
                raise TaskError(f"{host}: the recorder cannot be started: {answer.stderr.decode('utf-8', 'replace').strip()}")

    await together(cast.hosts if ahead is None else list(ahead), start)


async def _prepare(ground: Ground, drill: Drill, cast: Stage, host: str, seconds: float) -> None:
    """Have a host that will be off look at itself as soon as it starts. Raises TaskError."""
    settings = {"out": f"{KEPT}/early.log", **programs(drill, cast, host)["watch"]}
    await ground.put(host, (resources.files("runner.target") / "drill_watch.py").read_bytes(), f"{KEPT}/watch.py")
    await ground.put(host, json.dumps(settings).encode(), f"{KEPT}/watch.json")
    answer = await ground.shell(host, arming.early(cast.pythons[host], seconds))
    if answer.rc:
        raise TaskError(f"{host}: it cannot be looked at from its start on: {answer.stderr.decode('utf-8', 'replace').strip()}")


async def gather(
    ground: Ground,
    drill: Drill,
    cast: Stage,
    owner: str,
    offsets: Mapping[str, Offset],
    window: tuple[float, float],
    guarded: tuple[Sequence[Broken], Sequence[str]] = ((), ()),
) -> Observed:
    """End the recorders and return what they and the faults wrote down. window: begin and end of what was to be recorded.

    owner: what this drill is called in the locks; recorders of another one, that has a host by now, are left alone.
    guarded: what guards have done, and what went wrong with that.
    """
    complaints: list[str] = []

    async def fetch(host: str) -> dict[str, str]:
        try:
            present = await ground.shell(host, arming.still(owner))
            if present.rc == arming.BUSY:
                other = present.stdout.decode("utf-8", "replace").strip()
                complaints.append(f"{host}: it was healed and taken by another drill ({other}): its records are lost")
                return dict.fromkeys(LOGS, "")
            # those that ask first, so that nothing is watched that is not asked about
            for name in sorted(programs(drill, cast, host)):
                await ground.shell(host, arming.stop_recorder(name))
            found = {name: (await ground.get(host, f"{FOLDER}/{name}")).decode() for name in LOGS}
            if host in cast.ahead:
                early = (await ground.get(host, f"{KEPT}/early.log")).decode()
                found["watch.log"] = records.merged(found["watch.log"], early, cast.ahead[host])
                found[EARLY] = early
            return found
        except (Unreachable, TaskError, BecomeError) as error:
            complaints.append(f"{host}: its records are out of reach: {error.message}")
            return dict.fromkeys(LOGS, "")

    texts = dict(zip(cast.hosts, await together(cast.hosts, fetch)))
    broken, wrong = _broken(cast, texts, offsets)
    return _observed(drill, cast, texts, offsets, window, [*broken, *guarded[0]], [*complaints, *wrong, *guarded[1]])


def _broken(cast: Stage, texts: Mapping[str, Mapping[str, str]], offsets: Mapping[str, Offset]) -> tuple[list[Broken], list[str]]:
    broken: list[Broken] = []
    complaints: list[str] = []
    for host in dict.fromkeys(host for host, _, _ in cast.own):
        faults = {number: fault for name, number, fault in cast.own if name == host}
        titles = {number: headline(fault.title) for number, fault in faults.items()}
        done, wrong = records.broken_in(texts[host]["log"], offsets[host], host, titles)
        units = [str(fault.settings["name"]) if fault.kind == "service" else "" for fault in faults.values()]
        broken += [replace(each, kind=fault.kind, unit=unit) for each, fault, unit in zip(done, faults.values(), units)]
        complaints += wrong
    return broken, complaints


def _off(host: str, early: str, cast: Stage, offset: Offset, broken: Sequence[Broken]) -> list[Span]:
    """Return when a host was off: until it was told to start, or, where it looked at itself from its start on, until its first look."""
    found: list[Span] = []
    for each in broken:
        if each.kind == "machine" and each.host == host and each.set_at is not None and each.undone_at is not None:
            looks = [when for when, _ in records.holding_in(records.merged("", early, cast.ahead.get(host, 0.0)), offset)]
            found.append(Span(each.set_at, min((when for when in looks if when >= each.undone_at), default=each.undone_at)))
    return found


def _held(
    looks: list[tuple[float, bool]], host: str, broken: Sequence[Broken], off: Sequence[Span] | None, period: float
) -> list[tuple[float, bool]]:
    """Return the looks, with those that a host could not take while its machine was paused or off. off: None for a host that was not."""
    if off is not None:
        for span in off:
            looks = records.unable(looks, span.begin, span.end, period, off=True)
        return looks
    for each in broken:
        if each.kind == "machine" and each.host == host and each.set_at is not None:
            looks = records.unable(looks, each.set_at, each.back_at or each.undone_at, period, off=False)
    return looks


def _states(drill: Drill, text: str, offset: Offset, end: float, off: Sequence[Span]) -> dict[str, list[Span]]:
    """Return the states of units, less what is thought of them while their host was off."""
    units = records.units_in(text, offset, drill.units, end)
    for each in off:
        units = {unit: records.switched_off(spans, each.begin, each.end) for unit, spans in units.items()}
    return units


def _observed(
    drill: Drill,
    cast: Stage,
    texts: Mapping[str, Mapping[str, str]],
    offsets: Mapping[str, Offset],
    window: tuple[float, float],
    broken: Sequence[Broken],
    complaints: list[str],
) -> Observed:
    asked: dict[str, Any] = {}
    twice: dict[str, Sequence[float]] = {}
    for host, indexes in cast.sources.items():
        text, names = texts[host]["probe.log"], [drill.probes[index].name for index in indexes]
        asked |= dict(zip(names, records.requests_in(text, offsets[host], len(names))))
        twice |= dict(zip(names, records.duplicates_in(text, offsets[host], len(names))))
        complaints += [f"{host}: the probe {names[number]} cannot ask: {why}" for number, why in records.silent_in(text).items()]
    watched = {host: texts[host]["watch.log"] for host in cast.watched}
    off = {host: _off(host, texts[host].get(EARLY, ""), cast, offsets[host], broken) for host in cast.rebooted}
    return Observed(
        *window,
        asked,
        {host: _held(records.holding_in(text, offsets[host]), host, broken, off.get(host), drill.period) for host, text in watched.items()},
        {host: _states(drill, text, offsets[host], window[1], off.get(host, ())) for host, text in watched.items()},
        broken,
        {host: offset.error for host, offset in offsets.items()},
        {host: offset.seconds for host, offset in offsets.items()},
        complaints,
        twice,
        {
            host: unheard(heard_in(texts[host]["watch_events.log"], offsets[host], host, names), off.get(host, ()))
            for host, names in cast.listeners.items()
        },
    )
