"""Whether an object of a cluster is as far as `wait` wants it (pure), and waiting for that."""

from typing import Any, Callable, Dict, Optional

from runner.target.option import option, record

WAIT: Dict[str, Dict[str, Any]] = {
    "wait": option("bool", "Wait until it is as it shall be: pods ready, deployments rolled out, deleted objects gone.", False),
    "wait_sleep": option("int", "Seconds between two looks.", 5),
    "wait_timeout": option("int", "Seconds to wait at most.", 120),
    "wait_condition": record("A condition of the status to wait for.", {
        "type": option("str", "Which."), "status": option("str", "Its status.", "True", enum=["True", "False", "Unknown"]),
        "reason": option("str", "Its reason."),
    }),
}  # fmt: skip


def condition(thing: Dict[str, Any], kind: str) -> Dict[str, Any]:
    """Return a condition of an object's status; {} without it."""
    rows = (thing.get("status") or {}).get("conditions") or []
    return next((row for row in rows if row.get("type") == kind), {})


def _deployment(thing: Dict[str, Any]) -> bool:
    status, wanted = thing.get("status") or {}, (thing.get("spec") or {}).get("replicas", 1)
    current = status.get("observedGeneration") == (thing.get("metadata") or {}).get("generation")
    counts = [status.get(key) or 0 for key in ("updatedReplicas", "availableReplicas", "replicas")]
    return current and counts == [wanted] * 3 and not status.get("unavailableReplicas")


def _daemon_set(thing: Dict[str, Any]) -> bool:
    status = thing.get("status") or {}
    wanted = status.get("desiredNumberScheduled")
    current = status.get("observedGeneration") == (thing.get("metadata") or {}).get("generation")
    return wanted is not None and current and status.get("numberReady") == wanted == status.get("updatedNumberScheduled", wanted) \
        and not status.get("numberUnavailable")  # fmt: skip


def _stateful_set(thing: Dict[str, Any]) -> bool:
    status, wanted = thing.get("status") or {}, (thing.get("spec") or {}).get("replicas", 1)
    current = status.get("observedGeneration") == (thing.get("metadata") or {}).get("generation")
    return current and (status.get("readyReplicas") or 0) == wanted and (status.get("updatedReplicas") or wanted) == wanted


def _pod(thing: Dict[str, Any]) -> bool:
    rows = (thing.get("status") or {}).get("containerStatuses")
    return bool(rows) and all(row.get("ready") for row in rows or [])


_READY = {"Deployment": _deployment, "DaemonSet": _daemon_set, "StatefulSet": _stateful_set, "Pod": _pod}


def ready(thing: Optional[Dict[str, Any]], wanted: Optional[Dict[str, Any]]) -> bool:
    """Tell whether an object is ready. wanted: the wait_condition, or None."""
    if thing is None:
        return False
    if wanted and wanted.get("type"):
        there = condition(thing, wanted["type"])
        return bool(there) and there.get("status") == wanted["status"] and wanted.get("reason") in (None, there.get("reason"))
    check = _READY.get(str(thing.get("kind")))
    return check is None or check(thing)


def wait_for(system: Any, args: Dict[str, Any], done: Callable[[], bool]) -> int:
    """Wait until `done` says so and return how many seconds it took; negative when it did not within wait_timeout."""
    begun = system.monotonic()
    while True:
        if done():
            return int(system.monotonic() - begun)
        if system.monotonic() - begun >= args["wait_timeout"]:
            return -1 - int(system.monotonic() - begun)
        system.sleep(min(args["wait_sleep"], max(0.1, args["wait_timeout"])))
