"""What holds for any value."""

import json
import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.template.filters import data, encoding, mapping, sets
from runner.template.plain import literal, looks_literal, plain
from runner.template.tests.version import COMPARE, version
from tests.template.conftest import Run, View

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
# PyYAML writes a next-line character bare, and reads it back as the end of a line.
PRINTABLE = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)
KEYS = st.text(string.ascii_letters, min_size=1, max_size=5)
VALUES: st.SearchStrategy[Any] = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
PRINTABLES: st.SearchStrategy[Any] = st.recursive(
    PRINTABLE, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)
RUN = Run()


@given(VALUES)
def test_data_passes_through_unchanged(value: Any) -> None:
    view = View({"x": value})
    if not (isinstance(value, str) and looks_literal(value)):
        assert RUN.render("{{ x }}", view) == value
    assert RUN.templar.render(value, view) == value
    assert plain(value) is value


@given(VALUES)
def test_json_and_yaml_round_trips(value: Any) -> None:
    assert data.from_json(data.to_json(value)) == value
    assert json.loads(data.to_nice_json(value)) == value
    assert RUN.render("{{ x | to_json | from_json }}", View({"x": [value]})) == [value]


@given(PRINTABLES.filter(lambda value: not isinstance(value, str)))
def test_yaml_round_trip_of_printable_data(value: Any) -> None:
    text = data.to_nice_yaml(value)
    try:
        again = data.from_yaml(text)
    except Exception:
        # YAML has no way to write some control characters that its reader then refuses.
        assert any(not character.isprintable() for character in json.dumps(value, ensure_ascii=False))
        return
    assert again == value or "\\" in text


@given(st.text())
def test_text_survives_base64_and_is_no_template(text: str) -> None:
    assert encoding.b64decode(encoding.b64encode(text)) == text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    assert RUN.templar.render(text, View()) == text


@given(st.text(max_size=30))
def test_a_literal_is_a_container_or_the_text_itself(text: str) -> None:
    made = literal("[" + text)
    assert isinstance(made, list) or made == "[" + text


@given(st.lists(SCALARS, max_size=8), st.lists(SCALARS, max_size=8))
def test_set_filters_agree_with_sets(a: list[Any], b: list[Any]) -> None:
    assert set(sets.union(a, b)) == set(a) | set(b)
    assert set(sets.intersect(a, b)) == set(a) & set(b)
    assert set(sets.difference(a, b)) == set(a) - set(b)
    assert set(sets.symmetric_difference(a, b)) == set(a) ^ set(b)
    assert len(sets.union(a, b)) == len(set(a) | set(b))


@given(st.dictionaries(KEYS, SCALARS), st.dictionaries(KEYS, SCALARS))
def test_combine_lays_the_second_over_the_first(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert mapping.combine(a, b) == {**a, **b}
    assert mapping.items2dict(mapping.dict2items(a)) == a


@settings(max_examples=50)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=4), st.lists(st.integers(0, 50), min_size=1, max_size=4))
def test_versions_are_ordered(a: list[int], b: list[int]) -> None:
    left, right = ".".join(map(str, a)), ".".join(map(str, b))
    for word in ("<", "<=", ">", ">=", "==", "!="):
        assert version(left, right, word) == COMPARE[word](a, b)
