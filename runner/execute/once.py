"""Answers of a run that are worked out once, however many hosts ask."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class Once(Generic[Key, Answer]):
    """Keeps the answer to each key. May be asked from any thread; what raised is worked out again for the next who asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Key, Future[Answer]] = {}

    def get(self, key: Key, work: Callable[[], Answer]) -> Answer:
        """Return the answer; who asks while another thread works it out waits for that. Raises what `work` raises."""
        with self._lock:
            known = self._found.get(key)
            if known is None:
                mine = self._found[key] = Future()
        if known is not None:
            return known.result()
        try:
            mine.set_result(work())
        except BaseException as error:
            mine.set_exception(error)
            with self._lock:
                del self._found[key]
        return mine.result()
