"""ssh's own words -> settings: what of `-o Key=value`, `-J`, `-F`, `-i` ... and of ssh_config we act on."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from paramiko import SSHConfig
from paramiko.ssh_exception import ConfigParseError

from runner.errors import Unreachable, nearest_names
from runner.model.address import Address
from runner.record import dataclass, field

# Acted on here, by fabric or by paramiko's reading of ssh_config.
UNDERSTOOD = frozenset(
    """userknownhostsfile globalknownhostsfile stricthostkeychecking proxyjump proxycommand identityfile identitiesonly
    connecttimeout port user hostname forwardagent serveraliveinterval serveralivecountmax hostkeyalias compression
    ciphers macs kexalgorithms""".split()
)
# Mean nothing here, or say what we do anyway: one connection is kept, nobody is asked, addresses are not checked.
SILENT = frozenset(
    """controlmaster controlpath controlpersist batchmode loglevel tcpkeepalive preferredauthentications checkhostip
    pubkeyauthentication passwordauthentication kbdinteractiveauthentication gssapiauthentication updatehostkeys
    addressfamily visualhostkey requesttty numberofpasswordprompts hashknownhosts sendenv setenv""".split()
)
_LETTERS = {"J": "ProxyJump", "i": "IdentityFile", "p": "Port", "l": "User", "o": "", "F": "", "S": "", "c": "", "m": "", "b": ""}
_FLAGS = frozenset("46ACKkNnqTtvxaX")
SYSTEM_FILE = "/etc/ssh/ssh_config"


@dataclass(slots=True)
class Words:
    """Command-line words taken apart. options: (name, value) in order; file: of -F; warnings: what was not understood."""

    options: list[tuple[str, str]] = field(default_factory=list)
    file: str | None = None
    warnings: list[str] = field(default_factory=list)


def read_words(words: tuple[str, ...]) -> Words:
    """Take the words of `ansible_ssh_common_args` apart."""
    found = Words()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        letter = word[1:2]
        if not word.startswith("-") or letter not in _FLAGS | _LETTERS.keys():
            found.warnings.append(f"ssh argument {word!r} is not understood and has no effect")
        elif letter in _FLAGS:
            _take_flag(letter, found)
        else:
            value = word[2:] or (rest.pop(0) if rest else "")
            _take_value(letter, value, found)
    return found


def _take_flag(letter: str, found: Words) -> None:
    if letter == "A":
        found.options.append(("ForwardAgent", "yes"))
    elif letter == "C":
        found.options.append(("Compression", "yes"))


def _take_value(letter: str, value: str, found: Words) -> None:
    if letter == "F":
        found.file = value
    elif letter == "o":
        name, _, text = value.replace("=", " ", 1).strip().partition(" ") if _early_equals(value) else value.partition(" ")
        _take_option(name.strip(), text.strip().strip('"'), found)
    elif _LETTERS[letter]:
        found.options.append((_LETTERS[letter], value))


def _early_equals(value: str) -> bool:
    return re.match(r"\s*\w+\s*=", value) is not None


def _take_option(name: str, value: str, found: Words) -> None:
    low = name.lower()
    if low in UNDERSTOOD:
        found.options.append((name, value))
    elif low not in SILENT:
        near = nearest_names(low, UNDERSTOOD | SILENT, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        found.warnings.append(f"ssh option {name!r} is not understood and has no effect{hint}")


@dataclass(slots=True)
class Settings:
    """What ssh would be told of a host. config: with the address's own values first, as ssh takes the first of each."""

    config: SSHConfig
    plain: SSHConfig
    warnings: list[str]


def settings_for(address: Address) -> Settings:
    """Return the settings of a host. `plain` has only the files, as ssh uses them for jump hosts. Raises Unreachable."""
    words = read_words(address.common_args)
    own = [
        *([("Port", str(address.port))] if address.port else []),
        *([("User", address.user)] if address.user else []),
        *words.options,
    ]
    head = "Host *\n" + "".join(f"    {name} {value}\n" for name, value in own)
    files = [words.file] if words.file else ["~/.ssh/config", SYSTEM_FILE]
    text = "\n".join("\nHost *\n" + _file_text(Path(name).expanduser(), bool(words.file), 0) for name in files if name != "none")
    try:
        return Settings(SSHConfig.from_text(head + text), SSHConfig.from_text(text), words.warnings)
    except ConfigParseError as error:
        raise Unreachable(f"{address.name}: the ssh configuration cannot be read: {error}", found=", ".join(files)) from error


def _file_text(path: Path, needed: bool, depth: int) -> str:
    """Return a configuration file's text with `Include` lines replaced by what they name (ssh_config(5))."""
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        if needed:
            raise Unreachable(f"the ssh configuration {path} cannot be read: {error.strerror}", remedy="see -F in ssh arguments") from error
        return ""
    return "\n".join(_lines(text, path, depth))


def _lines(text: str, path: Path, depth: int) -> Iterator[str]:
    for line in text.splitlines():
        include = re.match(r"\s*include[\s=]+(.+)", line, re.IGNORECASE)
        if include is None:
            yield line
        elif depth < 16:
            base = Path(SYSTEM_FILE).parent if str(path).startswith("/etc/ssh") else Path("~/.ssh").expanduser()
            for pattern in include[1].split():
                whole = os.path.join(base, os.path.expanduser(pattern.strip('"')))
                for each in sorted(Path("/").glob(whole.lstrip("/"))):
                    yield _file_text(each, False, depth + 1)
