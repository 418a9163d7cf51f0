"""YAML text becomes values with positions, with the meanings Ansible gives them."""

import datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import ParseError
from runner.model.text import Encrypted, Map, Seq, Template, Text, Unsafe
from runner.parse import yaml_parser, yaml_text
from runner.parse.yaml_text import load_all, load_yaml
from runner.position import Position


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("TRUE", True),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("0644", 420),
        ("0o644", "0o644"),
        ("08", "08"),
        ("0x1F", 31),
        ("1_000", 1000),
        ("12:30:45", 45045),
        ("1.5", 1.5),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        (".inf", float("inf")),
        ("2020-01-02", datetime.date(2020, 1, 2)),
        ("-1", -1),
        ("+5", 5),
        ("1.2.3", "1.2.3"),
        ("'yes'", "yes"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("!!int '7'", 7),
        ("=", "="),
        ("!!binary aGk=", b"hi"),
    ],
)
def test_plain_scalars_mean_what_yaml_1_1_says(written: str, value: Any) -> None:
    found = load_yaml(f"a: {written}\n", "f")["a"]
    assert found == value
    assert type(found) is type(value) or isinstance(found, Text)


def test_strings_carry_positions_and_only_markers_make_templates() -> None:
    data = load_yaml('a: x\nb:\n  - "{{ c }}"\n  - {k: "{% if x %}"}\n', "f.yml")
    assert isinstance(data, Map)
    assert isinstance(data["b"], Seq)
    assert type(data["a"]) is Text
    assert type(data["b"][0]) is Template
    assert type(data["b"][1]["k"]) is Template
    assert data["a"].position == Position("f.yml", 1, 4)
    assert data["b"][0].position == Position("f.yml", 3, 5)
    assert [key.position for key in data] == [Position("f.yml", 1, 1), Position("f.yml", 2, 1)]
    assert data["b"].position == Position("f.yml", 3, 3)


def test_a_block_scalar_stands_at_its_first_content_line() -> None:
    data = load_yaml("a: |\n  one {{ x }}\n  two\nb: >-\n    deep\n", "f")
    assert data["a"] == "one {{ x }}\ntwo\n"
    assert data["a"].position == Position("f", 2, 3)
    assert data["b"].position == Position("f", 5, 5)


def test_keys_are_never_templates() -> None:
    (key,) = load_yaml('"{{ a }}": 1\n', "f")
    assert type(key) is Text


def test_unsafe_reaches_everything_below_it() -> None:
    data = load_yaml('a: !unsafe\n  - "{{ x }}"\n  - {k: "{{ y }}"}\nb: !unsafe "{{ z }}"\nc: "{{ after }}"\n', "f")
    assert [type(data["a"][0]), type(data["a"][1]["k"]), type(data["b"]), type(data["c"])] == [Unsafe, Unsafe, Unsafe, Template]


def test_vault_strings_stay_encrypted_or_are_decrypted_at_once() -> None:
    text = "a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n"
    data = load_yaml(text, "f")
    assert type(data["a"]) is Encrypted
    assert data["a"].startswith("$ANSIBLE_VAULT;1.1;AES256\n3132")
    assert load_yaml(text, "f", vault=lambda secret: "{{ plain }}")["a"] == "{{ plain }}"
    assert type(load_yaml(text, "f", vault=lambda secret: "{{ plain }}")["a"]) is Text


def test_duplicate_keys_warn_and_the_last_wins() -> None:
    told: list[tuple[str, Position]] = []
    data = load_yaml("a: 1\nb: 2\na: 3\n", "f", warn=lambda text, at: told.append((text, at)))
    assert data == {"a": 3, "b": 2}
    assert told[0][1] == Position("f", 3, 1)
    assert "duplicate dict key (a)" in told[0][0]


def test_merge_keys_are_merged_without_a_warning() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\none: {<<: *x, b: 9}\nmany: {<<: [*x, *y]}\n"
    data = load_yaml(text, "f", warn=lambda text, at: pytest.fail(text))
    assert data["one"] == {"a": 1, "b": 9}
    assert data["many"] == yaml.safe_load(text)["many"]


def test_a_mapping_as_key_that_is_no_template_is_an_error() -> None:
    with pytest.raises(ParseError, match="cannot be a key"):
        load_yaml("? [a, b]\n: 1\n", "f")


def test_documents() -> None:
    assert load_all("a\n---\nb\n", "f") == ["a", "b"]
    assert load_yaml("", "f") is None
    assert load_yaml("# only a comment\n", "f") is None


def test_json_keeps_its_own_numbers_and_tabs() -> None:
    assert load_yaml('{"a": 1e3, "b": "1e3", "c": [true, null]}', "f") == {"a": 1000.0, "b": "1e3", "c": [True, None]}
    assert load_yaml('{\n\t"a": "\\ud83d\\ude00"}', "f") == {"a": "\N{GRINNING FACE}"}
    assert type(load_yaml('{"a": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256"}}', "f")["a"]) is Encrypted


def test_an_alias_inside_its_own_value_is_an_error() -> None:
    with pytest.raises(ParseError, match="inside its own value"):
        load_yaml("a: &a [*a]\n", "f")


def test_deep_nesting_is_an_error_and_no_traceback() -> None:
    for depth in (600, 5000):
        with pytest.raises(ParseError, match="nest"):
            load_yaml("[" * depth + "]" * depth, "f")


def test_control_characters_are_named() -> None:
    with pytest.raises(ParseError) as caught:
        load_yaml("ab: 1\na: \x01\n", "f")
    assert caught.value.position == Position("f", 2, 4)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(PLAIN)
def test_reads_what_pyyaml_reads(value: Any) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    assert load_yaml(text, "f") == yaml.load(text, yaml.CSafeLoader)


def test_both_parsers_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'a: [1, "{{ x }}", {b: !unsafe y}]\nc: |\n  t\n\n  u\nd: &d {e: 1}\nf: *d\n'
    fast = load_yaml(text, "f")
    monkeypatch.setattr(yaml_text, "event_parser", yaml_parser.PlainParser)
    slow = load_yaml(text, "f")
    assert fast == slow
    assert slow["c"].position == fast["c"].position
