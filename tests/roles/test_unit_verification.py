"""The script that verifies units before they are installed: what it refuses and forgives, and that it leaves nothing behind."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "roles" / "systemd_units" / "files" / "verify.sh"

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")


@pytest.fixture
def verify(tmp_path):
    """Run the script in a stage of its own; return status and complaints."""
    text = SCRIPT.read_text().replace("/run/muster-units", f"{tmp_path}/muster-units")
    assert str(tmp_path) in text

    def run(units, mode="real"):
        words = ["sh", "-c", text, "verify.sh", mode]
        done = subprocess.run(words, input=units, capture_output=True, text=True, timeout=30, check=False)
        assert list(tmp_path.iterdir()) == [], "something was left behind"
        return done.returncode, done.stderr

    return run


SOUND = ">>> a.service\n[Service]\nExecStart=/bin/sleep 1\n"
MISSING = ">>> a.service\n[Service]\nExecStart=/no/such/program\n"


@pytest.mark.parametrize("mode", ["real", "forecast"])
def test_accepts_units_that_name_each_other(verify, mode):
    assert verify(
        SOUND + ">>> a.timer\n[Timer]\nOnCalendar=daily\n>>> w@.service\n[Service]\nExecStart=/bin/echo %i\n", mode
    ) == (0, "")


@pytest.mark.parametrize("mode", ["real", "forecast"])
@pytest.mark.parametrize(
    ("unit", "complaint"),
    [
        (SOUND + "MemryMax=1M\n", "a.service:3: Unknown key 'MemryMax'"),
        (SOUND + "MemoryMax=lots\n", "a.service:3: Invalid memory limit 'lots'"),
        (">>> a.service\n[Service]\nType=simple\n", "a.service: Service has no ExecStart="),
        (">>> a.timer\n[Timer]\n", "a.timer: Timer unit lacks value setting"),
        (">>> tmp-x.mount\n[Mount]\nWhat=tmpfs\nWhere=/tmp/y\n", "Where= setting doesn't match unit name"),
        (">>> other.service.d/limits.conf\n[Service]\nTasksMax=many\n", "other.service.d/limits.conf:2: "),
    ],
)
def test_refuses(verify, unit, complaint, mode):
    status, said = verify(unit, mode)
    assert status == 1
    assert complaint in said


def test_refuses_all_when_one_is_bad(verify):
    status, said = verify(SOUND + ">>> b.service\n[Service]\nExecStart=/bin/true\nNonsense=1\n")
    assert status == 1
    assert "b.service:3" in said
    assert "a.service" not in said


def test_a_missing_program_is_refused_but_forgiven_in_a_forecast(verify):
    status, said = verify(MISSING)
    assert status == 1
    assert "/no/such/program is not executable" in said
    assert verify(MISSING, "forecast") == (0, "")


def test_a_forecast_still_sees_what_is_wrong_beside_a_missing_program(verify):
    status, said = verify(MISSING + "MemoryMax=lots\n", "forecast")
    assert status == 1
    assert "Invalid memory limit" in said


def test_accepts_a_dropin_of_a_unit_that_is_not_installed(verify):
    assert verify(">>> other.service.d/limits.conf\n[Service]\nTasksMax=5\n") == (0, "")


def test_nothing_to_verify_is_well(verify):
    assert verify("") == (0, "")
    assert verify("\n") == (0, "")
