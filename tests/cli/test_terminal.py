"""Questions without a terminal: a line of standard input is the answer, its end is an error in words."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli import terminal
from runner.cli.main import main
from runner.errors import UsageError

PLAY = "- {hosts: localhost, gather_facts: false, tasks: [{debug: {msg: one}}, {debug: {msg: two}}]}\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def stand_in(text: str) -> None:
        monkeypatch.setattr(terminal, "CONTROLLING", "/nowhere/tty")
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return stand_in


def test_a_password_is_a_line_of_standard_input(typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    typed("the secret \nmore\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert terminal.password("Password: ", "--x") == "the secret "
    assert capsys.readouterr().err == "Password: "


def test_no_password_is_told(typed: Callable[[str], None]) -> None:
    typed("")
    with pytest.raises(UsageError, match="no answer to 'Password'") as caught:
        terminal.password("Password: ", "--password-file")
    assert "--password-file" in caught.value.remedy


@pytest.mark.parametrize(("answers", "code", "ran"), [("", 2, []), ("y\nn\n", 0, ["one"]), ("c\n", 0, ["one", "two"])])
def test_step_asks_before_each_task_and_does_none_unasked(
    answers: str, code: int, ran: list[str], typed: Callable[[str], None],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("play.yml").write_text(PLAY)
    typed(answers)
    assert main(["play", "--step", "-c", "local", "play.yml"]) == code
    said = capsys.readouterr()
    assert [word for word in ("one", "two") if f'"msg": "{word}"' in said.out] == ran
    assert ("no answer to 'Perform task" in said.err) == (code == 2)
