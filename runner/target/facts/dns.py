"""How this host resolves names, from resolv.conf(5)."""

from typing import Any, Dict

from runner.target.facts.source import text


def collect(system):
    """Return dns."""
    return {"dns": parsed(text(system, "/etc/resolv.conf"))}


def parsed(content):
    """Return nameservers, domain, search, sortlist and options for the text of resolv.conf."""
    facts: Dict[str, Any] = {}
    for line in content.splitlines():
        words = line.split()
        if len(words) < 2 or line.lstrip().startswith(("#", ";")):
            continue
        if words[0] == "nameserver":
            facts.setdefault("nameservers", []).append(words[1])
        elif words[0] == "domain":
            facts["domain"] = words[1]
        elif words[0] in ("search", "sortlist"):
            facts[words[0]] = words[1:]
        elif words[0] == "options":
            found = facts.setdefault("options", {})
            for option in words[1:]:
                key, colon, value = option.partition(":")
                found[key] = value if colon else True
    return facts
