"""The steady state: what is said of a task that failed."""

import pytest

from runner.drill.steady import reason


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"msg": "non-zero return code", "stderr": "drill-7 is gone\n", "stdout": "looked"}, "non-zero return code: drill-7 is gone"),
        ({"msg": "non-zero return code", "stdout": "looked\n"}, "non-zero return code: looked"),
        ({"msg": "no file /x", "stderr": "no file /x"}, "no file /x"),
        ({}, "unreachable"),
        ({"msg": "m", "stderr": "x" * 400 + "end"}, "m: " + "x" * 297 + "end"),
    ],
)
def test_a_failed_task_is_told_with_what_its_command_wrote(result: dict[str, str], said: str) -> None:
    assert reason(result, "unreachable") == said
