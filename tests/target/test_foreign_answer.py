"""What a foreign module printed -> its result."""

import pytest

from runner.target.foreign_answer import result_of


@pytest.mark.parametrize("out", ['{"a": 1}', 'junk\n  {"a": 1}\n', 'not {"a": 2}\n{broken\n{"a": 1}\n\n'])
def test_result_is_found(out: str) -> None:
    assert result_of(0, out, "") == {"a": 1}


def test_result_over_several_lines() -> None:
    assert result_of(0, '{\n"a": [1,\n2]}\n', "") == {"a": [1, 2]}


def test_junk_behind_it_is_a_warning() -> None:
    found = result_of(0, '{"a": 1, "warnings": ["one"]}\nbye\n', "")
    assert found["warnings"] == ["one", "Module invocation had junk after the JSON data: bye"]


def test_no_result_shows_what_there_was() -> None:
    found = result_of(1, "hello\n", "Traceback (most recent call last):\nValueError: boom\n")
    assert found["failed"] is True
    assert found["msg"].startswith("MODULE FAILURE")
    assert (found["module_stdout"], found["rc"]) == ("hello\n", 1)
    assert "ValueError: boom" in found["exception"]


def test_a_list_is_no_result() -> None:
    assert result_of(0, "[1, 2]\n", "")["failed"] is True


def test_missing_interpreter() -> None:
    assert "set the interpreter" in result_of(127, "", "sh: not found")["msg"]


def test_killed_process_is_a_failure() -> None:
    assert result_of(-9, '{"a": 1}', "") == {"a": 1, "failed": True, "rc": -9}
