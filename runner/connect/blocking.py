"""Runs a blocking call in a thread of its own, so that the loop never waits and no pool of threads runs dry."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *args: Any, abandoned: Callable[[T], object] | None = None) -> T:
    """Return what `work(*args)` returns, or raise what it raises.

    abandoned: called in the thread with the result when nobody waits for it any more. A pool would not do: a few hosts that
    do not answer would fill it and hold up all others.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def deliver(value: T | None, error: BaseException | None) -> None:
        if answer.done():
            if error is None and abandoned is not None:
                threading.Thread(target=abandoned, args=(value,), daemon=True).start()
        elif error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = work(*args)
        except BaseException as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(deliver, value, error)
        except RuntimeError:
            # the loop is closed: the program ends
            if error is None and abandoned is not None:
                abandoned(value)  # type: ignore[arg-type]

    threading.Thread(target=run, daemon=True, name="muster-blocking").start()
    return await answer
