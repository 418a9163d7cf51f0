"""The real door to the operating system: files replaced whole, commands that never stay behind."""

import errno
import os
import select
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from runner.target.decision import ModuleFailed
from runner.target.processes import CommandTimeout
from runner.target.system import System


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_gets_the_usual_permissions_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "file"
    System().write_atomic(str(path), b"one")
    assert (path.read_bytes(), mode(path)) == (b"one", 0o666 & ~System().umask())
    path.chmod(0o640)
    System().write_atomic(str(path), b"two")
    assert (path.read_bytes(), mode(path)) == (b"two", 0o640)
    System().write_atomic(str(path), b"three", mode=0o4755)
    assert mode(path) == 0o4755


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    System().write_atomic(str(link), b"new")
    assert (link.is_symlink(), target.read_text()) == (False, "old")


def test_what_was_not_committed_is_removed(tmp_path: Path) -> None:
    system = System()
    staged = system.stage(str(tmp_path / "file"), b"x")
    assert stat.S_IMODE(os.stat(staged).st_mode) == 0o600
    system.close()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_replace_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    system = System()
    with pytest.raises(IsADirectoryError):
        system.write_atomic(str(tmp_path / "folder"), b"x")
    system.close()
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_where_nothing_can_be_replaced_the_user_may_have_the_file_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    inode = path.stat().st_ino
    real, rename = tempfile.mkstemp, os.rename

    def immutable(prefix: str = "", dir: str | None = None) -> tuple[int, str]:
        if dir == str(tmp_path):
            raise PermissionError(errno.EPERM, "Operation not permitted", dir)
        return real(prefix=prefix, dir=dir)

    def kept(source: str, target: str) -> None:
        if os.path.dirname(target) == str(tmp_path):
            raise PermissionError(errno.EPERM, "Operation not permitted", source)
        rename(source, target)

    monkeypatch.setattr(tempfile, "mkstemp", immutable)
    monkeypatch.setattr(os, "rename", kept)
    system = System()
    with pytest.raises(PermissionError):
        system.write_atomic(str(path), b"new")
    assert path.read_text() == "old"
    system.write_atomic(str(path), b"new", unsafe=True)
    system.close()
    assert (path.read_text(), path.stat().st_ino) == ("new", inode)
    with pytest.raises(PermissionError):
        system.write_atomic(str(tmp_path / "other"), b"new", unsafe=True)


def test_links_are_put_in_place_in_one_step(tmp_path: Path) -> None:
    system, link = System(), str(tmp_path / "link")
    system.symlink("/one", link)
    system.symlink("/two", link)
    assert os.readlink(link) == "/two"
    (tmp_path / "a").write_text("a")
    system.link(str(tmp_path / "a"), str(tmp_path / "b"))
    system.link(str(tmp_path / "a"), str(tmp_path / "b"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "link"]


def test_walks_sorted_and_not_through_links(tmp_path: Path) -> None:
    (tmp_path / "b/c").mkdir(parents=True)
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b/x").touch()
    root = str(tmp_path)
    assert list(System().walk(root)) == [(root, ["b"], ["a"]), (f"{root}/b", ["c"], ["x"]), (f"{root}/b/c", [], [])]


def test_shell_text_gets_its_values_quoted() -> None:
    assert System().run("echo %s %s", "a  'b", "$HOME").out == "a  'b $HOME\n"


def test_much_goes_in_and_out_without_a_deadlock() -> None:
    data = os.urandom(1_000_000)
    assert System().run(["cat"], stdin=data).out_bytes == data
    assert System().run("head -c 5", stdin=data).rc == 0


def test_output_of_helpers_is_in_plain_words() -> None:
    ran = System().run(["ls", "/no-such"], environ={"LANG": "de_DE.UTF-8", "LANGUAGE": None})
    assert "No such file or directory" in ran.err


def test_a_failing_command_can_be_an_error() -> None:
    with pytest.raises(ModuleFailed) as caught:
        System().run("echo no >&2; exit 4", fail="it did not work")
    assert (caught.value.msg, caught.value.result["rc"], caught.value.result["stderr"]) == ("it did not work", 4, "no\n")


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(CommandTimeout, match=r"did not end within 1 seconds"):
            System().run(f"sleep 600 >{held} & wait", timeout=1)
        # the pipe ends when nobody holds it any more
        assert select.select([reader], [], [], 60)[0] == [reader]
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


def test_a_pipe_or_device_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    system = System()
    staged = system.stage(str(pipe), b"new")
    with pytest.raises(FileExistsError):
        system.commit(staged, str(pipe))
    with pytest.raises(FileExistsError):
        system.symlink("/etc", str(pipe))
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_an_error_of_staging_names_the_file_the_user_knows(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        System().write_atomic(str(tmp_path / "none" / "file"), b"x")
    assert caught.value.filename == str(tmp_path / "none" / "file")
    with pytest.raises(OSError, match="No space left") as full:
        System().stage(str(tmp_path / "file"), Full())
    assert full.value.filename == str(tmp_path / "file")


class Full:
    """Content that no disk has room for."""

    def read(self, size: int) -> bytes:
        raise OSError(28, "No space left on device")


def test_a_backup_is_never_open_to_others_and_follows_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    secret.chmod(0o600)
    modes: list[int] = []

    def watched(source: Any, target: Any, length: int = 0) -> None:
        modes.append(stat.S_IMODE(os.fstat(target.fileno()).st_mode))
        target.write(source.read())

    monkeypatch.setattr("shutil.copyfileobj", watched)
    monkeypatch.setattr("time.time", lambda: 0.0)
    copy = Path(System().backup(str(secret)))
    assert (copy.read_text(), stat.S_IMODE(copy.stat().st_mode), modes) == ("hidden", 0o600, [0o600])
    victim = tmp_path / "victim"
    victim.write_text("mine")
    copy.unlink()
    copy.symlink_to(victim)
    assert System().backup(str(secret)) == str(copy)
    assert (victim.read_text(), copy.is_symlink(), copy.read_text()) == ("mine", False, "hidden")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["secret", "victim", copy.name])
