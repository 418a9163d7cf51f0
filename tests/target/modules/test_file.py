"""file: each state from each kind of path, attributes, times and refusals."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "f").write_text("text")
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "x").touch()
    (tmp_path / "l").symlink_to("f")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "empty").mkdir()
    for name in ("f", "d", "d/sub", "d/sub/x"):
        (tmp_path / name).chmod(0o755 if (tmp_path / name).is_dir() else 0o644)
    return tmp_path


def test_directory_with_parents_and_mode(top: Path) -> None:
    result = twice("file", path=str(top / "n/m/o"), state="directory", mode="0700")
    assert (result["state"], result["mode"]) == ("directory", "0700")
    assert {oct((top / each).stat().st_mode & 0o777) for each in ("n", "n/m", "n/m/o")} == {"0o700"}


def test_recurses_with_capital_x(top: Path) -> None:
    twice("file", path=str(top / "d"), state="directory", recurse=True, mode="u=rwX,g=,o=")
    assert [(top / each).stat().st_mode & 0o777 for each in ("d", "d/sub", "d/sub/x")] == [0o700, 0o700, 0o600]


def test_link_and_hard_link(top: Path) -> None:
    assert twice("file", path=str(top / "new"), src="f", state="link")["src"] == "f"
    assert os.readlink(top / "new") == "f"
    twice("file", path=str(top / "hard"), src=str(top / "f"), state="hard")
    assert (top / "hard").stat().st_ino == (top / "f").stat().st_ino


def test_forced_link_replaces_file_and_empty_directory(top: Path) -> None:
    twice("file", path=str(top / "f"), src="d", state="link", force=True)
    twice("file", path=str(top / "empty"), src="d", state="link", force=True)
    assert (os.readlink(top / "f"), os.readlink(top / "empty")) == ("d", "d")


def test_absent(top: Path) -> None:
    for name in ("f", "d", "dangling"):
        result = twice("file", path=str(top / name), state="absent")
        assert (result["state"], os.path.lexists(top / name)) == ("absent", False)


def test_mode_of_what_a_symlink_leads_to(top: Path) -> None:
    twice("file", path=str(top / "l"), mode="0600")
    assert (top / "f").stat().st_mode & 0o777 == 0o600


def test_touch_makes_a_file_and_sets_times(top: Path) -> None:
    assert play("file", path=str(top / "t"), state="touch")["changed"] is True
    args: dict[str, Any] = {
        "path": str(top / "t"),
        "state": "touch",
        "access_time": "preserve",
        "modification_time": "200102030405.06",
    }
    twice("file", **args)
    assert play("file", path=str(top / "t"), state="touch")["changed"] is True


def test_check_mode_changes_nothing(top: Path) -> None:
    result = play("file", path=str(top / "d"), state="absent", check=True, diff=True)
    assert result["diff"]["before"]["path_content"]["files"] == [str(top / "d/sub/x")]
    assert play("file", path=str(top / "n"), state="directory", check=True) == {
        "changed": True,
        "path": str(top / "n"),
        "diff": {"before": {"path": str(top / "n"), "state": "absent"}, "after": {"path": str(top / "n"), "state": "directory"}},
    }
    assert (top / "d/sub/x").exists()
    assert not (top / "n").exists()


@pytest.mark.parametrize(
    ("args", "msg"),
    [
        ({"path": "no"}, "file ({top}/no) is absent, cannot continue"),
        ({"path": "f", "state": "directory"}, "{top}/f already exists as a file"),
        (
            {"path": "l", "state": "link", "src": "gone"},
            'src file does not exist, use "force=yes" if you really want to create the link: {top}/gone',
        ),
        ({"path": "f", "state": "link", "src": "d"}, "refusing to convert from file to symlink for {top}/f"),
        (
            {"path": "d", "state": "link", "src": "../f", "force": True},
            "the directory {top}/d is not empty, refusing to convert it",
        ),
        ({"path": "q", "state": "link"}, "src is required for creating new symlinks"),
        ({"path": "q", "state": "hard", "src": "/no/such"}, "src does not exist"),
        ({"path": "f", "state": "file", "recurse": True}, "recurse option requires state to be 'directory'"),
        ({"path": "f", "owner": "nobody-of-that-name"}, "chown failed: failed to look up user nobody-of-that-name"),
        ({"path": "f", "mode": "99"}, "mode must be in octal or symbolic form"),
        ({"path": "f", "modification_time": "soon"}, "Error while obtaining timestamp for time soon using format %Y%m%d%H%M.%S"),
    ],
)
def test_errors(top: Path, args: dict[str, Any], msg: str) -> None:
    result = play("file", **{**args, "path": str(top / args["path"])})
    assert result["failed"] is True
    assert result["msg"].startswith(msg.format(top=top))


def test_a_user_that_is_missing_is_a_warning_in_check_mode(top: Path) -> None:
    result = play("file", path=str(top / "f"), owner="nobody-of-that-name", check=True)
    assert "failed" not in result
    assert result["warnings"] == ["failed to look up user nobody-of-that-name; check mode goes on as if it were there"]


def test_following_symlinks_ends_at_a_circle(top: Path) -> None:
    (top / "d" / "up").symlink_to("..")
    twice("file", path=str(top / "d"), state="directory", recurse=True, follow=True, mode="a-x,u+X")
    assert (top / "f").stat().st_mode & 0o777 == 0o644
