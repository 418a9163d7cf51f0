"""Reports: the terminal, JSON, JUnit, the page, and the comparison of two runs."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from runner.drill import compare, text_report
from runner.drill.campaign import Outcome
from runner.drill.document import document, json_text, read_document
from runner.drill.junit import junit
from runner.drill.measure import measure
from runner.drill.model import Case
from runner.drill.page import page
from runner.drill.verdict import judge
from runner.errors import ParseError
from tests.drill.test_verdict import CASE, DRILL, observed


def said(*failed: range) -> dict[str, Any]:
    case = Case("x<y", CASE.faults, {"max_outage": 2, "max_split_brain": 0})
    measures = tuple(measure(DRILL, observed(each, both=len(each) > 20)) for each in failed)
    return document(DRILL, [Outcome(case, measures, tuple(judge(case, measures, [])))], "2026-11-25T02:00:00Z")


class Page(HTMLParser):
    """Gathers what a page refers to, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.count: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.references += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone() -> None:
    text = page(said(range(30, 40), range(30, 41)))
    seen = Page()
    seen.feed(text)
    assert seen.open == []
    assert seen.references == ["#case-0"]
    assert "script" not in seen.count
    assert "url(" not in text
    assert seen.count["svg"] == 2
    assert "x&lt;y" in text
    assert "address on one" in text
    assert "request 30 at 0.10 s: timeout" in text


def test_times_begin_with_the_fault() -> None:
    run = said(range(30, 40))["cases"][0]["runs"][0]
    assert (run["begin"], run["end"]) == (-2.9, 7.1)
    assert run["broken"] == [{"host": "one", "title": "stop a", "set": 0.0, "undone": 2.6}]
    assert run["probes"]["web"]["outages"] == [[0.1, 1.1, ""]]
    assert (run["outage"], run["lost"], run["split_brain"], run["take_over"]) == (1.0, 10, 0, 0.1)


def test_the_document_can_be_read_back(tmp_path: Path) -> None:
    one = said(range(30, 40))
    (tmp_path / "report.json").write_text(json_text(one))
    assert read_document(tmp_path) == json.loads(json.dumps(one))
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ParseError, match="is no report of a drill"):
        read_document(tmp_path / "other.json")
    with pytest.raises(ParseError, match="cannot read"):
        read_document(tmp_path / "nowhere.json")


def test_junit_counts() -> None:
    root = ElementTree.fromstring(junit(said(range(30, 70))))
    suite = root[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("d.x<y", "4", "2", "0")
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["max_outage", "max_split_brain"]


def test_the_terminal_says_errors_and_reasons() -> None:
    text = "\n".join(text_report.lines(said(range(30, 70))))
    assert "drill d: FAILED" in text
    assert "! max_outage: failed, 4 s ±0.100 against 2 s" in text
    assert "(one two for 3.00 s)" in text
    assert "times between hosts ±3.0 ms" in text


def test_two_runs_are_compared() -> None:
    slow = said(*(range(30, 48 + each % 2) for each in range(6)))
    fast = said(*(range(30, 34 + each % 2) for each in range(6)))
    text = "\n".join(compare.comparison(slow, fast))
    assert "outage: mean 1.850 (6 runs) -> 0.450 (6 runs), -1.400 (95 % sure: -1.470 .. -1.330): a change (by chance: 0.0022)" in text
    assert "take_over" in text
    assert "may be noise" in "\n".join(compare.comparison(slow, slow))
    few = "\n".join(compare.comparison(said(range(30, 48), range(30, 49)), said(range(30, 34), range(30, 35))))
    assert "too few runs to tell from noise" in few
    assert "tells nothing of noise" in "\n".join(compare.comparison(said(range(30, 40)), fast))


def test_what_is_a_change_by_itself_may_be_none_among_many() -> None:
    slow, fast = said(*(range(30, 46 + each) for each in range(5))), said(*(range(30, 43 + each) for each in range(5)))
    alone = "\n".join(compare.comparison(slow, fast))
    assert "perhaps a change (by chance: 0.0397, but of 2 comparisons)" in alone
    assert "split_brain: 0.000 in all 5 + 5 runs" in alone


def test_a_comparison_says_what_is_not_alike() -> None:
    one, two = said(range(30, 40)), said(range(30, 40))
    two["cases"][0]["faults"][0]["for"] = 99
    two["drill"] = "e"
    one["cases"][0]["runs"][0]["take_over"] = None
    text = "\n".join(compare.comparison(one, two))
    assert "these are two drills, d and e" in text
    assert "the faults are not the same" in text
    assert "take_over: not measured in the first" in text
    assert compare.comparison(one, {**one, "cases": []}) == ["x<y: only in the first"]
