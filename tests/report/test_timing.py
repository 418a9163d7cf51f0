"""What timer, profile_tasks and profile_roles write, with a clock that is told what to say."""

import io
from collections.abc import Iterator

from runner.model.event import Event, RunFinished, TaskLabel, TaskStarted
from runner.report.timing import Clock, Profile, ProfileRoles, Timer, row, span


def clock(*seconds: float) -> Clock:
    told: Iterator[float] = iter(seconds)
    return Clock(lambda: next(told), lambda: "Monday 02 March 2026  10:00:00 +0000")


EVENTS: list[Event] = [
    TaskStarted(TaskLabel("a", "web : one", "copy", role="web")),
    TaskStarted(TaskLabel("b", "two", "ping")),
    RunFinished({}, 0),
]


def test_profile_shows_each_task_and_a_table_of_all() -> None:
    out = io.StringIO()
    profile = Profile(out, {}, clock(0.0, 0.5, 2.0, 2.25))
    for event in EVENTS:
        profile.handle(event)
    assert out.getvalue().splitlines() == [
        "Monday 02 March 2026  10:00:00 +0000 (0:00:00.500)       0:00:00.500 ********** ",
        "Monday 02 March 2026  10:00:00 +0000 (0:00:01.500)       0:00:02.000 ********** ",
        "Monday 02 March 2026  10:00:00 +0000 (0:00:00.250)       0:00:02.250 ********** ",
        "=" * 79 + " ",
        "web : one --------------------------------------------------------------- 1.50s",
        "two --------------------------------------------------------------------- 0.25s",
    ]


def test_profile_by_role_ends_with_the_total() -> None:
    out = io.StringIO()
    profile = ProfileRoles(out, {}, clock(0.0, 0.5, 2.0, 2.25))
    for event in EVENTS:
        profile.handle(event)
    assert out.getvalue().splitlines()[-4:] == [row("web", 1.5), row("ping", 0.25), "~" * 79 + " ", row("total", 1.75)]


def test_the_number_of_rows_and_their_order_can_be_told() -> None:
    out = io.StringIO()
    profile = Profile(out, {"PROFILE_TASKS_TASK_OUTPUT_LIMIT": "1", "PROFILE_TASKS_SORT_ORDER": "ascending"}, clock(0.0, 0.5, 2.0, 2.25))
    for event in EVENTS:
        profile.handle(event)
    assert out.getvalue().splitlines()[4:] == [row("two", 0.25)]


def test_timer_says_how_long() -> None:
    out = io.StringIO()
    timer = Timer(out, {}, clock(0.0, 90061.7))
    for event in EVENTS:
        timer.handle(event)
    assert out.getvalue() == "Playbook run took 1 days, 1 hours, 1 minutes, 1 seconds\n"


def test_spans() -> None:
    assert [span(0.0336), span(61.5), span(3725.25)] == ["0:00:00.033", "0:01:01.500", "1:02:05.250"]
