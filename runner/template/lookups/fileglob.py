"""The lookup fileglob: files of the control machine that match shell patterns."""

import glob
import os
from pathlib import Path
from typing import Any

from runner.template.lookup import LookupContext


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the absolute paths of the files that match; folders are left out."""
    result: list[str] = []
    for term in terms:
        for pattern in folders(str(term), context):
            found = [os.path.abspath(each) for each in sorted(glob.glob(str(pattern))) if Path(each).is_file()]
            if found:
                result += found
                break
    return result


def folders(term: str, context: LookupContext) -> list[Path]:
    """Return the patterns to try: in the folder the term names, or in every place files are looked for."""
    folder, name = os.path.split(term)
    if not folder:
        return context.places("files", name)
    found = context.find_file("files", folder)
    return [found / name] if found else []
