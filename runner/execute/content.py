"""Brings content of the control machine to a file or directory of the host, in as few round trips as it takes."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.errors import TaskError, VaultError
from runner.execute.context import TaskContext
from runner.execute.delta import LEAST, Delta, block_size
from runner.execute.digests import Digests
from runner.position import position_of
from runner.record import dataclass

# Up to this size (bytes) content goes along with the first request; above, the host is asked first whether it needs it.
INLINE = 64 * 1024
# The largest content of which a diff is shown.
DIFF_LIMIT = 104448
PIECE = 1 << 20
VAULT_HEADER = b"$ANSIBLE_VAULT;"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file shall hold. data: bytes, or a local file of them. name: its name in a directory. source: shown to the user."""

    data: bytes | Path
    name: str
    source: str
    mode: int = 0o644

    def size(self) -> int:
        """Return the size in bytes."""
        return len(self.data) if isinstance(self.data, bytes) else self.data.stat().st_size

    def checksum(self, digests: Digests) -> str:
        """Return the SHA-1 in hexadecimal."""
        if isinstance(self.data, bytes):
            return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()
        return digests.of(self.data)


def local_content(task: TaskContext, path: Path, *, decrypt: bool) -> Content:
    """Return a local file as content; a vault is decrypted in memory only. Raises TaskError when it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(len(VAULT_HEADER))
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if decrypt and head == VAULT_HEADER:
            return Content(_decrypted(task, path), path.name, str(path), mode)
        size = path.stat().st_size
        return Content(path.read_bytes() if size <= INLINE else path, path.name, str(path), mode)
    except OSError as error:
        raise TaskError(
            f"could not read src={path}: {error.strerror or error}",
            position=position_of(path) or task.plan.position,
            expected="a file that can be read",
            found=str(error.strerror or error),
            remedy="correct its name or its permissions",
        ) from None


def _decrypted(task: TaskContext, path: Path) -> bytes:
    try:
        return task.read_source(path)
    except VaultError as error:
        if "no vault secrets found" not in error.message:
            raise
        raise TaskError(
            f"A vault password or secret must be specified to decrypt {path}",
            position=task.plan.position,
            remedy=error.remedy,
        ) from None


async def put_file(task: TaskContext, content: Content, args: Mapping[str, Any]) -> dict[str, Any]:
    """Make a file of the host hold `content` and return the result of the copy module.

    args: arguments of the copy module (dest, mode, backup ...). mode "preserve" becomes the local file's. Small content is sent
    at once; of larger the host is told the SHA-1, and it is sent only when it is needed.
    """
    request = {key: value for key, value in args.items() if key not in ("src", "content", "decrypt", "local_follow") and value is not None}
    if request.get("mode") == "preserve":
        request["mode"] = f"0{content.mode:03o}"
    digests = task.play.run.digests
    checksum = await task.blocking(content.checksum, digests)
    request.update(_original_basename=content.name, _checksum=checksum, _source=content.source)
    limit = DIFF_LIMIT if task.diff else INLINE
    if content.size() <= limit:
        return _listed(await task.call("copy", request, blob=content.data))
    size = block_size(content.size()) if isinstance(content.data, Path) and content.size() >= LEAST else 0
    result = await task.call("copy", {**request, "_blocks": size} if size else request)
    blocks = result.pop("_blocks", None)
    if result.pop("_need_content", False) and not task.check and not result.get("failed"):
        if isinstance(content.data, Path):
            # the host checks the SHA-1 of what comes, so it need not read all of it again for the MD5 that the result has
            request["_md5sum"] = await task.blocking(digests.of, content.data, "md5")
            delta = await task.blocking(task.play.run.deltas.of, content.data, blocks, size) if blocks else None
            if delta is not None:
                result = await _put_parts(task, content.data, delta, request)
                if not result.pop("_need_content", False):
                    return _listed(result)
        result = await task.call("copy", request, blob=content.data)
    return _listed(result)


async def _put_parts(task: TaskContext, path: Path, delta: Delta, request: Mapping[str, Any]) -> dict[str, Any]:
    """Send what a file of the host does not hold yet. The result asks for the content where the old file has changed since."""
    whole = await task.blocking(task.play.run.digests.of, path, "sha256")
    with tempfile.NamedTemporaryFile(prefix="muster-") as new:
        await task.blocking(delta.write, path, new)
        new.flush()
        return await task.call("copy", {**request, "_delta": {"parts": delta.parts, "sha256": whole}}, blob=Path(new.name))


def _listed(result: dict[str, Any]) -> dict[str, Any]:
    """Make the diff a list, as Ansible's actions that send files have it."""
    if isinstance(result.get("diff"), dict):
        result["diff"] = [result["diff"]]
    return result


