"""The pytest plugin of `muster verify`: checks run once for each host that their module names."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from testinfra.host import Host

from runner.errors import RunnerError
from runner.verify.backend import testinfra_host
from runner.verify.hosts import Hosts, Shells


class InventoryHosts(Mapping[str, Host]):
    """testinfra hosts by inventory name; a host is connected to when a check first asks something of it."""

    def __init__(self, names: list[str], hosts: Hosts, shells: Shells) -> None:
        self._hosts = hosts
        self._made = {name: testinfra_host(name, shells) for name in names}

    def __getitem__(self, name: str) -> Host:
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def matching(self, pattern: str) -> dict[str, Host]:
        """Return the hosts that match an inventory pattern."""
        return {name: self._made[name] for name in self._hosts.matching(pattern) if name in self._made}

    def variables(self, name: str) -> Mapping[str, Any]:
        """Return the inventory's variables of a host."""
        return self._hosts.variables(name)


class VerifyPlugin:
    """Gives checks the fixtures `host`, `host_vars` and `inventory_hosts`.

    A module names its hosts in the list `testinfra_hosts` by inventory patterns (default: all); each of its checks that takes
    `host` or `host_vars` runs once a host. `inventory_hosts` is for checks across hosts.
    """

    def __init__(self, hosts: Hosts, shells: Shells) -> None:
        self._hosts = hosts
        self._all = InventoryHosts(hosts.matching("all"), hosts, shells)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run checks that look at one host once for each host."""
        if "verified_name" not in metafunc.fixturenames:
            return
        patterns = getattr(metafunc.module, "testinfra_hosts", ["all"])
        names = self._named([patterns] if isinstance(patterns, str) else patterns)
        if names:
            metafunc.parametrize("verified_name", names, ids=names, scope="module", indirect=True)
            return
        none_left = pytest.mark.skip(reason=f"no host matches {', '.join(patterns)}")
        metafunc.parametrize("verified_name", [pytest.param(None, marks=none_left, id="none")], scope="module", indirect=True)

    def _named(self, patterns: list[str]) -> list[str]:
        try:
            found = [name for pattern in patterns for name in self._hosts.matching(pattern.removeprefix("ansible://"))]
        except RunnerError as error:
            raise pytest.UsageError(f"{error.message} {error.remedy}".strip()) from error
        return list(dict.fromkeys(found))

    @pytest.fixture(scope="module")
    def verified_name(self, request: pytest.FixtureRequest) -> str:
        """The inventory name of the host that is being looked at."""
        name: str = request.param
        return name

    @pytest.fixture(scope="module")
    def host(self, verified_name: str) -> Host:
        """The testinfra host that is being looked at."""
        return self._all[verified_name]

    @pytest.fixture(scope="module")
    def host_vars(self, verified_name: str) -> Mapping[str, Any]:
        """The inventory's variables of the host that is being looked at."""
        return self._hosts.variables(verified_name)

    @pytest.fixture(scope="session")
    def inventory_hosts(self) -> InventoryHosts:
        """All hosts, by name, for checks across hosts."""
        return self._all
