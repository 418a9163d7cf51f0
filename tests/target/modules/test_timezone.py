"""timezone: by link and files."""

from runner.target.modules import timezone
from tests.target.fake_system import FakeSystem

FILES = {
    "/etc/localtime": "-> /usr/share/zoneinfo/Etc/UTC",
    "/etc/timezone": "Etc/UTC\n",
    "/usr/share/zoneinfo/Europe/Berlin": "TZif",
    "/usr/share/zoneinfo/Etc/UTC": "TZif",
    "/usr/share/zoneinfo/tzdata.zi": "Z Europe/Berlin 0:53 - LMT\nL Etc/UTC UTC\n",
}


def test_changes_once():
    system = FakeSystem(FILES, diff=True)
    result = system.perform(timezone, name="Europe/Berlin", hwclock="local")
    assert result["changed"]
    assert system.files["/etc/localtime"].target == "/usr/share/zoneinfo/Europe/Berlin"
    assert system.text("/etc/timezone") == "Europe/Berlin\n"
    assert system.text("/etc/adjtime") == "0.0 0 0.0\n0\nLOCAL\n"
    assert not system.again().perform(timezone, name="Europe/Berlin", hwclock="local")["changed"]


def test_check_mode_and_error():
    system = FakeSystem(FILES, check=True)
    assert system.perform(timezone, name="Europe/Berlin")["changed"]
    assert system.files["/etc/localtime"].target.endswith("Etc/UTC")
    assert system.perform(timezone, name="Europe/Berln")["msg"] == "The host has no time zone Europe/Berln. Nearest: Europe/Berlin"
