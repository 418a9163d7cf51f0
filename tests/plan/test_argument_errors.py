"""All that is wrong with arguments at once, as a role's specification has it told."""

from typing import Any

import pytest

from runner.model.text import Seq
from runner.plan.argument_errors import argument_errors
from runner.plan.specification import schema_of

OPTIONS = {
    "size": {"type": "int", "required": True},
    "name": {"type": "str", "required": True},
    "kind": {"choices": ["a", "b"]},
    "any": {"type": "raw", "choices": [1, 2]},
    "map": {"type": "dict"},
    "left": {},
    "right": {},
    "outer": {"type": "dict", "options": {"inner": {"type": "dict", "options": {"deep": {"type": "int", "required": True}}}}},
    "rows": {"type": "list", "elements": "dict", "options": {"port": {"type": "int"}, "host": {"required": True}}},
}
RULES = {"mutually_exclusive": [["left", "right"]], "required_together": [["kind", "left"]]}
GOOD = {"size": "3", "name": "n"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (GOOD, []),
        ({}, ["missing required arguments: name, size"]),
        (
            {"size": "x", "name": None, "kind": "c"},
            [
                "argument 'name' is of type <class 'NoneType'> and we were unable to convert to str: "
                "'None' is not a string and conversion is not allowed",
                "argument 'size' is of type <class 'str'> and we were unable to convert to int: "
                "\"'x'\" cannot be converted to an int",
                "value of kind must be one of: a, b, got: c",
            ],
        ),
        (
            {**GOOD, "outer": {"inner": {"wrong": 1}}, "rows": [{"port": "x", "host": "h"}, {}]},
            [
                "missing required arguments: deep found in outer -> inner",
                "Unsupported parameters for (role) module: outer.inner.wrong. Supported parameters include: deep.",
                "argument 'port' is of type <class 'str'> found in 'rows' and we were unable to convert to int: "
                "\"'x'\" cannot be converted to an int",
                "missing required arguments: host found in rows",
            ],
        ),
        ({**GOOD, "left": 1, "right": 2}, ["parameters are mutually exclusive: left|right"]),
        ({**GOOD, "any": [1, 2], "map": "{'a': 1}"}, []),
        ({**GOOD, "any": [1, 3]}, ["value of any must be one or more of: 1, 2. Got no match for: 3"]),
        (
            {**GOOD, "map": Seq([1])},
            [
                "argument 'map' is of type <class 'list'> and we were unable to convert to dict: "
                "<class 'list'> cannot be converted to a dict"
            ],
        ),
        ({**GOOD, "kind": "a"}, ["parameters are required together: kind, left"]),
    ],
)
def test_every_error_is_told(given: dict[str, Any], wanted: list[str]) -> None:
    assert [error.message for error in argument_errors("role", schema_of(OPTIONS, RULES), given, None)] == wanted
