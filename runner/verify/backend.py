"""testinfra's way to a host of ours: its commands go over the connection that verify keeps for that host."""

from typing import Any

import pytest
from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from runner.errors import BecomeError, RunnerError, Unreachable
from runner.model.request import ShellAnswer
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
        answer = self._ask(text)
        if isinstance(answer, str):
            pytest.fail(answer, pytrace=False)
        return self.result(answer.rc, text.encode(), answer.stdout, answer.stderr)

    def _ask(self, text: str) -> ShellAnswer | str:
        """Return the host's answer, or the sentence that says why there is none."""
        try:
            return self._shells.run(self.hostname, text)
        except RunnerError as error:
            name = "" if self.hostname in error.message else f"{self.hostname}: "
            reason = f"{name}{error.message}" + (f"; {error.remedy}" if error.remedy else "")
            if isinstance(error, Unreachable | BecomeError):
                self._lost = reason
            return reason

    def get_encoding(self) -> str:
        """Return the encoding of output. testinfra would ask Python on the host; every host of ours speaks UTF-8."""
        return "utf-8"


def testinfra_host(name: str, shells: Shells) -> Host:
    """Return testinfra's object for a host of the inventory."""
    return Host(MusterBackend(name, shells))
