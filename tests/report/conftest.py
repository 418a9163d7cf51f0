"""What the displays write, held against the stored outputs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.replay import CASES


@pytest.fixture
def compare(stored: Callable[[Path, str], None]) -> Callable[[str, str], None]:
    """Return a function that holds a text against a stored output, or stores it under --update-cases."""
    return lambda name, text: stored(CASES / name, text)
