"""lineinfile: which line is replaced, where a new one goes, and what is said."""

from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice

TEXT = "a\nb\nabc\n# end\n"

CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"line": "c"}, "a\nb\nabc\n# end\nc\n", "line added"),
    ({"line": "z", "regexp": "^a"}, "a\nb\nz\n# end\n", "line replaced"),
    ({"line": "z", "regexp": "^a", "firstmatch": True}, "z\nb\nabc\n# end\n", "line replaced"),
    ({"line": r"x\1y", "regexp": "a(.)c", "backrefs": True}, "a\nb\nxby\n# end\n", "line replaced"),
    ({"line": "n", "insertafter": "^a"}, "a\nb\nabc\nn\n# end\n", "line added"),
    ({"line": "n", "insertafter": "^a", "firstmatch": True}, "a\nn\nb\nabc\n# end\n", "line added"),
    ({"line": "n", "insertbefore": "^a"}, "a\nb\nn\nabc\n# end\n", "line added"),
    ({"line": "n", "insertbefore": "BOF"}, "n\na\nb\nabc\n# end\n", "line added"),
    ({"line": "n", "insertafter": "nothing like it"}, "a\nb\nabc\n# end\nn\n", "line added"),
    ({"line": "n", "search_string": "bc"}, "a\nb\nn\n# end\n", "line replaced"),
    ({"state": "absent", "regexp": "^a"}, "b\n# end\n", "2 line(s) removed"),
    ({"state": "absent", "line": "b"}, "a\nabc\n# end\n", "1 line(s) removed"),
    ({"state": "absent", "search_string": "b"}, "a\n# end\n", "2 line(s) removed"),
]


@pytest.mark.parametrize(("args", "text", "msg"), CHANGES)
def test_changes_and_is_then_content(tmp_path: Path, args: dict[str, Any], text: str, msg: str) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    first = play("lineinfile", path=str(path), **args)
    assert (first["changed"], first["msg"], path.read_text()) == (True, msg, text)


@pytest.mark.parametrize(
    "args",
    [
        args
        for args, _text, _msg in CHANGES
        if "backrefs" not in args and args.get("regexp") != "^a" and "bc" not in args.values()
    ],
)
def test_second_run_changes_nothing(tmp_path: Path, args: dict[str, Any]) -> None:
    (tmp_path / "f").write_text(TEXT)
    twice("lineinfile", path=str(tmp_path / "f"), **args)


@pytest.mark.parametrize(
    "args", [{"line": "b"}, {"line": "x", "regexp": "no(.)", "backrefs": True}, {"state": "absent", "line": "q"}]
)
def test_leaves_alone(tmp_path: Path, args: dict[str, Any]) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    before = path.stat().st_ino
    assert play("lineinfile", path=str(path), **args)["changed"] is False
    assert (path.read_text(), path.stat().st_ino) == (TEXT, before)


def test_last_line_without_newline_is_that_line(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("x\ny")
    twice("lineinfile", path=str(path), line="z", insertafter="y")
    assert path.read_text() == "x\ny\nz\n"


def test_check_mode_shows_and_does_not(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    result = play("lineinfile", path=str(path), line="c", check=True, diff=True, mode="0600")
    assert result["msg"] == "line added and ownership, perms or SE linux context changed"
    assert [each["before_header"] for each in result["diff"]] == [f"{path} (content)", f"{path} (file attributes)"]
    assert (path.read_text(), path.stat().st_mode & 0o777 == 0o600) == (TEXT, False)


def test_keeps_bytes_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"\xff\xfe line\n")
    twice("lineinfile", path=str(path), line="plain")
    assert path.read_bytes() == b"\xff\xfe line\nplain\n"


def test_keeps_mode_writes_through_symlinks_and_backs_up(tmp_path: Path) -> None:
    path, link = tmp_path / "f", tmp_path / "l"
    path.write_text(TEXT)
    path.chmod(0o640)
    link.symlink_to(path)
    result = play("lineinfile", path=str(link), line="c", backup=True)
    assert Path(result["backup"]).read_text() == TEXT
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640


def test_creates_with_its_directories(tmp_path: Path) -> None:
    path = tmp_path / "d" / "f"
    twice("lineinfile", path=str(path), line="x", create=True, mode="0600")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("x\n", 0o600)


def test_refused_by_validate_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    result = play("lineinfile", path=str(path), line="c", validate="grep -q nothing %s")
    assert result["failed"] is True
    assert result["msg"].startswith("failed to validate: rc:1 error:")
    assert path.read_text() == TEXT
    assert [each.name for each in tmp_path.iterdir()] == ["f"]


ERRORS: list[tuple[dict[str, Any], str]] = [
    ({"line": "x", "name": "missing"}, "Destination {path} does not exist !"),
    ({}, "line is required with state=present"),
    ({"line": "x", "backrefs": True}, "regexp is required with backrefs=true"),
    ({"state": "absent"}, "one of line, search_string, or regexp is required with state=absent"),
    ({"line": "x", "regexp": "("}, "regexp is not a regular expression: missing ), unterminated subpattern at position 0: ("),
    ({"line": "x", "validate": "true"}, "validate must contain %s: true"),
]


@pytest.mark.parametrize(("args", "msg"), ERRORS)
def test_errors(tmp_path: Path, args: dict[str, Any], msg: str) -> None:
    path = tmp_path / args.pop("name", "f")
    if path.name == "f":
        path.write_text(TEXT)
    assert play("lineinfile", path=str(path), **args)["msg"] == msg.format(path=path)
