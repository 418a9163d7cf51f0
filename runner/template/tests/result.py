"""Tests on the result of a task: changed, failed, skipped, unreachable, started, finished ..."""

from typing import Any

from runner.template.tests.kinds import mapping_of


def failed(result: Any) -> bool:
    """Tell whether the task failed."""
    return bool(mapping_of(result, "failed").get("failed", False))


def succeeded(result: Any) -> bool:
    """Tell whether the task did not fail."""
    return not failed(result)


def unreachable(result: Any) -> bool:
    """Tell whether the host could not be reached."""
    return bool(mapping_of(result, "unreachable").get("unreachable", False))


def reachable(result: Any) -> bool:
    """Tell whether the host could be reached."""
    return not bool(mapping_of(result, "reachable").get("unreachable", False))


def changed(result: Any) -> bool:
    """Tell whether the task, or one of its loop items, changed something."""
    known = mapping_of(result, "changed")
    if "changed" not in known:
        items = known.get("results")
        if isinstance(items, list) and items and isinstance(items[0], dict):
            return any(bool(each.get("changed", False)) for each in items)
    return bool(known.get("changed", False))


def skipped(result: Any) -> bool:
    """Tell whether the task was skipped."""
    return bool(mapping_of(result, "skipped").get("skipped", False))


def started(result: Any) -> bool:
    """Tell whether an async task has started."""
    known = mapping_of(result, "started")
    return bool(int(known["started"]) == 1) if "started" in known else True


def finished(result: Any) -> bool:
    """Tell whether an async task has finished; a task that is not async has."""
    known = mapping_of(result, "finished")
    return bool(int(known["finished"]) == 1) if "finished" in known else True


def timedout(result: Any) -> bool:
    """Tell whether the task ran out of time."""
    known = mapping_of(result, "timedout").get("timedout", False)
    return bool(known.get("period", False)) if isinstance(known, dict) else bool(known)


TESTS = {
    "failed": failed,
    "failure": failed,
    "succeeded": succeeded,
    "success": succeeded,
    "successful": succeeded,
    "changed": changed,
    "change": changed,
    "skipped": skipped,
    "skip": skipped,
    "unreachable": unreachable,
    "reachable": reachable,
    "started": started,
    "finished": finished,
    "timedout": timedout,
}
