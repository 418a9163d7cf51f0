"""What systemctl prints, as values. Source: systemctl(1), org.freedesktop.systemd1(5)."""

from typing import Dict, List, Optional

# Every word `systemctl is-enabled` may print for a unit that exists (systemctl(1), table 1).
UNIT_FILE_STATES = frozenset(
    "enabled enabled-runtime linked linked-runtime alias masked masked-runtime static indirect disabled generated transient".split()
)
_ON = frozenset(["enabled", "static", "generated", "transient", "indirect", "alias"])
RUNNING = frozenset(["active", "activating", "reloading", "refreshing"])
OFFLINE_WARNING = (
    "Target is a chroot or systemd is offline. This can lead to false positives or prevent the init system tools from working."
)


def parse_show(text: str) -> Dict[str, str]:
    """Return the properties of `systemctl show UNIT`; an Exec* value may stretch over lines until its closing brace."""
    found: Dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, mark, value = line.partition("=")
        if not mark:
            continue
        value = value.strip()
        while name.startswith("Exec") and value.startswith("{") and not value.endswith("}"):
            more = next(lines, None)
            if more is None:
                break
            value += "\n" + more.rstrip()
        found[name] = value
    return found


def offline(out: str, err: str) -> bool:
    """Whether systemctl said that it does nothing here since there is no running systemd (a chroot, SYSTEMD_OFFLINE=1)."""
    return any(word in text for text in (out, err) for word in ("ignoring request", "ignoring command"))


def no_manager(err: str) -> bool:
    """Whether systemctl could not reach a running systemd at all."""
    return "Failed to connect to bus" in err or "System has not been booted with systemd" in err


def enabled_from_word(word: str) -> Optional[bool]:
    """Return whether a unit file state counts as enabled; None when the word alone does not say (sysv scripts, indirect)."""
    if word in ("", "generated", "indirect"):
        return None
    return word in _ON


def enabled_from_listing(rc: int, out: str) -> bool:
    """Return whether `systemctl is-enabled --full UNIT` says enabled.

    A unit that is enabled for this boot only, an alias, or an indirect one without any installed target counts as disabled:
    `systemctl enable` would still change something.
    """
    lines = [line.strip() for line in out.splitlines() if line.strip()]
    if rc != 0:
        return False
    return lines not in (["indirect"], ["alias"]) and lines[:1] != ["enabled-runtime"]


def parse_units(text: str) -> List[Dict[str, str]]:
    """Return the rows of `systemctl list-units --all --plain --no-legend`: unit, load, active, sub."""
    rows = []
    for line in text.splitlines():
        words = line.split()
        # a bullet marks failed and missing units where --plain is not obeyed
        if words and words[0] in ("●", "*", "○"):
            words = words[1:]
        if len(words) >= 4:
            rows.append({"unit": words[0], "load": words[1], "active": words[2], "sub": words[3]})
    return rows


def parse_unit_files(text: str) -> Dict[str, str]:
    """Return unit name -> unit file state of `systemctl list-unit-files --no-legend`."""
    return {words[0]: words[1] for words in (line.split() for line in text.splitlines()) if len(words) >= 2}
