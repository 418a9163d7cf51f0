"""`when` and its like: what holds, what warns, what is refused."""

import pytest

from runner.errors import TemplateError, UndefinedVariable
from runner.model.text import trusted
from tests.template.conftest import PLACE, Run, View


def test_plain_values(run: Run) -> None:
    assert [run.templar.condition(each, View()) for each in (True, False, None, "", 1, 0)] == [
        True,
        False,
        True,
        True,
        True,
        False,
    ]


def test_an_expression(run: Run) -> None:
    assert run.condition("a.b | length > 2 and a.c is defined", {"a": {"b": "xyz", "c": None}}) is True
    assert not run.warnings


def test_braces_warn_and_work(run: Run) -> None:
    assert run.condition("{{ a == 5 }}", {"a": 5}) is True
    assert run.condition("{{ text }}", {"text": "a == 6", "a": 5}) is False
    assert run.condition("{{ a }} == 5", {"a": 5}) is True
    assert len(run.warnings) == 3
    assert "delimiters such as {{ }} or {% %}" in run.warnings[0]


def test_a_text_that_reads_false_counts_as_true_and_warns(run: Run) -> None:
    assert run.condition("flag", {"flag": "false"}) is True
    assert "interpreted as True. If the text 'false' means false, write `flag | bool`." in run.warnings[0]


def test_text_from_a_host_runs_nothing(run: Run) -> None:
    view = View({"out": "lookup('pipe', 'echo true')", "name": "'x' == 'x'"})
    with pytest.raises(TemplateError, match="Conditional is marked as unsafe"):
        run.templar.condition(trusted("{{ out }}", PLACE), view)
    assert run.templar.condition(trusted("{{ name }}", PLACE), view) is True


def test_errors_name_the_condition(run: Run) -> None:
    with pytest.raises(UndefinedVariable) as caught:
        run.condition("gone == 1", {})
    assert caught.value.message == (
        "The conditional check 'gone == 1' failed. The error was: error while evaluating conditional (gone == 1): 'gone' is undefined"
    )
    assert caught.value.position == PLACE
    with pytest.raises(TemplateError, match="The conditional check 'a b' failed") as other:
        run.condition("a b", {"a": 1})
    assert other.value.position == PLACE


def test_backslashes_are_jinjas_own_in_a_condition(run: Run) -> None:
    assert run.condition(r"'a.b' is match('a\\.b')") is True
    assert run.condition(r"'\\d' | length == 2") is True


def test_a_bare_expression_gives_its_value(run: Run) -> None:
    view = run.view({"a": {"b": [1, 2]}})
    assert run.templar.expression("a.b", view) == [1, 2]
    assert run.templar.expression("a.b | length > 1", view) is True
    with pytest.raises(UndefinedVariable):
        run.templar.expression("a.c", view)
    with pytest.raises(TemplateError):
        run.templar.expression("a }} {{ b", view)


def test_where_a_condition_stands_that_gives_no_boolean(run: Run) -> None:
    assert run.templar.condition(1, View(), PLACE) is True
    assert run.templar.condition(0, View()) is False
    assert run.templar.condition(trusted("1 + 1", PLACE), View()) is True
    assert [each.partition(" was of type 'int'")[0] for each in run.warnings] == [
        "Conditional result at approximate location play.yml:10:7",
        "Conditional result at unknown location (conditional: 0)",
        "Conditional result at location play.yml:10:7",
    ]


def test_conditions_without_a_boolean_are_refused_or_pass_in_silence_as_the_settings_say() -> None:
    strict, silent = Run(strict=True), Run(inspect=False)
    for source in (1, trusted("1 + 1", PLACE)):
        with pytest.raises(TemplateError, match=r"The conditional check '.*' failed.* was of type 'int'"):
            strict.templar.condition(source, View())
        assert silent.templar.condition(source, View()) is True
    assert silent.warnings == []
