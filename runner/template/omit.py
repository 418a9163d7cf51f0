"""The placeholder `omit`: a keyword or argument whose value is this very object is left out."""

import secrets
from typing import Any


class Omit(str):
    """The type of `OMIT`. It is a string so that it can stand in text, where it is only a mark."""

    __slots__ = ()

    def __copy__(self) -> "Omit":
        return self

    def __deepcopy__(self, memo: Any) -> "Omit":
        return self


OMIT = Omit("__omit_place_holder__" + secrets.token_hex(20))
