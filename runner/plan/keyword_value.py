"""The rendered value of a keyword as truth or number; what is neither is one clear error (pure)."""

from typing import Any

from runner.errors import ParseError
from runner.plan.convert import CannotConvert, to_bool
from runner.position import Position, position_of


def truth(word: str, rendered: Any, position: Position | None) -> bool:
    """Return the truth of keyword `word`. position: where the keyword's value stands. Raises ParseError."""
    try:
        return to_bool(rendered)
    except CannotConvert as cannot:
        raise ParseError(
            f"the field '{word}' has an invalid value ({rendered}), and could not be converted to bool. {cannot}",
            position=position_of(rendered) or position,
            expected="true or false",
            found=shown(rendered),
            remedy=f"write '{word}: true' or '{word}: false'",
        ) from None


def whole_number(word: str, rendered: Any, position: Position | None) -> int:
    """Return the whole number that keyword `word` gives. Raises ParseError."""
    return int(number(word, rendered, position, kind="int"))


def number(word: str, rendered: Any, position: Position | None, *, kind: str = "float") -> float:
    """Return the number that keyword `word` gives. kind: `int` or `float`, for the message. Raises ParseError."""
    try:
        if isinstance(rendered, (list, dict)) or rendered is None:
            raise ValueError
        return float(rendered) if kind == "float" else int(rendered)
    except ValueError:
        raise ParseError(
            f"the field '{word}' has an invalid value ({rendered}), and could not be converted to {kind}.",
            position=position_of(rendered) or position,
            expected="a whole number" if kind == "int" else "a number",
            found=shown(rendered),
            remedy=f"write '{word}: 5', or a template that gives a number",
        ) from None


def shown(value: Any) -> str:
    """Return a value as an error shows what was found."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "nothing" if value is None else str(value)
