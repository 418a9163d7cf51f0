"""The program on a host that says what recorders and faults write there."""

import subprocess
import sys
from pathlib import Path

from runner.target.drill_follow import Follower


def test_only_new_whole_lines_that_say_something_new(tmp_path: Path) -> None:
    log, watch = tmp_path / "log", tmp_path / "watch.log"
    follower = Follower(str(tmp_path))
    assert follower.news() == []
    watch.write_text("a 1.0 1\na 1.1 1\nu 1.0 0 active\nu 1.0 1 active\nu 1.3 0 active\na 1.2 0\na 1.")
    assert follower.news() == ["a 1.0 1", "u 1.0 0 active", "u 1.0 1 active", "a 1.2 0"]
    with watch.open("a") as file:
        file.write("3 1\nu 1.4 1 frozen\n")
    log.write_text("set 1.5 0\nundo 1.6 0\n")
    assert follower.news() == ["set 1.5 0", "undo 1.6 0", "a 1.3 1", "u 1.4 1 frozen"]
    assert follower.news() == []


def test_it_ends_with_the_drill(tmp_path: Path) -> None:
    folder = tmp_path / "drill"
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "ahead").write_text("1000000.0\n")
    (folder / "probe.log").write_text("p 0 0 1.0 1.0 1.1 ok\np 0 1 1.1 1.1 1.2 ok\n")
    program = Path(sys.modules[Follower.__module__].__file__ or "")
    with subprocess.Popen([sys.executable, "-I", "-S", str(program), str(folder)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(2)] == ["p 0 0 1.0 1.0 1.1 ok\n", "p 0 1 1.1 1.1 1.2 ok\n"]
        assert float(child.stdout.readline().removeprefix("now ")) > 1e6
        (folder / "lock").unlink()
        child.communicate(timeout=30)
        assert child.returncode == 0
