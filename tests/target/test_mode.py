"""Modes, octal and symbolic, as chmod(1) and Ansible read them."""

import pytest

from runner.target.mode import BadMode, parse_mode


@pytest.mark.parametrize(
    ("wanted", "now", "directory", "mode"),
    [
        ("0644", 0, False, 0o644),
        ("1777", 0, True, 0o1777),
        (420, 0, False, 0o644),
        ("u=rwx,g=rx,o=", 0, False, 0o750),
        ("+x", 0o644, False, 0o755),
        ("a+X", 0o644, False, 0o644),
        ("a+X", 0o744, False, 0o755),
        ("g+X", 0, True, 0o010),
        ("u+s,g+s", 0o755, False, 0o6755),
        ("+t", 0o755, True, 0o1755),
        ("u=rwx", 0o4755, False, 0o755),
        ("g=u,o=g", 0o750, False, 0o777),
        ("-x+w", 0o744, False, 0o644),
        ("o-rwx", 0o777, False, 0o770),
    ],
)
def test_modes(wanted: str | int, now: int, directory: bool, mode: int) -> None:
    assert oct(parse_mode(wanted, now, directory, 0o022)) == oct(mode)


@pytest.mark.parametrize("wanted", ["", "99", "u=z", "rwx", "oa=r", True, -1, "u=rw,"])
def test_what_is_no_mode(wanted: str | int) -> None:
    with pytest.raises(BadMode):
        parse_mode(wanted, 0o644, False, 0o022)
