"""Reloads or restarts a daemon and says whether it took its new configuration."""

import re
from typing import Any

from runner.target.decision import ModuleFailed

RELOAD_SECONDS = 5
REFUSED = re.compile(r"level=error .*configur", re.IGNORECASE)


def take_effect(unit: str, effect: str, system: Any) -> None:
    """Bring a changed configuration of Docker's daemon into effect.

    effect: reload (SIGHUP; what the daemon says of it is read in the journal) or restart. Raises ModuleFailed with the daemon's own words
    when it refuses.
    """
    said = ""
    since = "@%d" % int(system.now())
    if effect == "reload":
        system.run(["systemctl", "kill", "--kill-who=main", "--signal=HUP", unit], fail="%s cannot be told to reload" % unit)
        for _each in range(RELOAD_SECONDS * 2):
            system.sleep(0.5)
            said = _said(unit, since, system)
            if "Reloaded configuration" in said or REFUSED.search(said):
                break
        if not REFUSED.search(said):
            return
    else:
        system.run(["systemctl", "reset-failed", unit])
        if system.run(["systemctl", "restart", unit]).rc == 0:
            return
        said = _said(unit, since, system)
    raise ModuleFailed("%s does not take the new configuration; the old one was put back. It said: %s" % (unit, _last(said)), effect=effect)


def _said(unit: str, since: str, system: Any) -> str:
    return str(system.run(["journalctl", "--unit", unit, "--since", since, "--output=cat", "--no-pager", "--lines=40"]).out)


def _last(said: str) -> str:
    """Return the lines that matter."""
    lines = [line for line in said.splitlines() if line.strip()]
    named = [line for line in lines if "unable to" in line or "level=error" in line or "level=fatal" in line or "failed to" in line]
    return " | ".join((named or lines or ["nothing"])[-3:])
