"""testinfra's way to a host of ours: its commands go over the connection that verify keeps for that host."""

from typing import Any

import pytest
from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from runner.errors import BecomeError, Unreachable
from runner.verify.hosts import Shells


class MusterBackend(BaseBackend):  # type: ignore[misc]  # testinfra ships no types
    """Runs testinfra's commands on one host of the inventory.

    A host that cannot be reached fails the check at hand with one sentence; it is not tried again.
    """

    NAME = "muster"

    def __init__(self, name: str, shells: Shells) -> None:
        super().__init__(name)
        self._shells = shells
        self._lost: str | None = None

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:
        """Run `command`, its `%s` replaced by the quoted `args`, and return status and output."""
        if self._lost is not None:
            pytest.fail(self._lost, pytrace=False)
        text = self.get_command(command, *args)
        try:
            answer = self._shells.run(self.hostname, text)
        except (Unreachable, BecomeError) as error:
            self._lost = f"{self.hostname}: {error.message}" + (f" {error.remedy}" if error.remedy else "")
            pytest.fail(self._lost, pytrace=False)
        return self.result(answer.rc, text.encode(), answer.stdout, answer.stderr)

    def get_encoding(self) -> str:
        """Return the encoding of output. testinfra would ask Python on the host; every host of ours speaks UTF-8."""
        return "utf-8"


def testinfra_host(name: str, shells: Shells) -> Host:
    """Return testinfra's object for a host of the inventory."""
    return Host(MusterBackend(name, shells))
