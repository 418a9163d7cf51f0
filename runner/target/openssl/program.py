"""Runs the openssl program; secrets go to it through descriptors or standard input, never as words of the command or in files for all."""

import os
import re
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.programs import program


class OpenSsl:
    """The program. system: the door to the host."""

    def __init__(self, system: Any) -> None:
        self.system = system
        self.path = program(system, "openssl")

    def run(self, words: List[str], stdin: bytes = b"", secrets: Optional[Dict[str, Optional[str]]] = None) -> Any:
        """Run it and return the `Ran`.

        secrets: option (-passin, -passout ...) -> passphrase; each is handed over through a pipe. None for one is left out, so that the
        program fails instead of asking.
        """
        argv = [self.path] + words
        readers: List[int] = []
        try:
            for flag, secret in (secrets or {}).items():
                if secret is None:
                    continue
                readers.append(_pipe(secret))
                argv += [flag, "fd:%d" % readers[-1]]
            return self.system.run(argv, stdin=stdin, pass_fds=tuple(readers))
        finally:
            for reader in readers:
                os.close(reader)

    def must(self, words: List[str], what: str, stdin: bytes = b"", secrets: Optional[Dict[str, Optional[str]]] = None) -> bytes:
        """Run it and return its standard output. Raises ModuleFailed with `what` and the program's reason."""
        done = self.run(words, stdin, secrets)
        if done.rc != 0:
            raise ModuleFailed("%s: %s" % (what, reason(done.err)), rc=done.rc, stderr=done.err)
        return bytes(done.out_bytes)

    def major(self) -> int:
        """Return the first number of OpenSSL's version; 0 for LibreSSL and others."""
        found = re.match(r"OpenSSL (\d+)", self.run(["version"]).out)
        return int(found.group(1)) if found else 0

    def public_key(self, key: bytes, passphrase: Optional[str], what: str) -> bytes:
        """Return a private key's public half, DER. Raises ModuleFailed."""
        words = ["pkey", "-pubout", "-outform", "DER"]
        return self.must(words, what, key, {"-passin": passphrase if passphrase is not None else ""})


def _pipe(secret: str) -> int:
    reader, writer = os.pipe()
    try:
        os.write(writer, secret.encode("utf-8") + b"\n")
    finally:
        os.close(writer)
    return reader


def reason(text: str) -> str:
    """Return the line of openssl's complaints that says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line.lower()] or lines
    parts = telling[0].split(":") if telling else ["openssl failed"]
    return " ".join(part for part in parts[-4:] if part.strip() and not part.strip().isdigit()).strip() or telling[0]
