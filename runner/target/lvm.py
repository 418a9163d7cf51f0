"""Asks and tells LVM: rows of its reports, its complaints. Source: lvm(8), pvs(8), vgs(8), lvs(8)."""

from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.programs import program


def rows(system: Any, report: str, fields: str, *more: str, units: str = "m") -> List[Dict[str, str]]:
    """Return the rows of pvs, vgs or lvs as field -> text; sizes in `units`, without it."""
    names = fields.split(",")
    words = [program(system, report), "--noheadings", "--nosuffix", "--units", units, "--separator", ";", "-o", fields] + list(more)
    ran = system.run(words)
    if ran.rc != 0:
        raise ModuleFailed("%s failed" % report, rc=ran.rc, err=ran.err)
    # the last field may hold the separator, none of the others can
    found = [line.strip().split(";", len(names) - 1) for line in ran.out.splitlines()]
    return [dict(zip(names, row)) for row in found if len(row) == len(names)]


def tell(system: Any, complaint: str, *words: str) -> None:
    """Run a program of LVM. Raises ModuleFailed with `complaint`."""
    ran = system.run([program(system, words[0])] + list(words[1:]))
    if ran.rc != 0:
        raise ModuleFailed(complaint, rc=ran.rc, err=ran.err, out=ran.out)
