"""What a run has changed on its hosts so far, so that a run after a broken one does not do it again.

The answer to a request that changed something is kept under a digest of all that was asked. A run with `--resume` walks the same way
as ever, on the same conditions and with the same results; only where a request is the same as one that was answered, the host is not
asked. A request that differs (another variable, an edited file) is sent. What was not changed is looked at again.
"""

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runner.execute.digests import Digests
from runner.execute.journal_file import JournalFile
from runner.execute.reach import Links
from runner.model.address import Address
from runner.model.request import Request
from runner.target.wire import has_failed

# A job in the background is gone by the next run.
NEVER = frozenset({"async_start", "async_status"})


class Journal:
    """The journal of one run.

    links: the run's links, to know a host again by its machine id. digests: of files that are sent.
    """

    def __init__(self, file: JournalFile, links: Links, digests: Digests, *, resume: bool) -> None:
        self.file = file
        self.kept = 0
        self.taken = 0
        self.strangers: set[str] = set()
        self._links = links
        self._digests = digests
        self._resume = resume
        self._answers: dict[str, deque[dict[str, Any]]] = {}
        self._machines: dict[str, str] = {}
        for record in file.read() if resume else ():
            self._answers.setdefault(str(record.get("key")), deque()).append(dict(record.get("result") or {}))
            self._machines[str(record.get("host"))] = str(record.get("machine") or "")
        self._new = not self._answers
        if self._new:
            file.begin()

    @property
    def known(self) -> int:
        """How many answers of the run before are left."""
        return sum(len(each) for each in self._answers.values())

    async def take(self, host: str, address: Address, request: Request, about: object = None) -> dict[str, Any] | None:
        """Return the answer that the run before got to this request on this host, or None. Raises Unreachable, BecomeError.

        about: what else makes requests the same. The host is asked who it is before the first of its answers is used.
        """
        if not self._answers:
            return None
        key = self._key(host, request, about)
        answers = self._answers.get(key)
        if not answers or not await self._is_same_machine(host, address, request):
            return None
        self.taken += 1
        answer = answers.popleft()
        if not answers:
            del self._answers[key]
        return answer

    async def _is_same_machine(self, host: str, address: Address, request: Request) -> bool:
        if host in self.strangers:
            return False
        known = self._machines.get(host)
        if not known:
            # nothing but raw and script: there is no agent that could say
            return True
        link = self._links.get(address)
        if link.machine is None:
            await link.greet(request)
        if link.machine and known != link.machine:
            self.strangers.add(host)
            return False
        return True

    def keep(
        self, host: str, address: Address, request: Request, result: Mapping[str, Any], secrets: Iterable[str], about: object = None
    ) -> None:
        """Keep an answer, if it is one that the next run must not ask for again and that holds no secret."""
        if not result.get("changed") or has_failed(dict(result)) or request.module in NEVER:
            return
        if request.check or request.no_log or request.receive_to is not None:
            return
        text = json.dumps(result)
        if any(secret in text for secret in secrets if secret):
            return
        machine = self._links.get(address).machine or ""
        record = {"host": host, "machine": machine, "key": self._key(host, request, about), "result": json.loads(text)}
        self.file.append(record, new=self._new)
        self._new = False
        self.kept += 1

    def _key(self, host: str, request: Request, about: object) -> str:
        become = request.become
        asked = [
            host,
            request.module,
            request.args,
            dict(request.environment),
            [become.user, become.method, become.flags, become.exe] if become else None,
            self._content(request.blob),
            sorted(request.code.items()),
            about,
        ]
        text = json.dumps(asked, sort_keys=True, default=str)
        return hmac.new(self.file.salt, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    def _content(self, blob: bytes | Path | None) -> str:
        if blob is None:
            return ""
        return self._digests.of(blob) if isinstance(blob, Path) else hashlib.sha1(blob, usedforsecurity=False).hexdigest()

    def close(self, *, succeeded: bool) -> None:
        """End it: after a run that succeeded there is nothing to resume."""
        self.file.close(keep=not succeeded)


