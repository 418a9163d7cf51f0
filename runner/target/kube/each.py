"""The same work for several objects: one result for each, or the one."""

from typing import Any, Callable, Dict, List

from runner.target.decision import ModuleFailed


def each_of(things: List[Dict[str, Any]], go_on: bool, work: Callable[[Dict[str, Any]], Dict[str, Any]]) -> Dict[str, Any]:
    """Return the result of `work` for the only object, or `changed` and `result.results` of several.

    go_on: a failure of one of several becomes its row's `error`; else it is raised (ModuleFailed).
    """
    rows: List[Dict[str, Any]] = []
    for thing in things:
        try:
            rows.append(work(thing))
        except ModuleFailed as failure:
            if not go_on or len(things) == 1:
                raise
            rows.append(dict(failure.result, changed=False, error={"msg": failure.msg}))
    if len(rows) == 1:
        return rows[0]
    return {"changed": any(row["changed"] for row in rows), "result": {"results": rows}}
