"""What a task's answer becomes: one complete result, what is shown of it, and its status (pure)."""

from collections.abc import Iterable, Mapping
from typing import Any

from runner.model.request import ShellAnswer

CENSORED = "the output has been hidden due to the fact that 'no_log: true' was specified for this result"
KEPT = frozenset("changed failed skipped unreachable attempts retries _ansible_no_log".split())
FOR_DISPLAY = frozenset("_ansible_verbose_always _ansible_verbose_override _ansible_verbosity".split())
STARS = "********"


def complete(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with the keys every registered result has: changed, failed, and lines of stdout and stderr."""
    result = dict(answer)
    if "failed" not in result and isinstance(result.get("rc"), int) and not isinstance(result.get("rc"), bool) and result["rc"] != 0:
        result["failed"] = True
    result["changed"] = bool(result.get("changed", False))
    result["failed"] = bool(result.get("failed", False))
    for stream in ("stdout", "stderr"):
        text = result.get(stream)
        if isinstance(text, str) and f"{stream}_lines" not in result:
            result[f"{stream}_lines"] = text.splitlines()
    return result


def of_shell(answer: ShellAnswer) -> dict[str, Any]:
    """Return the result of a command that ran without the agent."""
    result: dict[str, Any] = {
        "changed": True,
        "rc": answer.rc,
        "stdout": answer.stdout.decode("utf-8", "replace"),
        "stderr": answer.stderr.decode("utf-8", "replace"),
    }
    if answer.rc != 0:
        result.update(failed=True, msg="non-zero return code")
    return result


def skipped(reason: str, condition: Any = None) -> dict[str, Any]:
    """Return the result of a task or item that did not run.

    condition: the one that did not hold; one that is neither text nor true or false is told as text.
    """
    result: dict[str, Any] = {"changed": False, "skipped": True, "skip_reason": reason}
    if condition is not None:
        result["false_condition"] = condition if isinstance(condition, (bool, str)) else str(condition)
    return result


def has_failed(result: Mapping[str, Any]) -> bool:
    """Tell whether a result means failure: `failed_when` decides where there is one, also when retries are used up."""
    return bool(result.get("failed_when_result", result.get("failed")))


def of_items(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the result of a loop from those of its items."""
    failed = any(has_failed(each) for each in results)
    every_skipped = bool(results) and all(each.get("skipped") for each in results)
    result: dict[str, Any] = {"results": results, "changed": any(each.get("changed") for each in results), "failed": failed}
    if not results:
        return {"changed": False, "skipped": True, "skipped_reason": "No items in the list", "results": []}
    if every_skipped:
        result.update(msg="All items skipped", skipped=True)
    else:
        result.update(msg="One or more items failed" if failed else "All items completed", skipped=False)
    if any(each.get("unreachable") for each in results):
        result["unreachable"] = True
    return result


def status_of(result: Mapping[str, Any]) -> str:
    """Return ok, changed, failed, skipped or unreachable."""
    if result.get("unreachable"):
        return "unreachable"
    if has_failed(result):
        return "failed"
    if result.get("skipped"):
        return "skipped"
    return "changed" if result.get("changed") else "ok"


def shown(result: Mapping[str, Any], *, no_log: bool, secrets: Iterable[str]) -> dict[str, Any]:
    """Return what people and logs may see of a result: nothing of a no_log task, stars for known secrets."""
    if no_log or result.get("_ansible_no_log"):
        hidden = {key: value for key, value in result.items() if key in KEPT}
        hidden["censored"] = CENSORED
        return hidden
    known = [secret for secret in secrets if secret]
    kept = {key: value for key, value in result.items() if not str(key).startswith("_ansible_") or key in FOR_DISPLAY}
    return conceal(kept, known) if known else kept


def conceal(value: Any, secrets: list[str]) -> Any:
    """Return a copy of nested data in which every known secret is stars."""
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                value = value.replace(secret, STARS)
        return value
    if isinstance(value, dict):
        return {key: conceal(each, secrets) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [conceal(each, secrets) for each in value]
    return value
