"""expect: real programs on a real terminal."""

from pathlib import Path
from typing import Any

from tests.target.modules.on_disk import play

ASK = "sh -c 'printf \"Name? \"; read a; printf \"Name? \"; read b; stty -a </dev/tty >/dev/null && echo got $a $b'"


def ask(**args: Any) -> dict[str, Any]:
    return play("expect", command=ASK, **args)


def test_answers() -> None:
    result = ask(responses={"Name": "x"})
    assert result["rc"] == 0
    assert result["changed"]
    assert result["stdout"] == "Name? Name? got x x"


def test_list_of_answers_and_echo() -> None:
    assert ask(responses={"Name": ["x", "y"]})["stdout"].endswith("got x y")
    assert "Name? x" in ask(responses={"Name": ["x", "y"]}, echo=True)["stdout"]
    short = ask(responses={"Name": ["x"]})
    assert short["failed"]
    assert short["msg"].startswith("No remaining responses for 'Name', output was '")


def test_failures(tmp_path: Path) -> None:
    silent = ask(responses={"Nobody asks": "x"}, timeout=0.2)
    assert silent["msg"] == "command exceeded timeout"
    assert silent["rc"] is None
    assert play("expect", command="sh -c 'exit 3'", responses={})["rc"] == 3
    assert play("expect", command="/nonexistent/x", responses={})["failed"]
    assert play("expect", command=" ", responses={})["msg"] == "no command given"
    assert "not a regular expression" in ask(responses={"(": "x"})["msg"]
    assert play("expect", command="true", responses={}, creates=str(tmp_path))["stdout"] == f"skipped, since {tmp_path} exists"
    assert play("expect", command="touch x", responses={}, chdir=str(tmp_path), check=True)["skipped"]
    assert not (tmp_path / "x").exists()


def test_what_is_no_text_is_refused() -> None:
    result = play("expect", command="sh -c 'printf \"\\\\377\\\\n\"'", responses={})
    assert result["failed"]
    assert "returned non UTF-8 data" in result["msg"]
    assert play("expect", command="sh -c 'echo ä'", responses={})["stdout"] == "ä"
