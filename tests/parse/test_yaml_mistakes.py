"""Every classic YAML mistake under cases/yaml_mistakes gets its place, its name and its remedy."""

from pathlib import Path

import pytest
import yaml

from runner.errors import ParseError
from runner.parse.yaml_text import load_yaml

CASES = sorted((Path(__file__).parent.parent / "cases" / "yaml_mistakes").glob("*.yml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_mistake_is_explained(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    with pytest.raises(ParseError) as caught:
        load_yaml(case["text"], "f.yml")
    error = caught.value
    assert (str(error.position), error.message, error.remedy) == (case["at"], case["message"], case["remedy"])


def test_there_are_cases() -> None:
    assert len(CASES) > 15
