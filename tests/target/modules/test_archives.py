"""unarchive and archive: kinds, sameness, names that lead out, options."""

import io
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice


def tar(path: Path, members: list[tuple[str, bytes | str, int]], mode: str = "w:gz") -> str:
    """Write an archive. Content bytes: a file; text: a symlink to it; a name with / at its end: a directory."""
    with tarfile.open(path, mode) as archive:
        for name, content, bits in members:
            info = tarfile.TarInfo(name.rstrip("/"))
            info.mode, info.uid, info.gid = bits, os.getuid(), os.getgid()
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
            elif name.endswith("/"):
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return str(path)


TREE: list[tuple[str, bytes | str, int]] = [("top/", b"", 0o755), ("top/a", b"1\n", 0o600), ("top/l", "a", 0o777)]


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:bz2", "w:xz"])
def test_tar_of_each_kind(tmp_path: Path, mode: str) -> None:
    source = tar(tmp_path / "t", TREE, mode)
    (tmp_path / "out").mkdir()
    result = twice("unarchive", src=source, dest=str(tmp_path / "out"), remote_src=True, list_files=True)
    assert result["files"] == ["top/", "top/a", "top/l"]
    assert ((tmp_path / "out/top/a").stat().st_mode & 0o777, os.readlink(tmp_path / "out/top/l")) == (0o600, "a")


def test_zip_strip_include_and_attributes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("top/a", "1\n")
        archive.writestr("top/b", "2\n")
    (tmp_path / "out").mkdir()
    args: dict[str, Any] = {"src": str(tmp_path / "t.zip"), "dest": str(tmp_path / "out"), "remote_src": True}
    assert twice("unarchive", include=["top/a"], mode="0640", **args)["handler"] == "ZipArchive"
    assert ((tmp_path / "out/top/b").exists(), (tmp_path / "out/top/a").stat().st_mode & 0o777) == (False, 0o640)
    twice("unarchive", extra_opts=["--strip-components=1"], **args)
    assert (tmp_path / "out/b").read_text() == "2\n"


def test_changed_content_is_put_back(tmp_path: Path) -> None:
    source = tar(tmp_path / "t", TREE)
    (tmp_path / "out").mkdir()
    args: dict[str, Any] = {"src": source, "dest": str(tmp_path / "out"), "remote_src": True}
    twice("unarchive", **args)
    (tmp_path / "out/top/a").write_text("X\n")
    assert play("unarchive", check=True, diff=True, **args)["diff"]["prepared"] == f"{tmp_path}/out/top/a: content\n"
    assert (tmp_path / "out/top/a").read_text() == "X\n"
    assert play("unarchive", keep_newer=True, **args)["changed"] is False
    twice("unarchive", **args)
    assert (tmp_path / "out/top/a").read_text() == "1\n"


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ([("../evil", b"x", 0o644)], "leads out of"),
        ([("/tmp/muster-evil", b"x", 0o644)], "leads out of"),
        ([("d", "/tmp", 0o777), ("d/muster-evil", b"x", 0o644)], "goes through a symlink out of"),
    ],
)
def test_refuses_to_write_elsewhere(tmp_path: Path, members: list[tuple[str, bytes | str, int]], word: str) -> None:
    (tmp_path / "out").mkdir()
    result = play("unarchive", src=tar(tmp_path / "t", members), dest=str(tmp_path / "out"), remote_src=True)
    assert result["failed"] is True
    assert word in result["msg"]
    assert not (tmp_path / "evil").exists()
    assert not os.path.exists("/tmp/muster-evil")


@pytest.mark.parametrize(
    ("args", "msg"),
    [
        ({"src": "no"}, "Source '{top}/no' does not exist"),
        ({"src": "t", "dest": "no"}, "dest '{top}/no' must be an existing dir"),
        ({"src": "text"}, 'Failed to find handler for "{top}/text"'),
        ({"src": "t", "extra_opts": ["--no-such-option"]}, "failed to unpack: "),
    ],
)
def test_errors(tmp_path: Path, args: dict[str, Any], msg: str) -> None:
    tar(tmp_path / "t", TREE)
    (tmp_path / "text").write_text("no archive, only text that is long enough to be read as a header of one" * 20)
    (tmp_path / "out").mkdir()
    args = {**args, "src": str(tmp_path / args["src"]), "dest": str(tmp_path / args.get("dest", "out"))}
    assert play("unarchive", remote_src=True, **args)["msg"].startswith(msg.format(top=tmp_path))


