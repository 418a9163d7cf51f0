"""Puts the clock of the day wrong for a drill, and right again by the monotonic clock.

Run by itself as root: `python3 drill_skew.py check`, `... set KEPT SECONDS`, `... undo KEPT`. KEPT is a file that remembers how the two
clocks stood to each other and which services for the time were stopped. A container has its machine's clock, so it is refused there.
"""

import json
import os
import subprocess
import sys
import time

SERVICES = ("systemd-timesyncd", "chrony", "chronyd", "ntp", "ntpd", "ntpsec", "openntpd", "ptp4l", "phc2sys")
SYS_TIME = 25


def say(words):
    """Tell whoever started this something."""
    sys.stdout.write("%s\n" % words)
    sys.stdout.flush()


def systemctl(*words):
    """Return whether systemctl ended with 0."""
    null = subprocess.DEVNULL
    return subprocess.run(("systemctl",) + words, stdin=null, stdout=null, stderr=null, check=False).returncode == 0


def container():
    """Return which kind of container this is, empty for none."""
    try:
        said = subprocess.run(["systemd-detect-virt", "--container"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False).stdout
    except OSError:
        return ""
    word = said.decode("utf-8", "replace").strip()
    return "" if word == "none" else word


def may_set():
    """Tell whether this process may set the clock (CAP_SYS_TIME, capabilities(7))."""
    with open("/proc/self/status") as file:
        mask = next((int(line.split()[1], 16) for line in file if line.startswith("CapEff:")), 0)
    return bool(mask >> SYS_TIME & 1)


def check():
    """Say why the clock cannot be set here; 0 if it can."""
    kind = container()
    if kind:
        say("this host is a container (%s): its clock is that of its machine and of all others there" % kind)
        return 1
    if not may_set():
        say("the clock may not be set here (no CAP_SYS_TIME)")
        return 1
    return 0


def skew(kept, seconds):
    """Remember, stop what would put it right, and put it wrong."""
    stopped = [each for each in SERVICES if systemctl("is-active", "--quiet", each)]
    note = {"ahead": time.time() - time.monotonic(), "stopped": stopped}
    with open(kept + ".new", "w") as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(kept + ".new", kept)
    for each in stopped:
        systemctl("stop", each)
    time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)
    return 0


def undo(kept):
    """Put the clock right, where it was put wrong, and start what was stopped."""
    try:
        with open(kept) as file:
            note = json.load(file)
    except FileNotFoundError:
        return 0
    time.clock_settime(time.CLOCK_REALTIME, note["ahead"] + time.monotonic())
    failed = [each for each in note["stopped"] if not systemctl("start", each)]
    os.unlink(kept)
    return 1 if failed else 0


def main():
    """Do what the words say."""
    words = sys.argv[1:]
    if words[0] == "set":
        return check() or skew(words[1], float(words[2]))
    return undo(words[1]) if words[0] == "undo" else check()


if __name__ == "__main__":
    sys.exit(main())
