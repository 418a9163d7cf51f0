"""Every case of tests/cases/filters: a template and what it gives, or the words of its error."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.errors import RunnerError
from runner.model.text import trust
from tests.template.conftest import PLACE, HostVars, Run, View

CASES = Path(__file__).parents[1] / "cases" / "filters"
# The reference tells text from data by other means; keys in a result are compared as they are.
EXTRA = {"playbook_dir": str(CASES / "project"), "omit": "OMIT"}


def cases() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.yml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        for number, case in enumerate(data["cases"]):
            found.append(pytest.param({**data["vars"], **case.get("vars", {})}, case, id=f"{file.stem}-{number}"))
    return found


def simple(value: Any) -> Any:
    """Return a value in plain types, so that True is not 1 and a subclass is its base."""
    if isinstance(value, dict):
        return {("key", str(type(key).__mro__[-2].__name__), key): simple(each) for key, each in value.items()}
    if isinstance(value, list):
        return [simple(each) for each in value]
    return (type(value).__mro__[-2].__name__ if not isinstance(value, bool) else "bool", value)


@pytest.mark.parametrize(("variables", "case"), cases())
def test_case(variables: dict[str, Any], case: dict[str, Any]) -> None:
    run = Run()
    view = View(EXTRA, {"hostvars": HostVars()}, trust(variables, PLACE))
    if "error" in case:
        with pytest.raises(RunnerError) as caught:
            act(run, case, view)
        assert case["error"] in caught.value.message
        assert caught.value.position == PLACE or caught.value.trail or caught.value.position is not None
    else:
        wanted = case["holds"] if "holds" in case else case["expect"]
        assert simple(act(run, case, view)) == simple(wanted)


def act(run: Run, case: dict[str, Any], view: View) -> Any:
    if "when" not in case:
        return run.templar.render(trust(case["template"], PLACE), view)
    when = case["when"]
    if isinstance(when, list):
        return all(run.templar.condition(trust(each, PLACE), view) for each in when)
    return run.templar.condition(trust(when, PLACE), view)


def test_there_are_cases() -> None:
    assert len(cases()) > 400
