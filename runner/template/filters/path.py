"""Filters on paths: basename, realpath, path_join, win_dirname, fileglob ..."""

import glob
import ntpath
import os.path
from collections.abc import Callable
from functools import wraps
from typing import Any

from jinja2 import Undefined as JinjaUndefined
from jinja2 import pass_context

from runner.errors import TemplateError


def of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a path function that takes text only and says so. Never evaluated while a template is compiled."""

    @pass_context
    @wraps(function)
    def applied(context: Any, value: Any, *args: Any, **options: Any) -> Any:
        if isinstance(value, JinjaUndefined):
            str(value)
        if not isinstance(value, str):
            raise TypeError(f"expected str, bytes or os.PathLike object, not {type(value).__name__}")
        return function(str(value), *args, **options)

    return applied


def path_join(value: Any) -> str:
    """Return the parts of a path joined; a later absolute part starts over."""
    if isinstance(value, str):
        return os.path.join(value)
    if isinstance(value, (list, tuple)):
        return os.path.join(*[str(each) for each in value])
    raise TypeError(f"|path_join expects string or sequence, got {type(value)} instead.")


def commonpath(value: Any) -> str:
    """Return the longest path that all paths of a list begin with."""
    if not isinstance(value, (list, tuple)):
        raise TemplateError("|commonpath expects sequence, got " + repr(type(value)) + " instead.", expected="a list of paths")
    return os.path.commonpath([str(each) for each in value])


def fileglob(value: Any) -> list[str]:
    """Return the files of the control machine that match a shell pattern."""
    return [each for each in glob.glob(str(value)) if os.path.isfile(each)]


FILTERS = {
    "basename": of_text(os.path.basename),
    "dirname": of_text(os.path.dirname),
    "expanduser": of_text(os.path.expanduser),
    "expandvars": of_text(os.path.expandvars),
    "normpath": of_text(os.path.normpath),
    "realpath": of_text(os.path.realpath),
    "relpath": of_text(os.path.relpath),
    "splitext": of_text(os.path.splitext),
    "win_basename": of_text(ntpath.basename),
    "win_dirname": of_text(ntpath.dirname),
    "win_splitdrive": of_text(ntpath.splitdrive),
    "path_join": path_join,
    "commonpath": commonpath,
    "fileglob": fileglob,
}
