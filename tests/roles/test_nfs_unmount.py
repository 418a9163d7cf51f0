"""The program that takes away the mounts of a server before its copy is promoted: what counts is whether the mount is gone."""

import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "roles" / "nfs" / "files" / "unmount.sh"
LINES = "10.0.0.1:/a /srv/a nfs4 rw 0 0\n10.0.0.11:/b /srv/b nfs4 rw 0 0\n/dev/vda / ext4 rw 0 0\n"


@pytest.mark.parametrize(
    ("umount", "code"),
    [
        ("sed -i /srv.a/d $MOUNTS", 0),
        # It waits for an answer to its farewell and is ended, or fails for another reason: the mount is gone all the same.
        ("sed -i /srv.a/d $MOUNTS; exit 32", 0),
        ("exit 32", 1),
    ],
)
def test_only_a_mount_that_is_still_there_is_a_failure(tmp_path: Path, umount: str, code: int) -> None:
    mounts, program = tmp_path / "mounts", tmp_path / "umount"
    mounts.write_text(LINES)
    program.write_text(f"#!/bin/sh\necho \"$@\" >> {tmp_path}/calls\n{umount}\n")
    program.chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "MOUNTS": str(mounts)}
    done = subprocess.run(["/bin/sh", PROGRAM, "away", "10.0.0.1"], env=env, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (code, "/srv/a\n")
    assert (tmp_path / "calls").read_text() == "--force --lazy /srv/a\n"


def test_looking_takes_nothing_away(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(LINES)
    env = {"PATH": "/usr/bin:/bin", "MOUNTS": str(mounts)}
    done = subprocess.run(["/bin/sh", PROGRAM, "look", "10.0.0.11"], env=env, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (0, "/srv/b\n")
