"""The program that has exportfs read a list of exports before it is in use: what exportfs is given, and what comes of its word."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "roles" / "nfs" / "templates" / "nfs-exports-check.j2"
# Shows what it was given; says what it was told to say.
EXPORTFS = """#!/bin/sh
for file in {etc}/*.exports; do [ ! -e "$file" ] || {{ echo "-- ${{file##*/}}"; cat "$file"; }}; done >> {log}
[ ! -e {log}.says ] || cat {log}.says
[ ! -e {log}.fails ] || exit 1
"""
STAND_INS = {"mount": "#!/bin/sh\n", "unshare": '#!/bin/sh\nshift\nexec "$@"\n'}

Check = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Run the program on a list, with stand-ins for exportfs, mount and unshare."""
    for folder in ("bin", "exports.d", "run", "srv/there"):
        (tmp_path / folder).mkdir(parents=True)
    for name, text in {**STAND_INS, "exportfs": EXPORTFS.format(etc=tmp_path / "exports.d", log=tmp_path / "log")}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    script = SCRIPT.read_text().replace("/etc/exports.d", f"{tmp_path}/exports.d").replace(" /run/", f" {tmp_path}/run/")

    def run(exports: str) -> subprocess.CompletedProcess[str]:
        given = tmp_path / "given"
        given.write_text(exports)
        env = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
        return subprocess.run(["sh", "-c", script, "sh", str(given)], env=env, capture_output=True, text=True, timeout=30, check=False)

    return run


def test_directories_that_are_missing_are_asked_for_by_where_they_will_be(check: Check, tmp_path: Path) -> None:
    (tmp_path / "exports.d/other.exports").write_text("/other a(ro)\n")
    done = check(f"# A comment.\n{tmp_path}/srv/there a(rw)  b(rw)\n\n{tmp_path}/srv/not/yet c(rw)\n{tmp_path}/srv/nor c(ro)\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "log").read_text().splitlines() == [
        "-- muster.exports",
        f"{tmp_path}/srv/there a(rw)  b(rw)",
        "-- other.exports",
        "/other a(ro)",
        "-- muster.exports",
        f"{tmp_path}/srv c(rw)",
        "-- muster.exports",
        f"{tmp_path}/srv c(ro)",
    ]
    assert sorted(path.name for path in (tmp_path / "srv").iterdir()) == ["there"]


@pytest.mark.parametrize("place", ["there", "not/yet"])
@pytest.mark.parametrize("fails", [True, False], ids=["fails", "only-tells"])
def test_a_word_of_exportfs_is_a_refusal(check: Check, tmp_path: Path, fails: bool, place: str) -> None:
    (tmp_path / "log.says").write_text("exportfs: no such thing\n")
    if fails:
        (tmp_path / "log.fails").touch()
    done = check(f"{tmp_path}/srv/{place} a(rw)\n")
    assert done.returncode == 1
    assert "exportfs: no such thing" in done.stderr
