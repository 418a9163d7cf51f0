"""A lab for the tests of one file: made from a description, and taken away whatever happens."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.errors import RunnerError
from runner.lab import commands, description, engine, state
from runner.lab.description import Lab
from runner.lab.driver import PAUSED, Driver
from runner.lab.state import StateFolder
from runner.record import dataclass, replace


@dataclass(frozen=True)
class OwnLab:
    """A lab that is up."""

    lab: Lab
    folder: StateFolder
    driver: Driver


@contextmanager
def own_lab(text: str, place: Path) -> Iterator[OwnLab]:
    """Bring up the lab that `text` describes, with its state under `place`; skip the tests where no engine can be had."""
    try:
        engine.ensure(print)
    except RunnerError as refused:
        pytest.skip(f"{refused.message} {refused.remedy}")
    (place / "lab.yml").write_text(text)
    lab = of_suite(description.read(place / "lab.yml"), os.environ.get("LAB_SUITE", ""))
    folder = state.folder_of(lab, place / "state")
    driver = commands.driver_for(lab, folder, print)
    _clear_away(lab.name)
    try:
        commands.up(lab, folder, driver, print)
        yield OwnLab(lab, folder, driver)
    finally:
        for host, found in driver.states().items():
            if found.state == PAUSED:
                driver.unpause(host)
        commands.down(lab, driver, print)


def of_suite(lab: Lab, suite: str) -> Lab:
    """Return the lab with all its hosts of a Debian suite: LAB_SUITE=trixie runs the same tests on another release."""
    hosts = tuple(replace(host, suite="") for host in lab.hosts) if suite else lab.hosts
    return replace(lab, recipe=lab.recipe.of_suite(suite), hosts=hosts)


def _clear_away(name: str) -> None:
    """Remove the hosts of a run that was killed: their state folder is gone, so `up` could not reach them."""
    listing = ["docker", "ps", "-aq", "--filter", f"label=muster.lab={name}"]
    for each in subprocess.run(listing, capture_output=True, text=True, timeout=60, check=True).stdout.split():
        subprocess.run(["docker", "rm", "--force", "--volumes", each], capture_output=True, timeout=60, check=True)
