"""The lookup unvault: the content of vault files, decrypted."""

from typing import Any

from runner.template.lookup import LookupContext, LookupFailed


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the text of each file."""
    result = []
    for term in terms:
        path = context.find_file("files", str(term))
        if path is None:
            raise LookupFailed(f'Unable to find file matching "{term}" ')
        result.append(context.read(path).decode("utf-8", "surrogateescape"))
    return result
