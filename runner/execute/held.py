"""Events kept back: what a task that was sent ahead has to say is told when its turn comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from runner.model.event import Event

# Each asyncio task keeps the value it was made with.
_HELD: ContextVar[list[Event] | None] = ContextVar("held", default=None)


@contextmanager
def held_events(into: list[Event]) -> Iterator[None]:
    """Have the events of asyncio tasks made inside go to a list."""
    before = _HELD.set(into)
    try:
        yield
    finally:
        _HELD.reset(before)


def hold(event: Event) -> bool:
    """Keep an event back, if those of the running task are kept back. Returns whether it was."""
    held = _HELD.get()
    if held is not None:
        held.append(event)
    return held is not None
