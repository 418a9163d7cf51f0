"""blockinfile: where the block goes, how it is replaced and removed."""

from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice

BEGIN, END = "# BEGIN ANSIBLE MANAGED BLOCK\n", "# END ANSIBLE MANAGED BLOCK\n"
OLD = f"a\n{BEGIN}old\n{END}z\n"

CHANGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("a\nb\n", {"block": "c"}, f"a\nb\n{BEGIN}c\n{END}", "Block inserted"),
    ("a\nb", {"block": "c"}, f"a\nb\n{BEGIN}c\n{END}", "Block inserted"),
    ("a\nb\n", {"block": "c", "insertafter": "^a"}, f"a\n{BEGIN}c\n{END}b\n", "Block inserted"),
    ("a\nb\n", {"block": "c", "insertbefore": "BOF"}, f"{BEGIN}c\n{END}a\nb\n", "Block inserted"),
    ("a\nb\nc\n", {"block": "x", "insertbefore": "(?m)^b\nc$"}, f"a\n{BEGIN}x\n{END}b\nc\n", "Block inserted"),
    (
        "a\nb\n",
        {"block": "c", "insertafter": "^a", "prepend_newline": True, "append_newline": True},
        f"a\n\n{BEGIN}c\n{END}\nb\n",
        "Block inserted",
    ),
    (OLD, {"block": "new\n"}, f"a\n{BEGIN}new\n{END}z\n", "Block inserted"),
    (OLD, {"block": ""}, "a\nz\n", "Block removed"),
    (OLD, {"state": "absent"}, "a\nz\n", "Block removed"),
    (f"{BEGIN}old\n{END}".rstrip("\n"), {"block": "new"}, f"{BEGIN}new\n{END}", "Block inserted"),
    (
        "",
        {"block": "c", "marker": "<!-- {mark} -->", "marker_begin": "B", "marker_end": "E"},
        "<!-- B -->\nc\n<!-- E -->\n",
        "Block inserted",
    ),
]


@pytest.mark.parametrize(("before", "args", "after", "msg"), CHANGES)
def test_changes_once(tmp_path: Path, before: str, args: dict[str, Any], after: str, msg: str) -> None:
    path = tmp_path / "f"
    path.write_text(before)
    assert twice("blockinfile", path=str(path), **args)["msg"] == msg
    assert path.read_text() == after


def test_check_mode_and_diff(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("a\n")
    result = play("blockinfile", path=str(path), block="c", check=True, diff=True)
    assert result["diff"][0]["after"] == f"a\n{BEGIN}c\n{END}"
    assert path.read_text() == "a\n"


def test_creates_and_backs_up(tmp_path: Path) -> None:
    path = tmp_path / "f"
    assert twice("blockinfile", path=str(path), block="c", create=True)["msg"] == "File created"
    result = play("blockinfile", path=str(path), block="d", backup=True)
    assert Path(result["backup_file"]).read_text() == f"{BEGIN}c\n{END}"


def test_warns_of_a_marker_that_does_not_mark(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("")
    assert "no {mark}" in play("blockinfile", path=str(path), block="c", marker="#")["warnings"][0]


@pytest.mark.parametrize(
    ("name", "args", "msg"),
    [
        ("missing", {"block": "x"}, "Path {path} does not exist !"),
        (".", {"block": "x"}, "Path {path} is a directory !"),
        (
            "f",
            {"block": "x", "insertafter": "("},
            "insertafter is not a regular expression: missing ), unterminated subpattern at position 0: (",
        ),
        ("f", {"block": "x", "validate": "false %s"}, "failed to validate: rc:1 error:"),
    ],
)
def test_errors(tmp_path: Path, name: str, args: dict[str, Any], msg: str) -> None:
    (tmp_path / "f").write_text("a\n")
    path = tmp_path / name
    result = play("blockinfile", path=str(path), **args)
    assert (result["failed"], result["msg"]) == (True, msg.format(path=path))
    assert (tmp_path / "f").read_text() == "a\n"
