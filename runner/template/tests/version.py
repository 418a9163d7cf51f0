"""The test version: compares version numbers, loosely or by a standard."""

import operator as operators
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.errors import TemplateError
from runner.late import late
from runner.template.tests.kinds import checked

if TYPE_CHECKING:
    from packaging import version as versions
else:
    versions = late("packaging.version")

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operators.eq,
    "=": operators.eq,
    "eq": operators.eq,
    "<": operators.lt,
    "lt": operators.lt,
    "<=": operators.le,
    "le": operators.le,
    ">": operators.gt,
    "gt": operators.gt,
    ">=": operators.ge,
    "ge": operators.ge,
    "!=": operators.ne,
    "<>": operators.ne,
    "ne": operators.ne,
}
LOOSE = re.compile(r"(\d+ | [a-z]+ | \.)", re.VERBOSE)
STRICT = re.compile(r"^(\d+) \. (\d+) (\. (\d+))? ([ab](\d+))?$", re.VERBOSE | re.ASCII)
SEMANTIC = re.compile(
    r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$"
)


def loose(text: str) -> list[Any]:
    """Return a version as the list of its numbers and words."""
    return [int(part) if part.isdigit() else part for part in LOOSE.split(text) if part and part != "."]


def strict(text: str) -> tuple[Any, ...]:
    """Return a version of the form 1.2, 1.2.3 or 1.2a3. Raises ValueError."""
    match = STRICT.match(text)
    if match is None:
        raise ValueError(f"invalid version number '{text}'")
    major, minor, _, patch, early, number = match.groups()
    return (int(major), int(minor), int(patch or 0)), (early[0], int(number)) if early else ("z", 0)


def semantic(text: str) -> tuple[Any, ...]:
    """Return a version by https://semver.org, comparable: numbers before words, an early release before the release."""
    match = SEMANTIC.match(text)
    if match is None:
        raise ValueError(f"invalid semantic version '{text}'")
    early = match.group(4)
    order = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in early.split(".")] if early else []
    return tuple(int(match.group(n)) for n in (1, 2, 3)), not early, order


KINDS: dict[str, Callable[[str], Any]] = {
    "loose": loose,
    "strict": strict,
    "semver": semantic,
    "semantic": semantic,
    "pep440": lambda text: versions.Version(text),  # noqa: PLW0108 looked up when it is called
}


def version(value: Any, version: Any, operator: str = "eq", strict: bool | None = None, version_type: str | None = None) -> bool:
    """Tell how a version compares with another. version_type: loose, strict, semver, pep440."""
    if not str(checked(value)):
        raise TemplateError("Input version value cannot be empty")
    if not str(checked(version)):
        raise TemplateError("Version parameter to compare against cannot be empty")
    if strict is not None and version_type is not None:
        raise TemplateError("Cannot specify both 'strict' and 'version_type'")
    kind = version_type or ("strict" if strict else "loose")
    if kind not in KINDS:
        raise TemplateError(
            f"Invalid version type ({kind}). Must be one of {', '.join(map(repr, KINDS))}", expected=", ".join(KINDS), found=kind
        )
    if operator not in COMPARE:
        raise TemplateError(
            f"Invalid operator type ({operator}). Must be one of {', '.join(map(repr, COMPARE))}",
            expected=", ".join(COMPARE),
            found=operator,
        )
    try:
        return COMPARE[operator](KINDS[kind](str(value)), KINDS[kind](str(version)))
    except (ValueError, TypeError) as error:
        raise TemplateError(f"Version comparison failed: {error}", found=f"{value} and {version}", expected=f"{kind} versions") from error


TESTS = {"version": version, "version_compare": version}
