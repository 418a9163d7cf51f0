"""Merges settings into a JSON object, and remembers which keys are ours so that they can be taken away again."""

import copy
from typing import Any, Dict, List, Tuple

Path = List[str]


def flat(settings: Dict[str, Any], prefix: str = "") -> Dict[str, Any]:
    """Return nested settings as one level, names joined by dots; an empty mapping is a value."""
    found: Dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            found.update(flat(value, prefix + name + "."))
        else:
            found[prefix + name] = value
    return found


def leaves(settings: Dict[str, Any]) -> List[Tuple[Path, Any]]:
    """Return (path, value) of each value that is no mapping, sorted by path."""
    found: List[Tuple[Path, Any]] = []
    for name in sorted(settings):
        value = settings[name]
        if isinstance(value, dict) and value:
            found += [([name] + path, leaf) for path, leaf in leaves(value)]
        else:
            found.append(([name], value))
    return found


def merged(now: Dict[str, Any], wanted: Dict[str, Any], owned: List[Path]) -> Tuple[Dict[str, Any], List[Path]]:
    """Return (new settings, paths that are ours from now on).

    now: the present settings. wanted: what shall be set; None takes a value away. owned: paths that earlier runs set. A value that stood
    there before, as wanted, stays its writer's.
    """
    after: Dict[str, Any] = copy.deepcopy(now)
    ours: List[Path] = []
    goals = leaves(wanted)
    kept = [path for path, value in goals if value is not None]
    for path in owned:
        if path not in kept:
            _take(after, path)
    for path, value in goals:
        if value is None:
            _take(after, path)
            continue
        there, old = _get(now, path)
        if path in owned or not there or old != value:
            ours.append(path)
        _put(after, path, value)
    return after, ours


def _get(settings: Any, path: Path) -> Tuple[bool, Any]:
    for name in path:
        if not isinstance(settings, dict) or name not in settings:
            return False, None
        settings = settings[name]
    return True, settings


def _put(settings: Dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        if not isinstance(settings.get(name), dict):
            settings[name] = {}
        settings = settings[name]
    settings[path[-1]] = value


def _take(settings: Dict[str, Any], path: Path) -> None:
    """Remove a value, and the mappings that it leaves empty."""
    if not _get(settings, path)[0]:
        return
    if len(path) == 1:
        del settings[path[0]]
        return
    _take(settings[path[0]], path[1:])
    if not settings[path[0]]:
        del settings[path[0]]
