"""replace: every match, sections, groups and refusals."""

from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice

TEXT = "a\nb\nabc\n# end\n"


@pytest.mark.parametrize(
    ("args", "after", "msg"),
    [
        ({"regexp": "^a", "replace": "X"}, "X\nb\nXbc\n# end\n", "2 replacements made"),
        ({"regexp": "a(.)c", "replace": r"\1"}, "a\nb\nb\n# end\n", "1 replacements made"),
        ({"regexp": "b$", "after": "b\n", "replace": "Q"}, None, ""),
        ({"regexp": "a", "before": "abc", "replace": "Q"}, "Q\nb\nabc\n# end\n", "1 replacements made"),
        ({"regexp": "a", "after": "b", "before": "end", "replace": "Q"}, "a\nb\nQbc\n# end\n", "1 replacements made"),
        ({"regexp": "a\n"}, "b\nabc\n# end\n", "1 replacements made"),
        (
            {"regexp": "a", "after": "zz"},
            None,
            "Pattern for before/after params did not match the given file: zz(?P<subsection>.*)",
        ),
    ],
)
def test_replaces(tmp_path: Path, args: dict[str, Any], after: str | None, msg: str) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    result = play("replace", path=str(path), **args) if after is None else twice("replace", path=str(path), **args)
    assert (result["msg"], path.read_text()) == (msg, after or TEXT)


def test_check_mode_and_diff(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    result = play("replace", path=str(path), regexp="b", replace="c", check=True, diff=True)
    assert result["diff"] == {
        "before": TEXT,
        "after": "a\nc\nacc\n# end\n",
        "before_header": str(path),
        "after_header": str(path),
    }
    assert path.read_text() == TEXT


@pytest.mark.parametrize(
    ("name", "args", "msg"),
    [
        ("no", {"regexp": "a"}, "Path {path} does not exist !"),
        ("f", {"regexp": "("}, "regexp is not a regular expression: missing ), unterminated subpattern at position 0: ("),
        (
            "f",
            {"regexp": "a", "replace": r"\9"},
            "Unable to process replace due to error: invalid group reference 9 at position 1",
        ),
        ("f", {"regexp": "a", "encoding": "foo"}, "the file cannot be read with encoding foo: unknown encoding: foo"),
    ],
)
def test_errors(tmp_path: Path, name: str, args: dict[str, Any], msg: str) -> None:
    (tmp_path / "f").write_text(TEXT)
    assert play("replace", path=str(tmp_path / name), **args)["msg"] == msg.format(path=tmp_path / name)
