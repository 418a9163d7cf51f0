"""The lookup file: the content of files of the control machine."""

from typing import Any

from runner.template.lookup import LookupContext, LookupFailed


def run(terms: list[Any], context: LookupContext, rstrip: bool = True, lstrip: bool = False) -> list[Any]:
    """Return the text of each file, without white space at its end unless told."""
    result = []
    for term in terms:
        path = context.find_file("files", str(term))
        if path is None:
            raise LookupFailed(
                f"The 'file' lookup had an issue accessing the file '{term}'. file not found; looked at "
                + ", ".join(map(str, context.places("files", str(term))))
            )
        text = context.read(path).decode("utf-8", "surrogateescape")
        text = text.lstrip() if lstrip else text
        result.append(text.rstrip() if rstrip else text)
    return result