async def put_tree(task: TaskContext, entries: list[dict[str, Any]], args: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Make a directory of the host hold `entries` (see `local_entries`) and return the result of the copy module.

    One request asks what differs; when files do, one more sends their content, all in one piece.
    """
    request = {key: value for key, value in args.items() if key not in ("src", "content", "decrypt", "local_follow") and value is not None}
    files = {entry["path"]: entry.pop("data") for entry in entries if entry["kind"] == "file"}
    request.update(_tree=entries, _source=source)
    result = await task.call("copy", request)
    need = result.pop("_need", [])
    if not need or result.get("failed") or (task.check and not task.diff):
        return result
    if task.check and sum(_size(files[path]) for path in need) > DIFF_LIMIT:
        return result
    request["_sent"] = need
    with tempfile.NamedTemporaryFile(prefix="muster-") as joined:
        await task.blocking(_join, joined, [files[path] for path in need])
        result = await task.call("copy", request, blob=Path(joined.name))
    if result.pop("_need", None) and not task.check:
        raise TaskError(f"files in {args['dest']} changed on the host while they were copied", remedy="run the task again")
    return result


def _size(data: bytes | Path) -> int:
    return len(data) if isinstance(data, bytes) else data.stat().st_size


def _join(target: Any, parts: list[bytes | Path]) -> None:
    for part in parts:
        if isinstance(part, bytes):
            target.write(part)
            continue
        with part.open("rb") as file:
            while piece := file.read(PIECE):
                target.write(piece)
    target.flush()


def local_entries(task: TaskContext, top: Path, *, prefix: str, follow: bool, decrypt: bool) -> list[dict[str, Any]]:
    """Return what a local directory holds, parents before what they hold, for `put_tree`.

    prefix: a folder put before each path, or "". follow: symlinks count as what they lead to (those to a directory above
    themselves stay symlinks). Files have `data`: bytes, or the local path.
    """
    entries: list[dict[str, Any]] = []
    if prefix:
        entries.append({"path": prefix, "kind": "dir", "mode": stat.S_IMODE(top.stat().st_mode)})
    _collect(task, top, prefix, (top.resolve(),), entries, follow, decrypt)
    return entries


def _collect(
    task: TaskContext,
    folder: Path,
    prefix: str,
    above: tuple[Path, ...],
    entries: list[dict[str, Any]],
    follow: bool,
    decrypt: bool,
) -> None:
    # files before directories, as a walk meets them
    for path in sorted(folder.iterdir(), key=lambda each: (each.is_dir(), each.name)):
        relative = os.path.join(prefix, path.name)
        loops = path.is_symlink() and path.is_dir() and path.resolve() in above
        if path.is_symlink() and (not follow or loops or not path.exists()):
            entries.append({"path": relative, "kind": "link", "target": str(path.readlink())})
        elif path.is_dir():
            entries.append({"path": relative, "kind": "dir", "mode": stat.S_IMODE(path.stat().st_mode)})
            _collect(task, path, relative, (*above, path.resolve()), entries, follow, decrypt)
        elif path.is_file():
            content = local_content(task, path, decrypt=decrypt)
            entry = {
                "path": relative,
                "kind": "file",
                "checksum": content.checksum(task.play.run.digests),
                "size": content.size(),
                "mode": content.mode,
            }
            entries.append({**entry, "source": str(path), "data": content.data})
