"""`muster doc`: the list of modules, each with a whole sentence."""

import pytest

from runner import find
from runner.cli.main import main


def test_each_module_has_a_sentence_that_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doc"]) == 0
    listed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert sorted(listed) == find.names()
    assert listed["yum_repository"] == "Ensures a repository's section in a .repo file of yum or dnf"
    assert listed["meta"] == "An order to the engine"
