"""copy on the host: content that came along, files and directories of the host, and a tree sent in two steps."""

import base64
import hashlib
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def test_content_new_and_again(tmp_path: Path) -> None:
    dest = str(tmp_path / "f")
    first = twice("copy", dest=dest, blob=b"hello\n", mode="0600", _source="here")
    assert (first["src"], first["checksum"], first["mode"], first["state"]) == ("here", sha1(b"hello\n"), "0600", "file")
    assert first["md5sum"] == hashlib.md5(b"hello\n").hexdigest()


def test_asks_for_content_it_has_not(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    asked = play("copy", dest=str(path), _checksum=sha1(b"new"))
    assert (asked["_need_content"], path.read_text()) == (True, "old")
    same = play("copy", dest=str(path), _checksum=sha1(b"old"))
    assert (same["changed"], "_need_content" in same) == (False, False)


def test_tells_what_it_has_and_is_made_of_that_and_what_came(tmp_path: Path) -> None:
    size, old = 1 << 14, random.Random(5).randbytes(1 << 19)
    new = old[: size * 3] + b"changed" + old[size * 3 + 7 :]
    path = tmp_path / "f"
    path.write_bytes(old)
    path.chmod(0o640)
    asked = play("copy", dest=str(path), _checksum=sha1(new), _blocks=size)
    assert len(base64.b64decode(asked["_blocks"])) == len(old) // size * 32
    assert "_blocks" not in play("copy", dest=str(path), _checksum=sha1(new), _blocks=size, check=True)
    assert "_blocks" not in play("copy", dest=str(tmp_path / "none"), _checksum=sha1(new), _blocks=size)
    parts = [[0, size * 3], [-1, 7], [size * 3 + 7, len(old) - size * 3 - 7]]
    told = {"parts": parts, "sha256": hashlib.sha256(new).hexdigest()}
    changed: dict[str, Any] = {"dest": str(path), "_checksum": sha1(new), "backup": True}
    wrong = play("copy", **changed, _delta=dict(told, sha256="0" * 64), blob=b"changed")
    assert (wrong["_need_content"], path.read_bytes() == old) == (True, True)
    done = play("copy", **changed, _delta=told, blob=b"changed")
    assert (done["changed"], done["checksum"], done["mode"], path.read_bytes() == new) == (True, sha1(new), "0640", True)
    assert Path(done["backup_file"]).read_bytes() == old
    assert sorted(os.listdir(tmp_path)) == sorted(["f", os.path.basename(done["backup_file"])])


def test_directory_takes_the_name(tmp_path: Path) -> None:
    twice("copy", dest=str(tmp_path), blob=b"x", _original_basename="name")
    twice("copy", dest=f"{tmp_path}/new/", blob=b"x", _original_basename="name", directory_mode="0700")
    assert (tmp_path / "name").read_text() == (tmp_path / "new/name").read_text() == "x"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_symlink_is_replaced_or_followed(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    (tmp_path / "l").symlink_to("f")
    play("copy", dest=str(tmp_path / "l"), blob=b"new", follow=True)
    assert ((tmp_path / "f").read_text(), (tmp_path / "l").is_symlink()) == ("new", True)
    play("copy", dest=str(tmp_path / "l"), blob=b"new")
    assert (tmp_path / "l").is_symlink() is False


def test_keeps_mode_backs_up_and_respects_force(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    path.chmod(0o751)
    result = play("copy", dest=str(path), blob=b"new", backup=True)
    assert (Path(result["backup_file"]).read_text(), path.stat().st_mode & 0o777) == ("old", 0o751)
    assert play("copy", dest=str(path), blob=b"other", force=False)["changed"] is False
    assert path.read_text() == "new"


def test_diff_hides_large_and_binary_and_secret(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\0b")
    assert play("copy", dest=str(path), blob=b"text\n", check=True, diff=True)["diff"]["dst_binary"] == 1
    assert play("copy", dest=str(path), blob=b"x" * 200_000, check=True, diff=True)["diff"]["src_larger"] == 104448
    assert path.read_bytes() == b"a\0b"


def test_a_dry_run_goes_on_where_a_task_before_may_make_the_directory(tmp_path: Path) -> None:
    result = play("copy", dest=str(tmp_path / "later" / "f"), blob=b"new", check=True)
    assert result["changed"]
    assert "does not exist" in result["warnings"][0]
    source = tmp_path / "source"
    source.write_text("x")
    assert play("copy", dest=str(tmp_path / "later" / "f"), src=str(source), remote_src=True, check=True)["failed"]


@pytest.mark.parametrize(
    ("args", "msg"),
    [
        ({"dest": "{top}/no/f"}, "Destination directory {top}/no does not exist"),
        ({"dest": "{top}/f/x"}, "Destination directory {top}/f is not a directory"),
        ({"dest": "{top}"}, "can not use content with a dir as dest"),
        ({"dest": "{top}/f", "checksum": "abc"}, "Copied file does not match the expected checksum. Transfer failed."),
        ({"dest": "{top}/f", "validate": "false %s"}, "failed to validate"),
        ({"dest": "{top}/f", "validate": "false"}, "validate must contain %s: false"),
        ({"dest": "{top}/f", "validate": "/no/such/program %s"}, "the validate command cannot be started: [Errno 2]"),
    ],
)
def test_errors(tmp_path: Path, args: dict[str, Any], msg: str) -> None:
    (tmp_path / "f").write_text("old")
    result = play("copy", **{key: value.format(top=tmp_path) for key, value in args.items()}, blob=b"new")
    assert result["failed"] is True
    assert result["msg"].startswith(msg.format(top=tmp_path))
    assert [each.name for each in tmp_path.iterdir()] == ["f"]
    assert (tmp_path / "f").read_text() == "old"


def test_remote_file_and_directory(tmp_path: Path) -> None:
    source = tmp_path / "s"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "f").write_text("text")
    (source / "sub" / "f").chmod(0o640)
    (source / "l").symlink_to("sub/f")
    twice("copy", src=str(source / "sub/f"), dest=str(tmp_path / "copy"), remote_src=True, mode="preserve")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o640
    twice("copy", src=f"{source}/", dest=str(tmp_path / "d"), remote_src=True)
    assert os.readlink(tmp_path / "d/l") == "sub/f"
    twice("copy", src=str(source), dest=str(tmp_path / "d"), remote_src=True, local_follow=True)
    assert (tmp_path / "d/s/l").is_symlink() is False
    assert (
        play("copy", src="/dev/null", dest=str(tmp_path / "z"), remote_src=True)["msg"]
        == "Cannot copy invalid source '/dev/null': not a file"
    )


def test_a_tree_of_the_host_keeps_its_modes(tmp_path: Path) -> None:
    source, kept = tmp_path / "s", tmp_path / "kept"
    for path, mode in (("sub", 0o700), ("sub/run", 0o755), ("plain", 0o640)):
        place = source / path
        place.mkdir(parents=True) if path == "sub" else place.write_text(path)
        place.chmod(mode)
    source.chmod(0o710)
    twice("copy", src=f"{source}/", dest=str(kept), remote_src=True)
    assert [kept.joinpath(name).stat().st_mode & 0o777 for name in (".", "sub", "sub/run", "plain")] == [0o710, 0o700, 0o755, 0o640]
    # mode is for the top of the tree alone
    (source / "more").write_text("")
    (source / "more").chmod(0o600)
    twice("copy", src=f"{source}/", dest=str(kept), remote_src=True, mode="0751")
    assert [kept.joinpath(name).stat().st_mode & 0o777 for name in (".", "sub", "more", "plain")] == [0o751, 0o700, 0o600, 0o640]
    twice("copy", src=f"{source}/", dest=str(kept), remote_src=True, mode="preserve")
    assert kept.stat().st_mode & 0o777 == 0o710


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away")
def test_the_directory_that_takes_a_tree_in_keeps_its_owner(tmp_path: Path) -> None:
    (tmp_path / "etc" / "app" / "sub").mkdir(parents=True)
    one = {"kind": "file", "checksum": sha1(b"1"), "size": 1, "mode": 0o600}
    tree = [{"path": "app", "kind": "dir", "mode": 0o755}, {"path": "app/sub", "kind": "dir", "mode": 0o755}, dict(one, path="app/sub/f")]
    args = {"dest": str(tmp_path / "etc"), "owner": "1", "_source": "/here/app", "_sent": ["app/sub/f"], "blob": b"1"}
    twice("copy", **args, _tree=tree)
    assert [(tmp_path / "etc" / name).stat().st_uid for name in (".", "app", "app/sub", "app/sub/f")] == [0, 0, 1, 1]
    twice("copy", **dict(args, dest=str(tmp_path / "new")), _tree=tree)
    assert [(tmp_path / "new" / name).stat().st_uid for name in (".", "app", "app/sub/f")] == [1, 1, 1]


def test_tree_in_two_steps(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "same").write_text("same")
    tree = [
        {"path": "same", "kind": "file", "checksum": sha1(b"same"), "size": 4, "mode": 0o644},
        {"path": "one", "kind": "file", "checksum": sha1(b"1"), "size": 1, "mode": 0o600},
        {"path": "sub", "kind": "dir", "mode": 0o755},
        {"path": "sub/two", "kind": "file", "checksum": sha1(b"22"), "size": 2, "mode": 0o755},
        {"path": "sub/link", "kind": "link", "target": "two"},
    ]
    args: dict[str, Any] = {"dest": str(tmp_path / "d"), "mode": "preserve", "_source": "s"}
    asked = play("copy", **args, _tree=[dict(each) for each in tree])
    assert (asked["_need"], (tmp_path / "d/one").exists()) == (["one", "sub/two"], False)
    sent = play("copy", **args, _tree=[dict(each) for each in tree], _sent=asked["_need"], blob=b"122")
    assert sent["changed"] is True
    assert ((tmp_path / "d/one").read_text(), (tmp_path / "d/sub/two").read_text()) == ("1", "22")
    assert ((tmp_path / "d/sub/two").stat().st_mode & 0o777, os.readlink(tmp_path / "d/sub/link")) == (0o755, "two")
    again = play("copy", **args, _tree=[dict(each) for each in tree])
    assert (again["changed"], "_need" in again) == (False, False)


def test_tree_refuses_damaged_content(tmp_path: Path) -> None:
    tree = [{"path": "one", "kind": "file", "checksum": sha1(b"1"), "size": 1, "mode": 0o600}]
    result = play("copy", dest=str(tmp_path / "d"), _tree=tree, _sent=["one"], blob=b"2")
    assert result["msg"] == "Copied file does not match the expected checksum. Transfer failed."
    assert list((tmp_path / "d").iterdir()) == []
