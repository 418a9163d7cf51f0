"""What is measured: for each scenario the playbook, the same work written for pyinfra, and how its end state is checked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import works

EVERYONE = ("muster", "pyinfra", "mitogen", "ansible")
PLAYBOOKS = ("muster", "mitogen", "ansible")
LOCAL = "10 `file` tasks on 500 local hosts (cpu and memory with the hosts' side)"


@dataclass(frozen=True, slots=True)
class Scenario:
    """hosts: how many. delay: round trip in ms. twice: measured on a clean host and again when nothing is left to do.

    work: writes the files of the scenario and tells how the end state of a host's folder is checked. tasks: for the rate.
    edit: changes them for a second run, and tells how that is checked.
    """

    name: str
    title: str
    hosts: int
    work: Callable[[Path], Callable[[Path], bool]]
    tasks: int
    delay: float = 0
    twice: bool = False
    hung: bool = False
    local: bool = False
    runners: tuple[str, ...] = EVERYONE
    edit: Callable[[Path], Callable[[Path], bool]] | None = None

    @property
    def phases(self) -> tuple[str, ...]:
        """What is measured: once, on a clean host and again, or again after an edit of what is brought."""
        if self.edit is not None:
            return ("first", "edited")
        return ("first", "settled") if self.twice else ("",)


def scenarios() -> list[Scenario]:
    """Return every scenario in the order of the table."""
    found = [
        Scenario("version", "`--version`", 0, works.nothing, 0),
        Scenario("debug", "one debug task", 1, works.debug, 1, local=True),
    ]
    found += [
        Scenario(f"files-{hosts}", f"100 `file` tasks, {_hosts(hosts)}", hosts, works.files(100), 100, twice=True)
        for hosts in (1, 10, 50)
    ]
    for delay in (25, 100):
        for hosts in (1, 10):
            title = f"100 `file` tasks, {_hosts(hosts)}, {delay} ms round trip"
            found.append(Scenario(f"files-{hosts}-{delay}ms", title, hosts, works.files(100), 100, delay, twice=True))
            title = f"100 tasks that each need the result before, {_hosts(hosts)}, {delay} ms round trip"
            found.append(Scenario(f"chain-{hosts}-{delay}ms", title, hosts, works.chain(100), 100, delay, runners=PLAYBOOKS))
    found += [
        Scenario("loop", "one task, a loop of 1,000 items, 1 host", 1, works.loop(1000), 1000, twice=True),
        Scenario("loop-25ms", "one task, a loop of 1,000 items, 1 host, 25 ms round trip", 1, works.loop(1000), 1000, 25, twice=True),
        Scenario("templates", "200 templates with nested variables, 1 host", 1, works.templates(200), 200, twice=True),
        Scenario("roles", "role tree: 500 tasks, includes, conditionals, 1 host", 1, works.roles(20, 25), 500, twice=True),
        Scenario("copy", "a 50 MiB file to 10 hosts", 10, works.big_file(50), 1, twice=True),
        Scenario("edited", "a 50 MiB file to 10 hosts over 25 ms", 10, works.big_file(50), 1, 25, edit=works.edit_big_file),
        Scenario("copies", "a folder of 500 small files, 1 host", 1, works.small_files(500), 500, twice=True),
        Scenario("facts", "all facts of 50 hosts", 50, works.facts, 1, runners=PLAYBOOKS),
        Scenario("hang", "10 tasks on 50 hosts of which one never answers (10 s connect time-out)", 50, works.files(10), 10, hung=True),
        Scenario("local", LOCAL, 500, works.files(10), 10, local=True, runners=("muster", "ansible")),
    ]
    return found


def _hosts(count: int) -> str:
    return "1 host" if count == 1 else f"{count} hosts"
