"""What may be shown of a result."""

from typing import Any

import pytest

from runner.execute.result import CENSORED, shown


@pytest.mark.parametrize("mark", [True, "yeppers", 1])
def test_a_result_that_says_so_is_hidden_whatever_true_word_it_uses(mark: Any) -> None:
    made = shown({"changed": True, "msg": "secret", "_ansible_no_log": mark}, no_log=False, secrets=())
    assert made == {"changed": True, "_ansible_no_log": mark, "censored": CENSORED}


@pytest.mark.parametrize("mark", [False, None, ""])
def test_a_result_that_does_not_say_so_is_shown(mark: Any) -> None:
    assert shown({"changed": True, "msg": "x", "_ansible_no_log": mark}, no_log=False, secrets=())["msg"] == "x"
