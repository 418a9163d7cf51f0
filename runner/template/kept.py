"""Text that stays text although it looks like a list, mapping or boolean, also in the variable that it becomes the value of."""


class KeepText(str):
    """The output of to_json and its like."""

    __slots__ = ()


class KeptData(KeepText):
    """Text that a lookup read."""

    __slots__ = ()
