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
