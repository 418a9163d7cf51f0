"""The chattr flags of a path, on file systems with and without a version number."""

import pytest

from runner.target.attributes import chattr_flags
from runner.target.modules import file
from tests.target.fake_system import FakeSystem


@pytest.mark.parametrize(
    ("commands", "wanted"),
    [
        ({"/usr/bin/lsattr -vd /d": "12345 ----i---e------- /d\n"}, ("ie", "12345")),
        ({"/usr/bin/lsattr -vd /d": (1, "", "no version"), "/usr/bin/lsattr -d /d": "----i----------- /d\n"}, ("i", None)),
        ({"/usr/bin/lsattr -vd /d": 1, "/usr/bin/lsattr -d /d": 1}, ("", None)),
    ],
)
def test_flags(commands, wanted):
    assert chattr_flags("/d", FakeSystem({"/d/": None}, commands, programs=["lsattr"])) == wanted


def test_a_flag_is_taken_away_where_there_is_no_version():
    commands = {"/usr/bin/lsattr -vd /d": 1, "/usr/bin/lsattr -d /d": "----i---- /d\n", "chattr -i /d": ""}
    system = FakeSystem({"/d/": None}, commands, programs=["lsattr", "chattr"])
    result = system.perform(file, path="/d", state="directory", attributes="-i")
    assert result["changed"]
    assert ["chattr", "-i", "/d"] in system.ran
