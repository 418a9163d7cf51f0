"""stat, slurp, tempfile and assemble."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice


def test_stat_of_file_link_and_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("hello")
    path.chmod(0o2640)
    (tmp_path / "l").symlink_to("f")
    found = play("stat", path=str(path), checksum_algorithm="sha256")["stat"]
    assert (found["mode"], found["isreg"], found["size"], found["isgid"], found["wgrp"]) == ("2640", True, 5, True, False)
    assert found["checksum"].startswith("2cf24dba5fb0a30e")
    link = play("stat", path=str(tmp_path / "l"), get_mime=False, get_attributes=False)["stat"]
    assert (link["islnk"], link["lnk_target"], link["lnk_source"], "checksum" in link) == (True, "f", str(path), False)
    assert play("stat", path=str(tmp_path / "l"), follow=True)["stat"]["isreg"] is True
    assert play("stat", path=str(tmp_path / "no")) == {"changed": False, "stat": {"exists": False}}
    (tmp_path / "file").write_text("")
    assert play("stat", path=str(tmp_path / "file" / "below" / "it"))["msg"] == "Not a directory"


def test_slurp(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xff\0x")
    assert play("slurp", src=str(tmp_path / "f"))["content"] == base64.b64encode(b"\xff\0x").decode()
    assert play("slurp", src=str(tmp_path / "no"))["msg"] == f"file not found: {tmp_path}/no"
    assert play("slurp", src=str(tmp_path))["msg"] == f"source is a directory and must be a file: {tmp_path}"


@pytest.mark.parametrize(("state", "mode"), [("file", "0600"), ("directory", "0700")])
def test_tempfile(tmp_path: Path, state: str, mode: str) -> None:
    made = play("tempfile", state=state, path=str(tmp_path), prefix="p", suffix=".s")
    assert (made["changed"], made["mode"], made["state"]) == (True, mode, state)
    assert os.path.basename(made["path"]).startswith("p")
    assert play("tempfile", check=True)["skipped"] is True
    assert "No such file" in play("tempfile", path="/no/such/place")["msg"]


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({}, "three\none\ntwo\n"),
        ({"ignore_hidden": True}, "one\ntwo\n"),
        ({"delimiter": "--", "ignore_hidden": True}, "one\n--\ntwo\n"),
        ({"delimiter": r"\n#\n", "ignore_hidden": True}, "one\n\n#\ntwo\n"),
        ({"regexp": "^2"}, "two\n"),
    ],
)
def test_assemble(tmp_path: Path, args: dict[str, Any], text: str) -> None:
    parts = tmp_path / "parts"
    (parts / "directory").mkdir(parents=True)
    for name, content in {"1": "one", "2": "two\n", ".3": "three"}.items():
        (parts / name).write_text(content)
    assert twice("assemble", src=str(parts), dest=str(tmp_path / "out"), **args)["msg"] == "OK"
    assert (tmp_path / "out").read_text() == text


def test_assemble_check_mode_and_errors(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "1").write_text("one")
    assert play("assemble", src=str(tmp_path / "parts"), dest=str(tmp_path / "out"), check=True)["changed"] is True
    assert not (tmp_path / "out").exists()
    assert play("assemble", src="/no/such", dest="/x")["msg"] == "Source (/no/such) does not exist"
    wrong = play("assemble", src=str(tmp_path / "parts"), dest="/x", regexp="(")
    assert wrong["msg"].startswith("Invalid Regexp (missing ), unterminated subpattern at position 0)")
