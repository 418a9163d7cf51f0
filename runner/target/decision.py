"""What a module decided: whether it changes something, what, and what it will say."""

from typing import Any, Dict, List, Optional, Union


class ModuleFailed(Exception):
    """The module cannot do what was asked. `result` holds further keys for the registered result."""

    def __init__(self, msg: str, **result: Any) -> None:
        super().__init__(msg)
        self.msg = msg
        self.result = result


class Decision:
    """The outcome of `decide`.

    changed: whether `apply` has something to do. result: keys for the registered result. diff: one `{"before", "after",
    "before_header", "after_header"}` or `{"prepared": text}`, or a list of them. plan: whatever `apply` needs.
    """

    def __init__(
        self,
        changed: bool,
        result: Optional[Dict[str, Any]] = None,
        diff: Union[Dict[str, Any], List[Dict[str, Any]], None] = None,
        plan: Any = None,
    ) -> None:
        self.changed = changed
        self.result = result or {}
        self.diff = diff
        self.plan = plan
