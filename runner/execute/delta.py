"""Which parts of a large file a host has already in an older one, so that only the rest is sent."""

import base64
import hashlib
import mmap
from pathlib import Path

from runner.execute.once import Once
from runner.record import dataclass
from runner.target.blocks import ANCHOR, ENTRY

# Files smaller than this are sent whole.
LEAST = 1 << 20
# About this many blocks a file has, of at least and at most so many bytes.
BLOCKS, SMALLEST, LARGEST = 1024, 1 << 14, 1 << 22
# How far from where it is expected a block is searched for; and after how many misses in a row in all that is left.
NEAR = 1 << 20
FAR = frozenset({8, 64, 512})
# Places looked at for one block, and bytes searched in all, in sizes of the file.
PLACES, SEARCHED = 4, 8
# From this share of new bytes on it is not worth it.
MUCH = 0.9


@dataclass(frozen=True, slots=True)
class Delta:
    """What a file is made of. parts: (offset in the old file, length), or (-1, length) for new bytes; new: (offset, length) of those."""

    parts: list[tuple[int, int]]
    new: list[tuple[int, int]]

    @property
    def size(self) -> int:
        """How many bytes are new."""
        return sum(length for _, length in self.new)

    def write(self, path: Path, target: object) -> None:
        """Write the new bytes of the file to a file object. Raises OSError."""
        with path.open("rb") as file:
            for offset, length in self.new:
                file.seek(offset)
                while length > 0 and (piece := file.read(min(length, LEAST))):
                    length -= len(piece)
                    target.write(piece)  # type: ignore[attr-defined]


def block_size(size: int) -> int:
    """Return the size of blocks for a file of so many bytes: a power of two."""
    wanted = SMALLEST
    while wanted < LARGEST and wanted * BLOCKS < size:
        wanted *= 2
    return wanted


class Deltas:
    """Deltas of a run: hosts that have the same old file share one. May be asked from any thread."""

    def __init__(self) -> None:
        self._found: Once[tuple[object, ...], Delta | None] = Once()

    def of(self, path: Path, blocks: str, size: int) -> Delta | None:
        """Return the delta against an old file with these blocks (`target.blocks.signature`) of `size` bytes; None if it does not pay."""
        stat = path.stat()
        key = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, size, hashlib.sha256(blocks.encode()).digest())
        return self._found.get(key, lambda: _delta(path, base64.b64decode(blocks), size))


def _delta(path: Path, blocks: bytes, size: int) -> Delta | None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _Search(content, blocks, size).matches()
        whole = len(content)
    parts: list[tuple[int, int]] = []
    new: list[tuple[int, int]] = []
    at = 0
    for place, old in [*found, (whole, -1)]:
        if place > at:
            parts.append((-1, place - at))
            new.append((at, place - at))
        if old >= 0:
            if parts and parts[-1][0] >= 0 and sum(parts[-1]) == old:
                parts[-1] = (parts[-1][0], parts[-1][1] + size)
            else:
                parts.append((old, size))
        at = place + size
    made = Delta(parts, new)
    return made if made.size <= MUCH * whole else None


class _Search:
    """Looks for the blocks of an old file in a new one, in their order."""

    def __init__(self, content: mmap.mmap, blocks: bytes, size: int) -> None:
        self._content = content
        self._blocks = [blocks[at : at + ENTRY] for at in range(0, len(blocks), ENTRY)]
        self._size = size
        self._budget = SEARCHED * len(content)

    def matches(self) -> list[tuple[int, int]]:
        """Return (offset here, offset in the old file) of the blocks found, both rising."""
        found = []
        # where the next match may begin, how far the old file's content has moved, misses in a row
        free = moved = misses = 0
        for number, block in enumerate(self._blocks):
            old = number * self._size
            place = old + moved
            if place < free or not self._is(block, place):
                place = self._near(block, place, free, misses)
            if place < 0:
                misses += 1
                continue
            found.append((place, old))
            free, moved, misses = place + self._size, place - old, 0
        return found

    def _is(self, block: bytes, place: int) -> bool:
        content = self._content
        if place < 0 or place + self._size > len(content) or content[place : place + ANCHOR] != block[:ANCHOR]:
            return False
        return hashlib.sha256(content[place : place + self._size]).digest().startswith(block[ANCHOR:])

    def _near(self, block: bytes, place: int, free: int, misses: int) -> int:
        """Return where a block is that has moved, -1 if it is not found."""
        far = misses in FAR
        begin = free if far else max(free, place - NEAR)
        end = len(self._content) if far else min(len(self._content), place + NEAR + self._size)
        for _ in range(PLACES):
            if self._budget <= 0 or begin >= end:
                break
            at = self._content.find(block[:ANCHOR], begin, end)
            self._budget -= (end if at < 0 else at) - begin
            if at < 0:
                break
            if self._is(block, at):
                return at
            begin = at + 1
        return -1
