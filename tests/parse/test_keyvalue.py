"""Words of the short notation: quotes and template braces, also inside each other."""

import pytest

from runner.errors import ParseError
from runner.parse.keyvalue import parse_key_values, split_words


def test_a_template_that_makes_braces_is_one_word() -> None:
    text = "{{ bin }}/docker ps --filter='name={{ name }}' --format='{{ '{{ .Image }}' }}'"
    assert [word for word, _ in split_words(text)] == [
        "{{ bin }}/docker",
        "ps",
        "--filter='name={{ name }}'",
        "--format='{{ '{{ .Image }}' }}'",
    ]


def test_an_opening_brace_as_text() -> None:
    assert [word for word, _ in split_words("echo {{ '{{' }} x")] == ["echo", "{{ '{{' }}", "x"]


def test_a_brace_that_is_never_closed() -> None:
    with pytest.raises(ParseError, match="unbalanced"):
        split_words("echo {{ x")


def test_options_are_taken_out_of_free_form() -> None:
    found = parse_key_values("ls chdir=/tmp a=b", None, free_form=True, any_key=False)
    assert dict(found) == {"chdir": "/tmp", "_raw_params": "ls a=b"}
