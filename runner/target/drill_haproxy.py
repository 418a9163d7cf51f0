"""Makes haproxy believe something about one of its servers, for a drill, by its admin socket.

Run by itself: `python3 drill_haproxy.py check|up|down|undo SOCKET BACKEND/SERVER`. `up` and `down` end the checks of the server and
say what they found last (`disable health`, `set server health`: HAProxy Management Guide, 9.3); `undo` lets it check again.
"""

import socket
import sys
from typing import List

# Bits of srv_check_state: 1 a check is under way, 2 configured, 4 enabled (`show servers state`, HAProxy Management Guide)
CONFIGURED, ENABLED = 2, 4
COLUMN = "srv_check_state"


def say(words):
    """Tell whoever started this something."""
    sys.stdout.write("%s\n" % words)
    sys.stdout.flush()


def ask(place, command):
    """Return haproxy's answer to a command."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.settimeout(5)
        link.connect(place)
        link.sendall(command.encode() + b"\n")
        found = b""
        while True:
            part = link.recv(1 << 16)
            if not part:
                return found.decode("utf-8", "replace").strip()
            found += part
    finally:
        link.close()


def check_state(place, server):
    """Return how the checks of a server stand, as haproxy's number; None if there is no such server."""
    backend, _, name = server.partition("/")
    lines = ask(place, "show servers state " + backend).splitlines()
    head: List[str] = next((line.lstrip("# ").split() for line in lines if line.startswith("# ")), [])
    if COLUMN not in head:
        return None
    for line in lines:
        words = line.split()
        if len(words) == len(head) and words[head.index("srv_name")] == name:
            return int(words[head.index(COLUMN)])
    return None


def check(place, server):
    """Say why haproxy cannot be lied to about this server; 0 if it can."""
    try:
        state = check_state(place, server)
    except OSError as error:
        say("haproxy does not answer at %s: %s" % (place, error.strerror or error))
        return 1
    if state is None:
        say("haproxy has no server %s" % server)
        return 1
    if not state & CONFIGURED or not state & ENABLED:
        say("haproxy does not check the server %s" % server)
        return 1
    return 0


def lie(place, server, word):
    """End the checks and give their last word."""
    said = [ask(place, "disable health " + server), ask(place, "set server %s health %s" % (server, word))]
    say("\n".join(each for each in said if each))
    return 1 if any(said) else 0


def undo(place, server):
    """Let haproxy check again; one that does not run, or was started anew, does so anyway."""
    try:
        said = ask(place, "enable health " + server)
    except OSError:
        return 0
    say(said)
    return 1 if said else 0


def main():
    """Do what the words say."""
    verb, place, server = sys.argv[1:]
    if verb == "check":
        return check(place, server)
    return undo(place, server) if verb == "undo" else lie(place, server, verb)


if __name__ == "__main__":
    sys.exit(main())
