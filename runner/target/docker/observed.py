"""What the engine has of a thing, and the diff of what is to become of it."""

from typing import Any, Dict, List, Optional, Tuple


class Observed:
    """A look at the engine. thing: inspection, or None."""

    def __init__(self, engine: Any, thing: Optional[Dict[str, Any]], **more: Any) -> None:
        self.engine = engine
        self.thing = thing
        self.more = more

    def diff(self, changes: List[Tuple[str, Any, Any]]) -> Dict[str, Any]:
        """Return before and after of (what, wanted, present) rows, and the rows themselves as `differences`."""
        told = [{name: {"parameter": wanted, "container": there}} for name, wanted, there in changes if name != "exists"]
        before, after = {name: there for name, _, there in changes}, {name: wanted for name, wanted, _ in changes}
        return {"before": before, "after": after, "differences": told}

    def actions(self, args: Dict[str, Any], said: List[str]) -> Dict[str, Any]:
        """Return the result's `actions`, which only a dry run and debug have."""
        return {"actions": said} if self.more["check"] or args["debug"] else {}
