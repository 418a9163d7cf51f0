"""How results are written: the format, whether it is made for reading, and how much."""

from runner.record import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """verbosity: number of -v. format: json or yaml. pretty: for reading rather than exact."""

    verbosity: int = 0
    format: str = "json"
    pretty: bool = False
