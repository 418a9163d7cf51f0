"""The items of a loop sent ahead, so that a loop of a thousand does not wait for a thousand round trips."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from runner import find
from runner.execute.chained import CHANGING, Line, Turn
from runner.execute.context import TaskContext
from runner.execute.held import held_events
from runner.execute.reach import Links
from runner.model.event import Event
from runner.model.plan import PlanTask
from runner.model.text import Template
from runner.record import dataclass
from runner.variables.guarded import Forbidden, Guard
from runner.variables.view import View

# As many items are on their way at once.
MOST = 64
# These keywords make an item wait for the one before, or watch the clock.
WAITING = "until retries delegate_to async poll timeout local_action debugger".split()

Done = tuple[TaskContext | None, dict[str, Any]]


@dataclass(slots=True)
class _Sent:
    """An item that is on its way. events: what it had to say, told when it is taken."""

    view: View
    work: asyncio.Task[Done]
    turn: Turn
    events: list[Event]


def items_go_ahead(task: PlanTask, control: Mapping[str, Any]) -> bool:
    """Tell whether no item of a loop depends on what the one before it came to."""
    raw = task.task.keywords.get("loop_control")
    breaks = isinstance(raw, dict) and "break_when" in raw
    if breaks or control.get("pause") or isinstance(task.task.action, Template):
        return False
    if any(task.keyword(word) is not None for word in WAITING):
        return False
    found = find.action(str(task.task.action))
    return found is not None and found.kind == "module"


class Items:
    """Runs the items of a loop on one host in order. links: of the run.

    run: runs one item in its view with the given links. layer: (place, item) -> the variables of the item. ahead: whether items may
    be sent before the answers of those in front of them have come.
    """

    def __init__(
        self,
        view: Callable[[], View],
        items: list[Any],
        layer: Callable[[int, Any], Mapping[str, Any]],
        run: Callable[[View, Any, Any], Awaitable[Done]],
        links: Links,
        emit: Callable[[Event], None],
        *,
        ahead: bool,
    ) -> None:
        self._view = view
        self._items = items
        self._layer = layer
        self._run = run
        self._links = links
        self._emit = emit
        self._line = Line(links, stop=False)
        self._line.broken = not ahead or len(items) < 2
        self._sent: deque[_Sent] = deque()
        self._next = 0

    async def take(self, at: int) -> tuple[View, Done]:
        """Return what item number `at` came to, with its view. Items are taken in order."""
        if not self._line.broken:
            self._send()
        if self._sent:
            sent = self._sent.popleft()
            sent.turn.come.set()
            try:
                await asyncio.wait([sent.work])
            except asyncio.CancelledError:
                sent.work.cancel()
                self.call_off()
                raise
            if not sent.work.cancelled():
                sent.turn.release()
                for event in sent.events:
                    self._emit(event)
                return sent.view, sent.work.result()
        view = self._view().over(self._layer(at, self._items[at]))
        return view, await self._run(view, self._items[at], self._links)

    def _send(self) -> None:
        while self._next < len(self._items) and len(self._sent) < MOST:
            item = self._items[self._next]
            guard = Guard(CHANGING)
            view = guard.view(self._view()).over(self._layer(self._next, item))
            turn = Turn(self._line, partial(self._release, guard))
            events: list[Event] = []
            with held_events(events):
                work = asyncio.get_running_loop().create_task(self._one(view, item, turn))
            self._sent.append(_Sent(view, work, turn, events))
            self._next += 1

    def _release(self, guard: Guard) -> None:
        guard.release(self._view())

    async def _one(self, view: View, item: Any, turn: Turn) -> Done:
        if self._line.broken:
            raise asyncio.CancelledError
        try:
            return await self._run(view, item, turn)
        except Forbidden:
            # this item, and so all behind it, waits for its turn
            self._line.broken = True
            raise asyncio.CancelledError from None

    def call_off(self) -> None:
        """Give up what was sent ahead."""
        self._line.broken = True
        for sent in self._sent:
            sent.work.cancel()
        self._sent.clear()
