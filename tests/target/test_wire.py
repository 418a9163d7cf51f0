"""Frames: whole ones from any pieces, and values through JSON."""

import pytest

from runner.target import wire


@pytest.mark.parametrize("size", [1, 3, 9, 1000])
def test_frames_come_whole_from_any_pieces(size: int) -> None:
    sent = [(wire.HELLO, 0, b""), (wire.RESULT, 7, b"x" * 100), (wire.OUTPUT, 2**32 - 1, b"\0\xff")]
    stream = b"".join(wire.frame(*each) for each in sent)
    frames = wire.Frames()
    got = [each for at in range(0, len(stream), size) for each in frames.feed(stream[at : at + size])]
    assert got == sent


def test_a_length_that_cannot_be_is_a_broken_stream() -> None:
    with pytest.raises(wire.BrokenStream, match="a frame of 1936943219 bytes was announced"):
        wire.Frames().feed(b"sshs is no frame")


def test_values_survive_whatever_they_hold() -> None:
    value = {"text": "\udcff ä \u2028", "bytes": b"\xff", "set": {"b", "a"}, "tuple": (1, None), "other": ValueError("x")}
    assert wire.value_of(wire.text_of(value)) == {
        "text": "\udcff ä \u2028", "bytes": "\udcff", "set": ["a", "b"], "tuple": [1, None], "other": "x",
    }  # fmt: skip
