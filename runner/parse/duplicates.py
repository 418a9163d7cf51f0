"""What a key that stands twice in a mapping means: a warning, an error, or nothing (the setting duplicate_dict_key)."""

from collections.abc import Callable

from runner.errors import ParseError
from runner.position import Position

Warn = Callable[[str, Position | None], None]


def duplicates(setting: str, warn: Warn) -> Warn | None:
    """Return what `load_yaml` shall call for each such key. setting: warn, error or ignore. The call raises ParseError for error."""

    def refuse(text: str, position: Position | None) -> None:
        raise ParseError(
            text.removesuffix(" Using last defined value only."),
            position=position,
            expected="each key once",
            found="the same key again",
            remedy="remove or rename one of them",
        )

    return {"warn": warn, "error": refuse}.get(setting)
