"""What the command line and settings ask of a run."""

from collections.abc import Callable, Mapping
from typing import Any

from runner.record import dataclass, field


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run; names as on the command line.

    become_password, connection_password: secrets, shown nowhere. timeout: seconds to connect. task_timeout: seconds for each task, 0 for
    none. prompt: asks the user a question: (text, hidden) -> answer. cli_vars: what `-u`, `-b`, `-c` and so on set, the lowest of all.
    """

    check: bool = False
    diff: bool = False
    forks: int = 50
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    limit: str | None = None
    start_at_task: str | None = None
    step: bool = False
    flush_cache: bool = False
    force_handlers: bool = False
    verbosity: int = 0
    strict: bool = False
    remote_user: str | None = None
    remote_port: int | None = None
    connection: str = "smart"
    private_key_file: str | None = None
    connection_password: str | None = field(default=None, repr=False)
    become: bool = False
    become_method: str = "sudo"
    become_user: str | None = None
    become_flags: str | None = None
    become_exe: str | None = None
    become_password: str | None = field(default=None, repr=False)
    become_same_user: bool = False
    common_args: tuple[str, ...] = ()
    timeout: float = 10.0
    drop_after: float = 20.0
    task_timeout: float = 0.0
    task_debugger: bool = False
    poll_interval: int = 15
    gathering: str = "implicit"
    merge_variables: bool = False
    no_log: bool = False
    any_errors_fatal: bool = False
    error_on_missing_handler: bool = True
    host_key_checking: bool = True
    strategy: str = "linear"
    host_pattern_mismatch: str = "warning"
    retry_files: bool = False
    retry_files_path: str | None = None
    interpreter: str = "auto"
    inject_facts: bool = True
    inventory_sources: tuple[str, ...] = ()
    config_file: str | None = None
    managed: str = "Ansible managed"
    task_output: bool = False
    prompt: Callable[[str, bool], str] | None = None
