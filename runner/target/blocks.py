"""Parts of a file that the host has already: what its blocks are, and a file made of them and of what came along.

After rsync (Tridgell and Mackerras, The rsync algorithm, 1996), with the parts exchanged: the host hashes blocks at fixed places, which its
hashlib does fast in any Python, and the control machine, which has the new content, looks where those blocks are in it.
"""

import base64
import hashlib
import io
from typing import Any, Dict, List, Optional

from runner.target.spool import Spool

# Bytes of the beginning of a block that are told as they are, so that the block can be searched for, and of its SHA-256.
ANCHOR, HASH = 16, 16
ENTRY = ANCHOR + HASH
# Blocks told at most, and the least size of a file of which they are told.
MOST = 4096
LEAST = 1 << 18
PIECE = 1 << 18


def signature(path: str, size: int, system: Any) -> Optional[str]:
    """Return the blocks of a file, base64 of an anchor and a hash for each; None for one too small. size: of a block, in bytes.

    What is left at the end and makes no whole block is left out.
    """
    found: List[bytes] = []
    if system.stat(path).st_size < LEAST:
        return None
    with system.open(path) as file:
        while len(found) < MOST:
            block = file.read(size)
            if len(block) < size:
                break
            found.append(block[:ANCHOR] + hashlib.sha256(block).digest()[:HASH])
    return base64.b64encode(b"".join(found)).decode("ascii")


def rebuilt(delta: Dict[str, Any], old: str, sent: Any, system: Any) -> Any:
    """Return a spool with the new content, None when it does not come out as it should, as the old file changed meanwhile.

    delta: `parts`, a list of [offset in the old file, or -1 for what was sent, length], and `sha256` of all of it. sent: a `Blob`.
    """
    spool = Spool(old)
    system.close_at_end(spool)
    state = hashlib.sha256()
    literal = sent.open() if sent is not None else io.BytesIO()
    with system.open(old) as file:
        for offset, length in delta["parts"]:
            source = literal
            if offset >= 0:
                file.seek(offset)
                source = file
            while length > 0:
                piece = source.read(min(PIECE, length))
                if not piece:
                    return None
                length -= len(piece)
                state.update(piece)
                spool.write(piece)
    return spool if state.hexdigest() == delta["sha256"] else None
