"""What the engine has of a thing, and the diff of what is to become of it."""

from typing import Any, Dict, List, Optional, Tuple


class Observed:
    """A look at the engine. thing: inspection, or None."""

    def __init__(self, engine: Any, thing: Optional[Dict[str, Any]], **more: Any) -> None:
        self.engine = engine
        self.thing = thing
        self.more = more

    def diff(self, changes: List[Tuple[str, Any, Any]]) -> Dict[str, Any]:
        """Return before and after of (what, wanted, present) rows."""
        return {"before": {name: there for name, _, there in changes}, "after": {name: wanted for name, wanted, _ in changes}}

    def told(self, args: Dict[str, Any], said: List[str], changes: List[Tuple[str, Any, Any]]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """Return the result and the diff of a thing that `state` makes or takes away, in the words of the collection's modules.

        What is there has `actions` only in a dry run and with debug, and the names of what differs among its diff.
        """
        diff = self.diff(changes)
        if args["state"] == "absent":
            return {"actions": said}, diff
        diff["differences"] = [name for name, _, _ in changes if name != "exists"]
        result: Dict[str, Any] = {"actions": said} if self.more["check"] or args["debug"] else {}
        if args["debug"] and not self.more["diff"]:
            result["diff"] = {"differences": diff["differences"]}
        return result, diff
