"""The pytest plugin of `muster verify`: checks run once for each host that their module names.

A module names its hosts in the list `testinfra_hosts` by inventory patterns (default: all), which is testinfra's own convention.
Each of its checks that takes `host`, `host_vars` or `verified_name` runs once a host; `inventory_hosts` is for all at once.
"""

import inspect
from collections.abc import Mapping
from typing import Any

import pytest
from testinfra.host import Host

from runner.errors import RunnerError
from runner.verify.inventory_hosts import InventoryHosts

INVENTORY = pytest.StashKey[InventoryHosts]()


class GiveInventory:
    """Puts the inventory where the fixtures find it."""

    def __init__(self, inventory_hosts: InventoryHosts) -> None:
        self._inventory_hosts = inventory_hosts

    def pytest_configure(self, config: pytest.Config) -> None:
        """Called by pytest before anything is collected."""
        config.stash[INVENTORY] = self._inventory_hosts


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run checks that look at one host once for each host."""
    if "verified_name" not in metafunc.fixturenames:
        return
    asked = getattr(metafunc.module, "testinfra_hosts", ["all"])
    patterns = [each.removeprefix("ansible://") for each in ([asked] if isinstance(asked, str) else asked)]
    try:
        names = metafunc.config.stash[INVENTORY].named(*patterns)
    except RunnerError as error:
        raise pytest.UsageError(f"{metafunc.module.__file__}: {error.message}") from error
    if names:
        metafunc.parametrize("verified_name", names, ids=names, scope="module", indirect=True)
        return
    nobody = pytest.mark.skip(reason=f"no host matches {', '.join(patterns)}")
    metafunc.parametrize("verified_name", [pytest.param(None, marks=nobody, id="nobody")], scope="module", indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out checks across hosts when --limit hides some: what they count would not be all there is."""
    if not config.stash[INVENTORY].partial:
        return
    for item in items:
        if across_hosts(item):
            item.add_marker(pytest.mark.skip(reason="looks across hosts, and --limit leaves some out"))


def across_hosts(item: pytest.Item) -> bool:
    """Tell whether a check asks for all hosts by itself (the fixtures of one host need them as well)."""
    function = getattr(item, "function", None)
    return function is not None and "inventory_hosts" in inspect.signature(function).parameters


@pytest.fixture(scope="module")
def verified_name(request: pytest.FixtureRequest) -> str:
    """The inventory name of the host that is being looked at."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def host(verified_name: str, inventory_hosts: InventoryHosts) -> Host:
    """The testinfra host that is being looked at."""
    return inventory_hosts[verified_name]


@pytest.fixture(scope="module")
def host_vars(verified_name: str, inventory_hosts: InventoryHosts) -> Mapping[str, Any]:
    """The inventory's variables of the host that is being looked at."""
    return inventory_hosts.variables(verified_name)


@pytest.fixture(scope="session")
def inventory_hosts(request: pytest.FixtureRequest) -> InventoryHosts:
    """All hosts, by name."""
    return request.config.stash[INVENTORY]
