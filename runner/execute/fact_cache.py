"""Facts kept between runs: one JSON file a host, as ansible's `jsonfile` cache writes them."""

import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.errors import UsageError, nearest_names

KINDS = ("memory", "jsonfile")
GATHERED = "_ansible_facts_gathered"


@dataclass(frozen=True, slots=True)
class FactCache:
    """The cached facts in a folder. prefix: before each host's name. timeout: seconds they are good for, 0 for ever."""

    folder: Path
    prefix: str = ""
    timeout: float = 86400.0

    def get(self, host: str) -> dict[str, Any] | None:
        """Return the facts of a host, or None when there are none, they are too old or cannot be read."""
        path = self._path(host)
        try:
            if self.timeout and time.time() - path.stat().st_mtime > self.timeout:
                return None
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def put(self, host: str, facts: Mapping[str, Any], *, gathered: bool) -> None:
        """Write the facts of a host. gathered: they are whole, so that `gathering = smart` need not ask again."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps({**facts, **({GATHERED: True} if gathered else {})}, sort_keys=True, indent=4, default=str)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, self._path(host))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def drop(self, host: str) -> None:
        """Forget a host's facts."""
        self._path(host).unlink(missing_ok=True)

    def _path(self, host: str) -> Path:
        return self.folder / (self.prefix + host.replace("/", "_"))


def cache_for(kind: str, folder: str | None, prefix: str, timeout: float) -> FactCache | None:
    """Return the cache that `fact_caching` asks for; None for facts that end with the run.

    Raises UsageError for a kind that does not exist, and for jsonfile without a folder.
    """
    short = kind.rsplit(".", 1)[-1]
    if short == "memory":
        return None
    if short not in KINDS:
        raise UsageError(
            f"the fact cache '{kind}' is not known",
            expected=" or ".join(KINDS),
            found=kind,
            nearest=nearest_names(short, KINDS),
            remedy="set fact_caching (ANSIBLE_CACHE_PLUGIN) to jsonfile and fact_caching_connection to a folder",
        )
    if not folder:
        raise UsageError(
            "the fact cache jsonfile needs a folder",
            expected="fact_caching_connection (ANSIBLE_CACHE_PLUGIN_CONNECTION): a folder",
            found="nothing",
            remedy="set it in ansible.cfg under [defaults]",
        )
    return FactCache(Path(folder).expanduser(), prefix, timeout)
