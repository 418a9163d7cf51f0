"""A file that is being sent lies in memory, or nameless where it shall end up."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner.target import spool
from runner.target.archives import open_archive
from runner.target.decision import ModuleFailed
from runner.target.spool import IN_MEMORY, Spool
from runner.target.system import System

BIG = os.urandom(1 << 16) * 20


def filled(near: Path | None, content: bytes = BIG) -> Spool:
    made = Spool(str(near) if near else None)
    for start in range(0, len(content), 100_000):
        made.write(content[start : start + 100_000])
    return made


def test_small_ones_stay_in_memory(tmp_path: Path) -> None:
    made = filled(tmp_path / "new", b"x" * IN_MEMORY)
    assert not made.on_disk
    assert not made.link_to(str(tmp_path / "new"), 0o600)
    made.seek(0)
    assert made.read() == b"x" * IN_MEMORY


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="Linux only")
def test_a_large_one_is_named_not_copied(tmp_path: Path) -> None:
    made = filled(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    assert made.folder == str(tmp_path)
    made.seek(0)
    assert made.link_to(str(tmp_path / "new"), 0o640)
    assert (tmp_path / "new").read_bytes() == BIG
    assert (tmp_path / "new").stat().st_mode & 0o7777 == 0o640
    assert not made.link_to(str(tmp_path / "second"), 0o640)
    made.close()


def test_stages_either_way(tmp_path: Path) -> None:
    for content in (b"small", BIG):
        for near in (None, tmp_path / "new"):
            made = filled(near, content)
            made.seek(0)
            system = System()
            staged = system.stage(str(tmp_path / "new"), made)
            system.commit(staged, str(tmp_path / "new"))
            made.close()
            assert (tmp_path / "new").read_bytes() == content
            assert [each.name for each in tmp_path.iterdir()] == ["new"]


def test_where_it_shall_end_up_may_not_be_usable(tmp_path: Path) -> None:
    made = filled(tmp_path / "missing" / "deeper" / "new")
    made.seek(0)
    assert made.read() == BIG
    made.close()


def test_file_systems_of_others_are_left_alone(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/vda / ext4 rw 0 0\nserver:/x /srv/nfs nfs4 rw 0 0\n/dev/vdb /srv/nfs/local\\040disk xfs rw 0 0\n")
    assert spool._is_remote("/srv/nfs/file", str(mounts))
    assert not spool._is_remote("/srv/nfsx/file", str(mounts))
    assert not spool._is_remote("/srv/nfs/local disk/file", str(mounts))
    assert not spool._is_remote("/etc/file", str(mounts))
    assert spool._is_remote("/etc/file", str(tmp_path / "none"))


@pytest.mark.parametrize("size", [10, IN_MEMORY + 1])
@pytest.mark.parametrize("kind", ["tar", "gztar", "bztar", "xztar", "zip"])
def test_archives_of_every_kind_are_read_from_one(tmp_path: Path, kind: str, size: int) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_bytes(os.urandom(size))
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), kind, source))
    made = filled(tmp_path / "new", packed.read_bytes())
    with ExitStack() as closing:
        archive = open_archive(made, packed.name, System(), closing)
        assert "file" in [os.path.normpath(member.name) for member in archive.members]
    made.close()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    made = filled(tmp_path / "new", b"just some text, long enough to be looked at as a header of tar" * 20)
    with ExitStack() as closing, pytest.raises(ModuleFailed, match="no tar or zip archive"):
        open_archive(made, "README.md", System(), closing)
    made.close()
