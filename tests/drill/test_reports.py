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
from runner.drill.heard import HostHeard, Sign
from runner.drill.junit import junit
from runner.drill.measure import measure
from runner.drill.model import Case, Observed
from runner.drill.page import page
from runner.drill.verdict import judge
from runner.errors import ParseError
from runner.record import replace
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
    assert run["broken"] == [{"host": "one", "title": "stop a", "set": 0.0, "undone": 2.6, "took": 0.0}]
    assert run["probes"]["web"]["outages"] == [[0.1, 1.1, ""]]
    assert (run["outage"], run["lost"], run["split_brain"], run["take_over"]) == (1.0, 10, 0, 0.1)


def services(one: Observed) -> Observed:
    """The same run, with what services said of themselves."""
    heard = {
        "one": HostHeard(("keepalived",), {"a": [(-5.0, "MASTER"), (3.0, "DOWN"), (5.6, "MASTER")]}, whole=11.0),
        "two": HostHeard(
            ("keepalived",),
            {"a": [(-5.0, "BACKUP"), (2.95, "MASTER"), (5.7, "BACKUP")]},
            [Sign(2.95, "two", "keepalived", "(a) Entering MASTER STATE")],
            9.0,
        ),
    }
    return replace(one, heard=heard, duplicates={"web": [4.0]})


def test_what_services_said_is_in_every_report() -> None:
    drill = replace(DRILL, observers={"keepalived": {}}, probes=(replace(DRILL.probes[0], kind="icmp"),))
    case = Case("x", CASE.faults, {"max_detect": 1, "masters_at_end": 1, "max_no_master": 1, "max_duplicated": 0})
    one = measure(drill, services(observed(range(30, 40))))
    document_of = document(drill, [Outcome(case, (one,), tuple(judge(case, [one], [])))], "2026-11-25T02:00:00Z")
    run = json.loads(json_text(document_of))["cases"][0]["runs"][0]
    assert (run["detect"], run["switch_over"], run["take_over"]) == (0.05, 0.05, 0.1)
    assert run["detected_by"] == {"host": "two", "source": "keepalived", "text": "(a) Entering MASTER STATE"}
    assert run["said"]["one"]["keepalived a"] == [[-2.9, 0.1, "MASTER"], [0.1, 2.7, "DOWN"], [2.7, 7.1, "MASTER"]]
    assert run["unheard"] == {"keepalived": {"two": [[6.1, 7.1, ""]]}}
    assert (run["two_masters"], run["no_master"], run["no_leader"], run["duplicated"]) == (0.15, 0.0, None, 1)
    text = "\n".join(text_report.lines(document_of))
    assert "= MTTR as clients felt it 1.00 s; noticed 0.05 s after the fault; the address held by another host 0.05 s later (means)" in text
    assert "+ max_detect: passed, 0.05 s ±0.013 against 1 s (keepalived on two: (a) Entering MASTER STATE)" in text
    assert "? max_no_master: unknown, 0 s against 1 s (keepalived on two was not heard for 1.0 s)" in text
    assert "! max_duplicated: failed, 1 answer against 0 answers" in text
    drawn = page(document_of)
    assert "keepalived on two at 0.05 s: (a) Entering MASTER STATE" in drawn
    assert "Noticed 0.05 ±0.01 s after the first fault by keepalived on two: (a) Entering MASTER STATE." in drawn
    for lane in ("noticed", "word of keepalived a on one"):
        assert f'data-lane="{lane}"' in drawn
    for kind in ("sign", "leads", "follows", "inactive", "blind", "twice"):
        assert f'<rect class="{kind}"' in drawn
        assert f'<i class="{kind}"></i>' in drawn
    # a report of before has nothing of it
    old = json.loads(json_text(document_of))
    for name in ("said", "signs", "unheard", "detect", "switch_over", "two_masters", "duplicated"):
        del old["cases"][0]["runs"][0][name]
        old["cases"][0]["summary"].pop(name, None)
    assert "noticed</" not in page(old)
    assert "detect: not measured in the first" in "\n".join(compare.comparison(old, document_of))


def test_the_document_can_be_read_back(tmp_path: Path) -> None:
    one = said(range(30, 40))
    (tmp_path / "report.json").write_text(json_text(one))
    assert read_document(tmp_path) == json.loads(json.dumps(one))
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ParseError, match="is no report of a drill"):
        read_document(tmp_path / "other.json")
    with pytest.raises(ParseError, match="cannot read"):
        read_document(tmp_path / "nowhere.json")


WRONG = ("[]", '{"version": 1}', '{"version": 1, "drill": "x", "cases": 3}', '{"version": 1, "drill": "x", "cases": [{}]}')


@pytest.mark.parametrize("wrong", WRONG)
def test_another_file_is_no_report(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "report.json").write_text(wrong)
    with pytest.raises(ParseError, match="is no report of a drill"):
        read_document(tmp_path)


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
