"""Do the same to many hosts at the same time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def together(items: Iterable[Any], work: Callable[[Any], Any]) -> list[Any]:
    """Do `work` on all items at the same time; results in their order. The first error is raised when all are through."""
    every = list(items)
    with ThreadPoolExecutor(max_workers=max(1, min(16, len(every)))) as pool:
        return list(pool.map(work, every))
