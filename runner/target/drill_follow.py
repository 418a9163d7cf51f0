"""What goes on in a drill on this host, for those who look on: prints what its recorders and faults write, soon after they write it.

Run by itself, as `python3 drill_follow.py FOLDER`. Twice a second come the new whole lines of the drill's files, without those that only
say again what the one before said, and `now TIME` of this host's monotonic clock. It ends when the drill's folder is taken away.
"""

import os
import sys
import time

FILES = ("log", "watch.log", "watch_events.log", "probe.log")
PERIOD = 0.5


class Follower:
    """Remembers how far each file of a folder was read, and what was said last."""

    def __init__(self, folder):
        self._folder = folder
        self._read = dict.fromkeys(FILES, 0)
        self._said = {}

    def news(self):
        """Return the lines that say something new."""
        return [line for name in FILES for line in self._whole_lines(name) if self._is_new(line)]

    def _whole_lines(self, name):
        try:
            with open(os.path.join(self._folder, name), "rb") as file:
                file.seek(self._read[name])
                data = file.read()
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._read[name] += len(whole)
        return whole.decode("utf-8", "replace").splitlines()

    def _is_new(self, line):
        words = line.split()
        if len(words) < 3 or words[0] not in ("a", "u", "h", "m"):
            return bool(words)
        what = words[2] if words[0] == "u" else words[0]
        said = words[3:] if words[0] == "u" else words[2:]
        if self._said.get(what) == said:
            return False
        self._said[what] = said
        return True


def ahead_of(folder):
    """Return how many seconds the times in the files are ahead of this host's clock: it began anew when the host did."""
    try:
        with open(os.path.join(folder, "ahead")) as file:
            return float(file.read())
    except (OSError, ValueError):
        return 0.0


def main():
    """Print news until the drill is over, or nobody reads on."""
    os.chdir(sys.argv[1])
    # relative to here, so that a folder made anew for the next drill is another one
    follower = Follower(".")
    while os.path.exists("lock"):
        lines = follower.news() + ["now %.6f" % (time.monotonic() + ahead_of("."))]
        try:
            os.write(1, ("\n".join(lines) + "\n").encode())
        except OSError:
            return
        time.sleep(PERIOD)


if __name__ == "__main__":
    main()
