"""A stream of the display whose lines go to a log file too, in the form that Ansible's log has."""

import getpass
import os
import re
import time
from typing import Any, TextIO

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LEVELS = (("ERROR!", "ERROR"), ("[WARNING]", "WARNING"), ("[DEPRECATION WARNING]", "WARNING"))


class Logged:
    """A text stream; what is written goes on to `stream` and, without colours and with time, process and user, to the file `path`."""

    def __init__(self, stream: TextIO, path: str) -> None:
        self._stream = stream
        self._path = path
        self._head = f"p={os.getpid()} u={getpass.getuser()} n=ansible"

    def write(self, text: str) -> int:
        """Write a text, which is one entry of the log; a blank line is none."""
        entry = COLOURS.sub("", text).strip("\n")
        if entry.strip():
            level = next((word for start, word in LEVELS if entry.startswith(start)), "INFO")
            now = time.time()
            stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
            # opened for each entry: whoever rotates the log needs to tell nobody
            with open(self._path, "a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(f"{stamp},{int(now % 1 * 1000):03d} {self._head} {level}| {entry}\n")
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
