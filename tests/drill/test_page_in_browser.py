"""The page of a real run (of drills/vip-failover.yml on the lab), looked at in a real browser: what is drawn, where, and in which colour.

Needs Chromium: `make test-browser` installs Debian's headless one where it can. MUSTER_SCREENSHOTS names a folder that keeps the pictures.
"""

import json
import os
import re
import shutil
import struct
import subprocess
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from runner.drill.document import Document, read_document
from runner.drill.page import COLORS, page

pytestmark = pytest.mark.slow

REPORT = Path(__file__).parents[1] / "cases" / "drill" / "page"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "headless_shell")
# Added to a copy of the page: writes down what the browser made of it, after it was laid out.
LOOK = """<pre id="seen"></pre><script>
const box = each => { const b = each.getBoundingClientRect(); return {left: b.left, right: b.right, top: b.top, bottom: b.bottom} };
const lanes = svg => [...svg.querySelectorAll("g[data-lane]")].map(lane => ({
  name: lane.dataset.lane, label: box(lane.querySelector(".label")),
  boxes: [...lane.querySelectorAll("rect")].map(rect => ({
    kind: rect.getAttribute("class"), fill: getComputedStyle(rect).fill,
    title: rect.querySelector("title").textContent, ...box(rect)})) }));
document.getElementById("seen").textContent = JSON.stringify({
  wide: document.documentElement.scrollWidth, window: innerWidth,
  heads: [...document.querySelectorAll("h1, h2")].map(each => each.textContent),
  verdicts: [...document.querySelectorAll("h2 span")].map(each => getComputedStyle(each).color),
  runs: [...document.querySelectorAll("details")].map(each => ({open: each.open, height: each.getBoundingClientRect().height})),
  charts: [...document.querySelectorAll("svg")].map(svg => ({
    ...box(svg), lanes: lanes(svg), ticks: [...svg.querySelectorAll("text.tick")].map(tick => ({says: tick.textContent, ...box(tick)})) })),
  legend: [...document.querySelectorAll(".legend")].map(each => each.textContent) });
</script></body>"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed: `make test-browser` does it")
    return found


@pytest.fixture(scope="module")
def report() -> Document:
    return read_document(REPORT)


def run(browser: str, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    argv = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={home}", *words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": str(home)})
    assert done.returncode == 0, done.stderr
    return done


def look(browser: str, place: Path, text: str, width: int) -> dict[str, Any]:
    """Return what a window of that width shows of the page."""
    file = place / f"page-{width}.html"
    file.write_text(text.replace("</body>", LOOK), encoding="utf-8")
    said = run(browser, place / "home", f"--window-size={width},1000", "--dump-dom", file.as_uri()).stdout
    found = re.search(r'<pre id="seen">(.*?)</pre>', said, re.DOTALL)
    assert found is not None
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    return seen


@pytest.fixture(scope="module")
def seen(browser: str, report: Document, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return look(browser, tmp_path_factory.mktemp("browser"), page(report), 1280)


def charts(seen: dict[str, Any], report: Document) -> list[tuple[Document, dict[str, Any]]]:
    runs = [run for case in report["cases"] for run in case["runs"]]
    assert len(seen["charts"]) == len(runs)
    return list(zip(runs, seen["charts"]))


def lane(chart: dict[str, Any], name: str) -> list[dict[str, Any]]:
    (boxes,) = [each["boxes"] for each in chart["lanes"] if each["name"] == name]
    found: list[dict[str, Any]] = boxes
    return found


def seconds(chart: dict[str, Any]) -> tuple[float, float]:
    """Return where second 0 is, and how wide a second is, as the ticks below say."""
    ticks = {float(each["says"]): (each["left"] + each["right"]) / 2 for each in chart["ticks"]}
    last = max(ticks)
    return ticks[0.0], (ticks[last] - ticks[0.0]) / last


def at(chart: dict[str, Any], when: float) -> Any:
    zero, second = seconds(chart)
    return pytest.approx(zero + when * second, abs=2)


def rgb(color: str) -> str:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def test_it_says_what_came_of_each_case(seen: dict[str, Any], report: Document) -> None:
    cases = [f"{case['name']}: {case['verdict']}" for case in report["cases"]]
    assert seen["heads"] == [f"Drill {report['drill']}: {report['verdict']}", *cases]
    assert all(color != "rgb(29, 37, 48)" for color in seen["verdicts"])
    assert [each["open"] for each in seen["runs"]] == [True] * 4


def test_faults_are_where_they_happened(seen: dict[str, Any], report: Document) -> None:
    for one, chart in charts(seen, report):
        (broken,) = one["broken"]
        (bar,) = lane(chart, f"{broken['host']}: {broken['title'].rpartition(' on ')[0]}")
        assert bar["fill"] == rgb(COLORS["fault"])
        assert (bar["left"], bar["right"]) == (at(chart, broken["set"]), at(chart, broken["undone"]))


def test_lost_requests_are_red_and_where_they_were_sent(seen: dict[str, Any], report: Document) -> None:
    most = 0
    for one, chart in charts(seen, report):
        probe = one["probes"]["web"]
        boxes = lane(chart, f"probe web: {probe['lost']} of {probe['sent']} lost")
        lost = [each for each in boxes if each["kind"] == "lost"]
        assert len(lost) == sum(outcome != "ok" for *_, outcome in probe["requests"])
        assert {each["fill"] for each in lost} <= {rgb(COLORS["lost"])}
        for box, (_, begun, _, outcome) in zip(lost, [each for each in probe["requests"] if each[3] != "ok"]):
            assert box["left"] == at(chart, begun)
            assert outcome in box["title"]
        most = max(most, len(lost))
    assert most > 20


def test_two_holders_are_red_on_both_hosts_at_the_same_time(seen: dict[str, Any], report: Document) -> None:
    for one, chart in charts(seen, report):
        both = [span for span in one["holders"] if len(span[2].split()) > 1]
        assert both
        for host in ("lb1", "lb2"):
            boxes = [each for each in lane(chart, f"address on {host}") if each["kind"] == "several"]
            assert [each["left"] for each in boxes] == [at(chart, begin) for begin, _, _ in both]
            assert {each["fill"] for each in boxes} == {rgb(COLORS["several"])}
        (first, *_) = lane(chart, "address on lb1")
        assert (first["kind"], first["left"]) == ("held", at(chart, one["begin"]))


def test_states_of_units_are_drawn(seen: dict[str, Any], report: Document) -> None:
    (_, frozen), *_ = charts(seen, report)
    kinds = {each["kind"] for each in lane(frozen, "keepalived on lb1")}
    assert kinds == {"active", "frozen"}
    assert {each["kind"] for each in lane(frozen, "haproxy on lb2")} == {"active"}
    assert "frozen" in seen["legend"][0]
    assert "split brain" in seen["legend"][0]


@pytest.mark.parametrize("width", [1280, 700])
def test_nothing_covers_anything_or_runs_out_of_the_window(browser: str, report: Document, tmp_path: Path, width: int) -> None:
    # the longest label that a fault may bring
    report = json.loads(json.dumps(report))
    report["cases"][0]["runs"][0]["broken"][0]["title"] = "W" * 300 + " on lb1"
    seen = look(browser, tmp_path, page(report), width)
    assert seen["window"] == width
    assert seen["wide"] <= width
    for chart in seen["charts"]:
        assert chart["right"] - chart["left"] > width / 2
        bottoms = [each["label"]["bottom"] for each in chart["lanes"]]
        assert bottoms == sorted(bottoms)
        for each in chart["lanes"]:
            assert all(each["label"]["right"] < box["left"] for box in each["boxes"]), each["name"]
        assert all(chart["left"] <= box["left"] < box["right"] <= chart["right"] for each in chart["lanes"] for box in each["boxes"])
        assert all(one["right"] < two["left"] for one, two in pairwise(chart["ticks"]))


def test_a_picture_of_it(browser: str, report: Document, tmp_path: Path) -> None:
    kept = Path(os.environ.get("MUSTER_SCREENSHOTS") or tmp_path)
    kept.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, text in (("page", page(report)), ("empty", "<!doctype html><title>nothing</title>")):
        source, picture = tmp_path / f"{name}.html", kept / f"drill-{name}.png"
        source.write_text(text, encoding="utf-8")
        run(browser, tmp_path / "home", "--window-size=1280,2400", f"--screenshot={picture}", source.as_uri())
        data = picture.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", data[16:24]) == (1280, 2400)
        sizes[name] = len(data)
    assert sizes["page"] > 5 * sizes["empty"]
