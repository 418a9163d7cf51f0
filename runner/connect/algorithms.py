"""Which ciphers, MACs and key exchanges are offered to an SSH server: the fastest first, or what ssh_config says."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from paramiko.transport import SecurityOptions

from runner.errors import Unreachable

# One pass over the data where the others take two (cipher and MAC): about 1.7 times the throughput.
FASTEST = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
_OPTIONS = {"ciphers": "ciphers", "macs": "digests", "kexalgorithms": "kex"}


def offer(security: SecurityOptions, options: Mapping[str, Any], label: str) -> None:
    """Set what is offered. options: of ssh_config, names in small letters. Raises Unreachable when nothing is left to offer."""
    security.ciphers = _first(FASTEST, security.ciphers)
    for name, attribute in _OPTIONS.items():
        if name in options:
            known = getattr(security, attribute)
            chosen = chosen_of(str(options[name]), known)
            if not chosen:
                raise Unreachable(
                    f"{label}: no algorithm of `{name} {options[name]}` is one that we have",
                    expected=f"one or more of {', '.join(known)}",
                    remedy="add one of them in ssh_config or in ansible_ssh_common_args",
                )
            setattr(security, attribute, chosen)


def chosen_of(text: str, known: Sequence[str]) -> list[str]:
    """Return the algorithms that a list of ssh_config(5) chooses from the known ones: a,b or +a or -pattern or ^a."""
    names = [each.strip() for each in text.lstrip("+-^").split(",")]
    named = [each for name in names for each in known if fnmatchcase(each, name)]
    if text.startswith("-"):
        return [each for each in known if each not in named]
    if text.startswith("+"):
        return list(known)
    return _first(named, known) if text.startswith("^") else list(dict.fromkeys(named))


def _first(wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the known ones with the wanted ones in front."""
    return list(dict.fromkeys([*(each for each in wanted if each in known), *known]))
