"""Read the settings: defaults, then ansible.cfg, then the ANSIBLE_* environment."""

import configparser
import os
import re
import stat
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from runner.errors import ParseError, UsageError, nearest_names
from runner.parse.settings import Settings
from runner.position import Position
from runner.record import Field, fields

TRUE = ("yes", "on", "1", "true", "t", "y", "1.0")
FALSE = ("no", "off", "0", "false", "f", "n", "0.0", "")

CLOSE = 0.85
# Sections that callbacks and other plugins read for themselves.
FOR_PLUGINS = ("galaxy", "colors", "persistent_connection")

Warn = Callable[[str], None]


def read_settings(environ: Mapping[str, str], cwd: str, warn: Warn) -> Settings:
    """Return the settings that hold in the folder `cwd` with this environment.

    The file is the first of ANSIBLE_CONFIG, ./ansible.cfg (unless everyone may write the folder), ~/.ansible.cfg and
    /etc/ansible/ansible.cfg. Raises ParseError for a file that cannot be read, UsageError for a value of the wrong kind.
    """
    config = find_config(environ, cwd, warn)
    written = _file_values(config) if config else {}
    values: dict[str, Any] = {"config_file": config}
    origin: dict[str, str] = {}
    for each in fields(Settings):
        if "kind" not in each.metadata:
            continue
        raw, source, base = _raw(each, written, environ, cwd)
        origin[each.name] = source
        if raw is None:
            values[each.name] = default_of(each)
        else:
            values[each.name] = _typed(each, raw, source, base, environ)
    return Settings(**values, origin=origin)


def find_config(environ: Mapping[str, str], cwd: str, warn: Warn) -> str | None:
    """Return the path of the ansible.cfg that holds, or None."""
    named = environ.get("ANSIBLE_CONFIG")
    if named is not None:
        path = Path(named).expanduser()
        path = path / "ansible.cfg" if path.is_dir() else path
        if path.exists() and os.access(path, os.R_OK):
            return str(path.absolute())
    local = Path(cwd) / "ansible.cfg"
    if local.exists():
        if Path(cwd).stat().st_mode & stat.S_IWOTH:
            warn(
                f"Ansible is being run in a world writable directory ({cwd}), ignoring it as an ansible.cfg source. "
                "Anyone could have put that file there; name it with ANSIBLE_CONFIG if you trust it"
            )
        elif os.access(local, os.R_OK):
            return str(local)
    for path in (Path(environ.get("HOME", "~")).expanduser() / ".ansible.cfg", Path("/etc/ansible/ansible.cfg")):
        if path.exists() and os.access(path, os.R_OK):
            return str(path)
    return None


def _file_values(path: str) -> dict[str, tuple[str, str]]:
    """Return `section.key` -> (value, place it was found)."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",), strict=False)
    try:
        text = Path(path).read_text("utf-8")
        parser.read_string(text, path)
    except (OSError, UnicodeDecodeError) as problem:
        raise ParseError(f"cannot read the settings file {path}: {problem}", position=Position(path, 1)) from problem
    except configparser.Error as problem:
        line = getattr(problem, "lineno", None) or (getattr(problem, "errors", None) or [(1, "")])[0][0]
        raise ParseError(
            "the settings file is not INI text",
            position=Position(path, line),
            expected="[section] lines and key = value lines",
            remedy="correct the line",
        ) from problem
    lines = text.splitlines()
    return {
        f"{section}.{key}": (value, f"{path}:{_line(lines, section, key)}")
        for section in parser.sections()
        for key, value in parser.items(section)
    }


def unknown_settings(config: str | None) -> list[str]:
    """Return a sentence for each setting of a settings file that is not obeyed, with its place and the nearest name."""
    known = {name for each in fields(Settings) for name in each.metadata.get("ini", ())}
    found = []
    for name, (_value, place) in (_file_values(config) if config else {}).items():
        section, _, key = name.partition(".")
        if name in known or section in FOR_PLUGINS:
            continue
        near = get_close_matches(name, known, 1, CLOSE)
        found.append(f"muster does not obey the setting {key} in [{section}] ({place})" + (f"; did you mean {near[0]}?" if near else ""))
    return found


def _line(lines: list[str], section: str, key: str) -> int:
    inside, found = False, 1
    for number, line in enumerate(lines, 1):
        if line.strip().startswith("["):
            inside = line.strip().startswith(f"[{section}]")
        elif inside and re.match(rf"\s*{re.escape(key)}\s*[=:]", line, re.IGNORECASE):
            found = number
    return found


def _raw(
    each: "Field[Any]", written: Mapping[str, tuple[str, str]], environ: Mapping[str, str], cwd: str
) -> tuple[str | None, str, str]:
    """Return the text of a setting (None: default), where it stands, and the folder its relative paths start from."""
    for name in each.metadata["env"]:
        if name in environ:
            value = environ[name]
            return ("true" if name == "NO_COLOR" and value else value), f"env: {name}", cwd
    for name in each.metadata["ini"]:
        if name in written:
            value, place = written[name]
            return value, place, str(Path(place.rpartition(":")[0]).parent)
    return None, "default", cwd


def default_of(each: "Field[Any]") -> Any:
    """Return the default of a setting; in paths `~` is the home folder."""
    value: Any = each.default
    if each.metadata["kind"] in ("search", "paths"):
        return tuple(os.path.expanduser(path) for path in value)
    if each.metadata["kind"] == "path" and value:
        return os.path.expanduser(value)
    return value


def _typed(each: "Field[Any]", raw: str, source: str, base: str, environ: Mapping[str, str]) -> Any:
    """Return the text as the kind the setting has. Raises UsageError when it does not fit."""
    kind, value = each.metadata["kind"], _unquoted(raw.strip())
    if kind in ("int", "float"):
        try:
            return int(value) if kind == "int" else float(value)
        except ValueError as problem:
            raise _misfit(each.name, source, raw, "a whole number" if kind == "int" else "a number") from problem
    if kind == "bool":
        if value.lower() not in TRUE + FALSE:
            raise _misfit(each.name, source, raw, "true or false")
        return value.lower() in TRUE
    if kind == "list":
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if kind in ("paths", "search"):
        parts = value.split("," if kind == "paths" else ":")
        return tuple(_path(part.strip(), base, environ) for part in parts if part.strip())
    if kind == "path":
        return _path(value, base, environ) if value else None
    choices = each.metadata["choices"]
    if choices and value not in choices:
        raise UsageError(
            f"the setting {each.name} ({source}) has no value {value}",
            expected="one of " + ", ".join(choices),
            found=value,
            nearest=nearest_names(value, choices),
            remedy="correct the value",
        )
    return value


def _misfit(name: str, source: str, raw: str, expected: str) -> UsageError:
    return UsageError(
        f"the setting {name} ({source}) is not {expected}", expected=expected, found=raw, remedy="correct the value"
    )


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _path(value: str, base: str, environ: Mapping[str, str]) -> str:
    """Return an absolute path; `~`, `$NAME` and `{{CWD}}` are filled in. The word `host,` of an inventory stays as it is."""
    filled = re.sub(r"\{\{ *CWD *\}\}", environ.get("PWD", "."), value)
    filled = re.sub(r"\$\{?(\w+)\}?", lambda match: environ.get(match.group(1), match.group(0)), filled)
    return os.path.normpath(os.path.join(base, os.path.expanduser(filled)))
