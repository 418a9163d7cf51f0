"""`--update-cases` stores what the displays write now as what is expected."""

from collections.abc import Callable

import pytest

from tests.report.replay import CASES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-cases", action="store_true", help="store the present output as the expected one")


@pytest.fixture
def compare(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that holds a text against a stored one, or stores it under --update-cases."""

    def check(name: str, text: str) -> None:
        path = CASES / name
        if request.config.getoption("--update-cases", default=False):
            path.write_text(text)
        assert text == path.read_text()

    return check
