"""The host in front of a result: who it is, who did the work, and whether it was done in the run before."""

from runner.model.event import HostFinished, ItemFinished


def host_label(event: HostFinished | ItemFinished) -> str:
    """Return the host in brackets, with the one that did the work and its address where that is another."""
    host, to = event.host, event.delegated_to
    before = " (in the run before)" if event.resumed else ""
    if not to or to == host:
        return f"[{host}]{before}"
    address = (event.result.get("_ansible_delegated_vars") or {}).get("ansible_host") or to
    return (f"[{host} -> {to}]" if address == to else f"[{host} -> {to}({address})]") + before
