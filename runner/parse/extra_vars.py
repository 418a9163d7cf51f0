"""`-e` values: key=value words, YAML or JSON text, and @file, all trusted as the user's own."""

from collections.abc import Iterable
from pathlib import Path

from runner.errors import UsageError
from runner.model.keywords import type_word
from runner.model.text import Map
from runner.parse.keyvalue import parse_key_values
from runner.parse.source import read_source
from runner.parse.yaml_text import load_yaml
from runner.position import Position
from runner.vault.secrets import Secrets


def read_extra_vars(written: Iterable[str], secrets: Secrets, cwd: str) -> Map:
    """Return the variables of all values, later ones winning.

    Raises UsageError for a value that is none of the forms, ParseError and VaultError for the files.
    """
    made = Map()
    for number, value in enumerate(written, 1):
        text = value.strip()
        if text:
            made.update(_read(text, Position(f"--extra-vars {number}", 1), secrets, cwd))
    return made


def _read(text: str, position: Position, secrets: Secrets, cwd: str) -> Map:
    if text.startswith("@"):
        path = str(Path(cwd, Path(text[1:]).expanduser()))
        data = load_yaml(read_source(path, secrets), path)
    elif text[0] in "/.":
        raise UsageError(
            f"Please prepend extra_vars filename '{text}' with '@'",
            expected=f"@{text}",
            found=text,
            remedy=f"write -e @{text}",
        )
    elif text[0] in "[{":
        data = load_yaml(text, position.file)
    else:
        data = parse_key_values(text, position, free_form=True, any_key=True)
        rest = data.pop("_raw_params", None)
        if rest:
            raise UsageError(
                "Invalid extra vars data supplied. These are no key=value words",
                expected="key=value, YAML or JSON in braces, or @file",
                found=str(rest),
                remedy="quote values with spaces: -e 'name=\"two words\"'",
            )
    if data is None:
        return Map()
    if not isinstance(data, Map):
        raise UsageError(
            f"Invalid extra vars data supplied. '{text}' could not be made into a dictionary",
            exit_code=5,
            expected="a mapping of variables",
            found=f"a {type_word(data)}",
            remedy="write -e 'name=value' or -e '{\"name\": \"value\"}'",
        )
    return data
