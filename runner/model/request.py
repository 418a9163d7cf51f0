"""What is asked of a managed host, and what it answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Become:
    """The user to become on the host, and how. `password` is a secret and is shown nowhere.

    method: sudo, su or doas. flags: extra words for that command (None: the method's own default). exe: another program.
    """

    user: str = "root"
    method: str = "sudo"
    flags: str | None = None
    exe: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One module run on one host: `module` is a name in `runner.target.modules`, `args` are complete and plain JSON data.

    blob: bytes or a file to send along (the module reads it as `system.blob`). receive_to: where a file the module sends
    back (`system.send_blob`) is written on the control machine. deadline: seconds the module may run, None for no limit.
    quiet_limit: seconds without any answer byte after which the host is asked for a sign of life.
    interpreter: the Python to use on the host ("auto" finds one). code: text the module needs there, kept by the agent under
    these full names and sent only once; a name stands for one content for ever.
    """

    module: str
    args: Mapping[str, Any]
    check: bool = False
    diff: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    become: Become | None = None
    deadline: float | None = None
    blob: bytes | Path | None = None
    receive_to: Path | None = None
    no_log: bool = False
    stream: bool = False
    interpreter: str = "auto"
    code: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a module said: `result` is its dictionary (keys as Ansible names them; `failed` true when it failed)."""

    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShellAnswer:
    """What a command run without our agent said: exit status and the raw bytes of both streams."""

    rc: int
    stdout: bytes
    stderr: bytes
