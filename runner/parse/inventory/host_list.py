"""Inventory written on the command line: `host1,host2:2222,` with a comma at least at the end."""

from runner.model.inventory import UNGROUPED
from runner.model.inventory_draft import Draft
from runner.model.text import Text
from runner.parse.inventory.host_range import expand, split_port
from runner.position import Position


def read_host_list(written: str, draft: Draft, *, ranges: bool = False) -> None:
    """Add the hosts of a comma separated list to the draft. ranges: expand `[1:3]` (the advanced_host_list plugin).

    Raises InventoryError for a wrong range.
    """
    position = Position("--inventory", 1)
    for each in written.split(","):
        name = each.strip()
        if not name:
            continue
        if ranges and name.endswith(":]"):
            draft.warn(f"Unable to parse address from hostname, leaving unchanged: {name} (host range must specify end value)")
            names, port = _single(name)
        else:
            names, port = expand(name, position) if ranges else _single(name)
        for host in names:
            if host not in draft.hosts:
                draft.add_host(Text(host, position), UNGROUPED, port, position)


def _single(name: str) -> tuple[list[str], int | None]:
    host, port = split_port(name)
    return [host], port
