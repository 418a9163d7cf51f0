"""The retry file: which hosts a playbook failed on, to be given to --limit."""

import os
from collections.abc import Iterable
from pathlib import Path

from runner.execute.hosts import HostState
from runner.execute.options import RunOptions
from runner.model.event import Noted


def retry_file(playbook: str, options: RunOptions, hosts: Iterable[HostState]) -> Noted | str | None:
    """Write the hosts that failed or were not reached into PLAYBOOK.retry, beside the playbook or where the setting says.

    Returns what tells of it, text for a warning when it cannot be written, and None when none is wanted or no host failed.
    """
    names = sorted(host.name for host in hosts if host.failed or host.unreachable)
    if not options.retry_files or not names:
        return None
    folder = Path(options.retry_files_path or os.path.dirname(os.path.abspath(playbook))).expanduser().absolute()
    path = folder / f"{Path(playbook).stem}.retry"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    except OSError as error:
        return f"Could not create retry file '{path}'. {error.strerror}"
    return Noted(f"\tto retry, use: --limit @{path}\n", 0)
