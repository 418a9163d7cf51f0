"""Offsets of clocks."""

import pytest

from runner.drill.clock import Exchange, Offset, offset_of


def test_the_true_offset_lies_within_the_error_whatever_the_delays() -> None:
    true = 1234.5
    delays = [(0.010, 0.001), (0.001, 0.020), (0.003, 0.003), (0.050, 0.002)]
    exchanges = [Exchange(at, at + there + true, at + there + back) for at, (there, back) in enumerate(delays)]
    found = offset_of(exchanges)
    assert abs(found.seconds - true) <= found.error
    assert found.error <= 0.003 / 2 + 0.001
    assert found.ours(2000.0) == pytest.approx(2000 - true, abs=found.error)


def test_a_clock_that_began_anew_is_behind_and_another_one_is_not() -> None:
    assert Offset(40.0, 0.01).behind(Offset(1000.0, 0.01)) == 960.0
    assert Offset(1000.015, 0.01).behind(Offset(1000.0, 0.01)) == 0.0


def test_clocks_that_drift_have_a_wider_error() -> None:
    exchanges = [Exchange(0, 100.001, 0.002), Exchange(10, 110.101, 10.002)]
    found = offset_of(exchanges)
    assert found.error > 0
    assert isinstance(found, Offset)
    with pytest.raises(ValueError, match="no exchange"):
        offset_of([])
