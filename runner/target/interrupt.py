"""Stopping a module in the middle: the exceptions, and the switch that says whether it may be stopped now."""

import signal
import threading
from typing import Any, Dict, Optional, Set


class Interrupted(BaseException):
    """The module is stopped from outside. Not an Exception, so that a module's own `except` does not swallow it."""


class DeadlinePassed(Interrupted):
    """The task's time is up."""


class Cancelled(Interrupted):
    """The controller no longer wants the answer."""


class Switch:
    """Raises in the main thread while a module runs, at most once a module, and at no other time.

    The main thread calls `run`; `cancel` may be called from another thread.
    """

    def __init__(self) -> None:
        self._main = threading.main_thread().ident
        self._armed = False
        self._wanted: Set[int] = set()
        self._running: Optional[int] = None
        signal.signal(signal.SIGUSR1, self._on_cancel)
        signal.signal(signal.SIGALRM, self._on_alarm)

    def run(self, number, deadline, work):
        """Run `work()` as request `number` and return its value. deadline: seconds, None for no limit.

        Raises DeadlinePassed or Cancelled when it was stopped.
        """
        self._running = number
        self._armed = True
        try:
            if number in self._wanted:
                self._on_cancel()
            if deadline:
                signal.setitimer(signal.ITIMER_REAL, deadline)
            return work()
        finally:
            self._armed = False
            self._running = None
            self._wanted.discard(number)
            if deadline:
                signal.setitimer(signal.ITIMER_REAL, 0)

    def cancel(self, number):
        """Stop request `number` if it runs now, or as soon as it begins."""
        self._wanted.add(number)
        if self._running == number and self._main is not None:
            signal.pthread_kill(self._main, signal.SIGUSR1)

    def stop(self):
        """Stop whatever runs; for the main thread's own signal handlers."""
        if self._armed:
            self._armed = False
            raise Cancelled

    def _on_cancel(self, *_signal):
        if self._running in self._wanted:
            self.stop()

    def _on_alarm(self, *_signal):
        if self._armed:
            self._armed = False
            raise DeadlinePassed


def timed_out(name: str, seconds: float, frame: str = "on the host, in the module") -> Dict[str, Any]:
    """Return the result of a module that was stopped at its deadline, in Ansible's words."""
    msg = "The %s action failed to execute in the expected time frame (%g) and was terminated" % (name, seconds)
    return {"changed": False, "failed": True, "msg": msg, "timedout": {"period": seconds, "frame": frame}}
