"""The lookup first_found: the first of several files that exists."""

import re
from collections.abc import Mapping
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed
from runner.template.undefined import Undefined

UNDEFINED_TERMS = "skip"


def split(value: Any) -> list[str]:
    """Return a list of names from text with commas, semicolons or colons, or from a list of such."""
    if isinstance(value, Undefined):
        return []
    if isinstance(value, (list, tuple)):
        return [name for each in value for name in split(each)]
    return [name for name in re.split(r"[,;]", str(value).replace(":", ",")) if name] if value else []


def candidates(terms: list[Any], files: Any, paths: Any) -> tuple[list[str], bool]:
    """Return the names to look for, and whether a term says that finding none is no error."""
    names: list[str] = []
    skip = False
    own = [(split(files), split(paths))] if files or paths else []
    for term in terms:
        if isinstance(term, Undefined):
            continue
        if isinstance(term, Mapping):
            wanted = split(term.get("files"))
            if wanted or not term.get("files"):
                own.append((wanted, split(term.get("paths"))))
            skip = skip or bool(term.get("skip", False))
        elif isinstance(term, (list, tuple)):
            inner, inner_skip = candidates(list(term), None, None)
            names += inner
            skip = skip or inner_skip
        else:
            names += [name for name in re.split("[,;]", str(term)) if name]
    for wanted, folders in own:
        names += [f"{folder.rstrip('/')}/{name}" for folder in folders for name in wanted] if folders else wanted
        names += folders if folders and not wanted else []
    return names, skip


def run(terms: list[Any], context: LookupContext, files: Any = None, paths: Any = None, skip: bool = False) -> list[Any]:
    """Return the path of the first file that exists, in a list; with skip an empty list when there is none."""
    names, term_skip = candidates(terms, files, paths)
    for name in names:
        path = context.find_file(context.kind, name)
        if path is not None:
            return [str(path)]
    if skip or term_skip:
        return []
    raise LookupFailed("No file was found when using first_found. Looked for " + (", ".join(names) or "nothing"))
