"""What the formats of lint say of one finding."""

import json

from runner.lint.finding import Finding
from runner.lint.formats.github import github
from runner.lint.formats.json import json_text
from runner.lint.formats.sarif import sarif
from runner.lint.formats.text import counted, text
from runner.position import Position

FOUND = Finding("tags", "note", "100% odd,\nreally", Position("a:b.yml", 3, 7), "this", "that", ("those",), "mend it")


def test_github_escapes_what_its_commands_need() -> None:
    assert github([FOUND]) == (
        "::notice file=a%3Ab.yml,line=3,col=7,title=tags::100%25 odd,%0Areally%0Afound: that%0Aremedy: mend it\n"
    )


def test_json_has_every_part() -> None:
    assert json.loads(json_text([FOUND])) == [
        {
            "rule": "tags",
            "level": "note",
            "message": "100% odd,\nreally",
            "file": "a:b.yml",
            "line": 3,
            "column": 7,
            "expected": "this",
            "found": "that",
            "nearest": ["those"],
            "remedy": "mend it",
        }
    ]


def test_sarif_names_rule_level_and_place() -> None:
    run = json.loads(sarif([FOUND]))["runs"][0]
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "tags"
    assert result["level"] == "note"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 7}


def test_text_ends_with_a_count() -> None:
    assert text([FOUND]).startswith("note[tags]: 100% odd")
    assert counted([]) == "nothing found"
    assert counted([FOUND, FOUND]) == "2 notes"