def test_a_folder_that_the_archive_has_no_member_for_gets_the_tasks_attributes_too(tmp_path: Path) -> None:
    source = tar(tmp_path / "t", [("top/sub/a", b"x", 0o644)])
    (tmp_path / "out").mkdir()
    args = {"src": source, "dest": str(tmp_path / "out"), "remote_src": True, "mode": "0750"}
    assert play("unarchive", **args)["changed"]
    assert (tmp_path / "out/top").stat().st_mode & 0o777 == 0o750
    (tmp_path / "out/top").chmod(0o700)
    assert play("unarchive", **args)["changed"]
    assert (tmp_path / "out/top").stat().st_mode & 0o777 == 0o750
    assert not play("unarchive", **args)["changed"]


def test_a_relative_place_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tar(tmp_path / "t", [("a", b"x", 0o644)])
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    (warning,) = play("unarchive", src=source, dest="out", remote_src=True)["warnings"]
    assert "give an absolute path" in warning
    assert (tmp_path / "out/a").read_text() == "x"


def test_creates_skips(tmp_path: Path) -> None:
    result = play("unarchive", src="/no", dest=str(tmp_path), remote_src=True, creates=str(tmp_path))
    assert (result["skipped"], result["msg"]) == (True, f"skipped, since {tmp_path} exists")


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "tar", "zip"])
def test_archive_is_made_once(tmp_path: Path, kind: str) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a").write_text("1")
    (tmp_path / "s" / "skip.tmp").write_text("2")
    dest = str(tmp_path / "out")
    result = twice("archive", path=[str(tmp_path / "s")], dest=dest, format=kind, exclusion_patterns=["*.tmp"], mode="0600")
    assert (result["archived"], result["mode"]) == ([str(tmp_path / "s/a")], "0600")
    (tmp_path / "x").mkdir()
    twice("unarchive", src=dest, dest=str(tmp_path / "x"), remote_src=True)
    assert (tmp_path / "x/s/a").read_text() == "1"


def test_archive_of_nothing_of_one_file_and_with_remove(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("1")
    nothing = play("archive", path=[str(tmp_path / "no")], dest=str(tmp_path / "z"))
    assert (nothing["changed"], nothing["dest_state"], nothing["archived"]) == (False, "absent", [])
    assert play("archive", path=[str(tmp_path / "f")], check=True)["dest"] == str(tmp_path / "f.gz")
    assert not (tmp_path / "f.gz").exists()
    made = play("archive", path=[str(tmp_path / "f")], remove=True)
    assert (made["dest_state"], (tmp_path / "f").exists(), (tmp_path / "f.gz").exists()) == ("compress", False, True)


def test_options_that_only_the_program_knows(tmp_path: Path) -> None:
    source = tar(tmp_path / "t", [*TREE, ("top/b.txt", b"2\n", 0o644), ("top/sub/", b"", 0o755), ("top/sub/c.txt", b"3\n", 0o640)])
    (tmp_path / "out").mkdir()
    args: dict[str, Any] = {"src": source, "dest": str(tmp_path / "out"), "remote_src": True, "list_files": True}
    result = twice("unarchive", extra_opts=["--wildcards", "--strip-components=1", "*.txt"], **args)
    assert result["files"] == ["b.txt", "sub/", "sub/c.txt"]
    assert sorted(os.listdir(tmp_path / "out")) == ["b.txt", "sub"]
    assert (tmp_path / "out/sub/c.txt").read_text() == "3\n"
    assert (tmp_path / "out/sub/c.txt").stat().st_mode & 0o777 == 0o640
    (tmp_path / "out/b.txt").write_text("other")
    assert play("unarchive", extra_opts=["--wildcards", "--strip-components=1", "*.txt"], check=True, **args)["changed"]
    assert (tmp_path / "out/b.txt").read_text() == "other"


def test_names_in_the_result_are_those_that_options_gave(tmp_path: Path) -> None:
    source = tar(tmp_path / "t", TREE)
    (tmp_path / "out").mkdir()
    args: dict[str, Any] = {"src": source, "dest": str(tmp_path / "out"), "remote_src": True, "list_files": True}
    assert twice("unarchive", extra_opts=["--strip-components", "1"], **args)["files"] == ["a", "l"]
    assert twice("unarchive", extra_opts=["--transform=s/top/new/"], **args)["files"] == ["new/", "new/a", "new/l"]
