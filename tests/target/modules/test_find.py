"""find: names, kinds, ages, sizes, content and modes."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "d" / "e").mkdir(parents=True)
    for name, text in {"f.txt": "a\nb\nabc\n", ".hidden": "h", "d/deep.log": "x" * 5000, "d/e/deeper.txt": "q"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
    (tmp_path / "l").symlink_to("f.txt")
    (tmp_path / "d" / "up").symlink_to("..")
    old = time.time() - 30 * 86400
    os.utime(tmp_path / "d/deep.log", (old, old))
    (tmp_path / "d/e/deeper.txt").chmod(0o4755)
    return tmp_path


@pytest.mark.parametrize(
    ("args", "names"),
    [
        ({}, ["f.txt"]),
        ({"hidden": True}, [".hidden", "f.txt"]),
        ({"recurse": True}, ["d/deep.log", "d/e/deeper.txt", "f.txt"]),
        ({"recurse": True, "depth": 2}, ["d/deep.log", "f.txt"]),
        ({"recurse": True, "patterns": ["*.txt"]}, ["d/e/deeper.txt", "f.txt"]),
        ({"recurse": True, "patterns": [r"^d.*\.(txt|log)$"], "use_regex": True}, ["d/deep.log", "d/e/deeper.txt"]),
        ({"recurse": True, "excludes": ["d*"]}, ["f.txt"]),
        ({"recurse": True, "file_type": "directory"}, ["d", "d/e"]),
        ({"recurse": True, "file_type": "link"}, ["d/up", "l"]),
        ({"recurse": True, "age": "2w"}, ["d/deep.log"]),
        ({"recurse": True, "age": "-2w"}, ["d/e/deeper.txt", "f.txt"]),
        ({"recurse": True, "size": "1k"}, ["d/deep.log"]),
        ({"recurse": True, "size": "-1k"}, ["d/e/deeper.txt", "f.txt"]),
        ({"recurse": True, "contains": "^b$"}, ["f.txt"]),
        ({"recurse": True, "contains": "b\nab", "read_whole_file": True}, ["f.txt"]),
        ({"recurse": True, "mode": "4755"}, ["d/e/deeper.txt"]),
        ({"recurse": True, "mode": "u=x", "exact_mode": False}, ["d/e/deeper.txt"]),
        ({"recurse": True, "follow": True, "patterns": ["deep.log"]}, ["d/deep.log"]),
    ],
)
def test_finds(top: Path, args: dict[str, Any], names: list[str]) -> None:
    if args.get("mode") == "u=x":
        args = {**args, "mode": "0100"}
    result = play("find", paths=[str(top)], **args)
    assert sorted(os.path.relpath(each["path"], top) for each in result["files"]) == names
    assert result["matched"] == len(names)


def test_checksum_limit_and_places_that_are_not_there(top: Path) -> None:
    result = play("find", paths=[str(top), str(top / "no")], get_checksum=True)
    assert (
        result["files"][0]["checksum"] == "3926a883a37a8a5fae8fe0333ead8c207b29923e" or len(result["files"][0]["checksum"]) == 40
    )
    assert result["skipped_paths"] == {str(top / "no"): f"'{top / 'no'}' is not a directory"}
    assert result["msg"] == "Not all paths examined, check warnings for details"
    assert play("find", paths=[str(top)], recurse=True, limit=1)["msg"] == "Limit of matches reached"


@pytest.mark.parametrize(
    ("args", "msg"),
    [
        ({"age": "old"}, "failed to process age"),
        ({"size": "1q"}, "failed to process size"),
        ({"patterns": ["("], "use_regex": True}, "not a regular expression: missing ), unterminated subpattern at position 0: ("),
        ({"mode": "u=z"}, "mode must be in octal or symbolic form"),
    ],
)
def test_errors(top: Path, args: dict[str, Any], msg: str) -> None:
    assert play("find", paths=[str(top)], **args)["msg"] == msg
