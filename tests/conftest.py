"""`--update-cases` stores what is said now as what is expected; in CI, property tests try the same values each time."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# a busy machine is no failure
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-cases", action="store_true", help="store the present output as the expected one")


@pytest.fixture(autouse=True, scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the journals of runs out of the user's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return a function that holds a text against a stored one, or stores it under --update-cases."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--update-cases"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; --update-cases stores it"
        assert text == path.read_text(encoding="utf-8")

    return check
