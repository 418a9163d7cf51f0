"""The two runners that targets are run with: muster as it is installed beside this Python, and the real programs."""

import sys
from pathlib import Path

from tests.conformance.scratch import Runner
from tests.conformance.source import Suite

STANDS_FOR = {
    "ansible-playbook": "muster-playbook",
    "ansible": "muster-adhoc",
    "ansible-inventory": "muster-inventory",
    "ansible-vault": "muster-vault",
}


def muster(fetched: Suite, source: Path | None) -> Runner:
    """Return muster as it is installed beside this Python, its programs under ansible's names. source: another copy of its code."""
    place = Path(sys.executable).parent
    programs = {name: str(place / own) for name, own in STANDS_FOR.items()}
    # the settings that targets ask ansible-config for are ansible's own
    programs["ansible-config"] = str(fetched.reference / "ansible-config")
    environ = {"MUSTER_EXPLAIN": "0", "MUSTER_ANSIBLE": str(fetched.packages)}
    if source is not None:
        environ["PYTHONPATH"] = str(source.absolute())
    return Runner("muster", programs, str(fetched.reference / "python"), environ)


def reference(fetched: Suite) -> Runner:
    """Return the real programs."""
    programs = {path.name: str(path) for path in fetched.reference.glob("ansible*")}
    return Runner("reference", programs, str(fetched.reference / "python"), {})
