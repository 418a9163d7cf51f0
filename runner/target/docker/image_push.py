"""Pushes an image through the engine."""

import base64
from typing import Any

from runner.target.docker.images import auth_headers, joined, raise_if_failed


def push(engine: Any, system: Any, repository: str, tag: str) -> bool:
    """Send an image to its registry and tell whether that had to take anything. Raises ModuleFailed with the registry's words."""
    # the engine wants the header also without a login
    headers = auth_headers(system, repository) or {"X-Registry-Auth": base64.urlsafe_b64encode(b"{}").decode("ascii")}
    lines = list(engine.stream("POST", "/images/%s/push" % repository, {"tag": tag}, headers=headers))
    raise_if_failed(lines, "Error pushing image %s" % joined(repository, tag))
    return any(line.get("status") == "Pushing" for line in lines)
