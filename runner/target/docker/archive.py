"""Images in archives: loading and saving them, and what an archive holds. Source: the OCI and docker save formats."""

import json
import re
import tarfile
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.docker.images import find, output, raise_if_failed


def load(engine: Any, system: Any, path: str) -> Tuple[List[str], List[str]]:
    """Load an archive; returns (names and IDs that were loaded, output lines). Raises ModuleFailed."""
    if not system.is_file(path):
        raise ModuleFailed("Error opening image %s - there is no such file" % path)
    headers = {"Content-Type": "application/x-tar", "Content-Length": str(system.stat(path).st_size)}
    with system.open(path) as file:
        lines = list(engine.stream("POST", "/images/load", {"quiet": True}, file, headers))
    raise_if_failed(lines, "Error loading image from %s" % path)
    text = output(lines)
    names = [found.group(1) for found in (re.match(r"^Loaded image(?: ID)?: (.*)$", line.strip()) for line in text) if found]
    return names, text


def save(engine: Any, system: Any, name: str, path: str) -> None:
    """Write an image to an archive, in one step."""
    answer = engine.raw("GET", "/images/%s/get" % name)
    system.write_atomic(path, answer)


def inside(path: str) -> Optional[Tuple[str, List[str]]]:
    """Return (ID without sha256:, names) of an archive with one image; None for anything else."""
    try:
        with tarfile.open(path) as archive:
            member = archive.extractfile("manifest.json")
            rows = json.loads(member.read().decode("utf-8")) if member else []
    except (OSError, KeyError, ValueError, tarfile.TarError):
        return None
    if len(rows) != 1:
        return None
    digest = re.sub(r"^.*/|\.json$", "", rows[0]["Config"])
    return digest, list(rows[0].get("RepoTags") or [])


def loaded(engine: Any, names: List[str]) -> List[Dict[str, Any]]:
    """Return the inspections of what was loaded."""
    return [image for image in (find(engine, name) for name in names) if image is not None]
