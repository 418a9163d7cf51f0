"""What a host has of a file is found in the new one however it was edited, and what comes out is the new file or nothing."""

import hashlib
import io
import os
import random
from pathlib import Path
from typing import Any

import pytest

from runner.execute import delta
from runner.execute.delta import Delta, Deltas, block_size
from runner.target.blocks import rebuilt, signature
from runner.target.system import Blob, System

MIB = 1 << 20
BLOCK = 1 << 14
OLD = random.Random(7).randbytes(2 * MIB + 777)


def made(tmp_path: Path, old: bytes, new: bytes) -> Delta | None:
    """The delta between two contents, checked by making the new file of it as the host does."""
    (tmp_path / "old").write_bytes(old)
    (tmp_path / "new").write_bytes(new)
    system = System()
    blocks = signature(str(tmp_path / "old"), BLOCK, system)
    found = Deltas().of(tmp_path / "new", blocks, BLOCK) if blocks else None
    if found is not None:
        assert sum(length for _, length in found.parts) == len(new)
        came = io.BytesIO()
        found.write(tmp_path / "new", came)
        assert came.tell() == found.size
        told = {"parts": found.parts, "sha256": hashlib.sha256(new).hexdigest()}
        spool = rebuilt(told, str(tmp_path / "old"), Blob(came, found.size), system)
        assert spool is not None
        spool.seek(0)
        assert spool.read() == new
    system.close()
    return found


@pytest.mark.parametrize(
    ("edit", "most"),
    [
        (lambda old: old[:MIB] + b"changed" + old[MIB + 7 :], 2 * BLOCK),
        (lambda old: old[:100] + b"put in" + old[100:], 2 * BLOCK),
        (lambda old: old[:500_000] + old[600_000:], 2 * BLOCK),
        (lambda old: old + b"put behind", 2 * BLOCK),
        (lambda old: old[: MIB + 5], 2 * BLOCK),
        (lambda old: old[:MIB] + os.urandom(MIB + MIB // 2) + old[MIB:], MIB + MIB // 2 + 20 * BLOCK),
    ],
    ids=["in place", "put in", "taken out", "put behind", "cut", "much put in"],
)
def test_only_what_was_edited_is_new(tmp_path: Path, edit: Any, most: int) -> None:
    found = made(tmp_path, OLD, edit(OLD))
    assert found is not None
    assert found.size <= most


def test_edits_at_random(tmp_path: Path) -> None:
    chance = random.Random(11)
    for _ in range(12):
        new = bytearray(OLD)
        edits = chance.randrange(1, 6)
        for _ in range(edits):
            at, length = chance.randrange(len(new)), chance.randrange(1, 3000)
            new[at : at + chance.choice((0, length))] = chance.randbytes(chance.choice((0, length)))
        found = made(tmp_path, OLD, bytes(new))
        assert found is not None
        assert found.size <= edits * (3000 + 3 * BLOCK) + BLOCK


@pytest.mark.parametrize("old", [bytes(2 * MIB), b"ab" * MIB, os.urandom(2 * MIB)], ids=["zeros", "a pattern", "other content"])
@pytest.mark.parametrize("new", [bytes(3 * MIB), b"ba" * MIB + b"x", OLD], ids=["zeros", "a pattern", "random"])
def test_content_that_repeats_or_has_nothing_in_common(tmp_path: Path, old: bytes, new: bytes) -> None:
    found = made(tmp_path, old, new)
    assert found is None or found.size <= 0.9 * len(new)


def test_the_search_for_what_is_not_there_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[int] = []
    real = delta._Search.matches

    def matches(search: Any) -> Any:
        before = search._budget
        found = real(search)
        spent.append(before - search._budget)
        return found

    monkeypatch.setattr(delta._Search, "matches", matches)
    new = os.urandom(4 * MIB)
    assert made(tmp_path, OLD, new) is None
    assert spent[0] <= (delta.SEARCHED + 1) * len(new)


def test_an_old_file_that_changed_meanwhile_gives_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(OLD)
    system = System()
    told = {"parts": [(0, len(OLD))], "sha256": "0" * 64}
    assert rebuilt(told, str(old), None, system) is None
    assert rebuilt({"parts": [(0, len(OLD) + 1)], "sha256": "0" * 64}, str(old), None, system) is None
    system.close()


def test_small_files_have_no_blocks_and_large_ones_not_too_many(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(OLD[: (1 << 18) - 1])
    assert signature(str(old), BLOCK, System()) is None
    assert [block_size(size) for size in (MIB, 16 * MIB, 50 * MIB, 1 << 30, 1 << 40)] == [1 << 14, 1 << 14, 1 << 16, 1 << 20, 1 << 22]


def test_hosts_with_the_same_old_file_share_one_delta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old").write_bytes(OLD)
    (tmp_path / "new").write_bytes(OLD + b"more")
    blocks = signature(str(tmp_path / "old"), BLOCK, System())
    assert blocks is not None
    computed: list[int] = []
    real = delta._delta
    monkeypatch.setattr(delta, "_delta", lambda *args: computed.append(1) or real(*args))
    deltas = Deltas()
    assert deltas.of(tmp_path / "new", blocks, BLOCK) is deltas.of(tmp_path / "new", blocks, BLOCK)
    (tmp_path / "new").write_bytes(OLD + b"other")
    deltas.of(tmp_path / "new", blocks, BLOCK)
    assert len(computed) == 2
