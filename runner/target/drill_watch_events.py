"""The observer of what services say of themselves on one host: keepalived's states, haproxy's servers, etcd's leader.

Run by itself, as `python3 drill_watch_events.py SETTINGS`, where SETTINGS is a JSON file: out (file) and any of keepalived (unit), haproxy
(socket), etcd (port, and ca, certificate, key for TLS). Lines of `out`, times of this host's monotonic clock, and `ahead` seconds more:
`k TIME INSTANCE STATE` what keepalived said (`* STOPPING`, `* DOWN` when it ends), `s TIME keepalived WORDS` what it noticed,
`K TIME`: its journal is whole up to then; `h TIME SERVER=STATE ...` and `m TIME TERM MEMBER LEADER` at each look, with `-` where
nobody answered.
"""

import csv
import functools
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from typing import Any, Callable, List

PERIOD = 0.1
TIMEOUT = 1.0
# Seconds for which the journal is waited for at the end.
PATIENCE = 15.0
JOURNAL = "/run/systemd/journal/socket"
MARK = "muster-drill"
# journald has left out messages of a unit that said too many
SUPPRESSED = "a596d6fe7bfa4994828e72309e95d61e"
# systemd.journal-fields(7): a main process exited; a unit stopped, failed, was deactivated
ENDS = (
    "98e322203f7a4ed290d09fe03c09fe15",
    "9d1aaa27d60140bd96365438aad20286",
    "d9b373ed55a64feb8242e02dbe79a49c",
    "7ad2d189f7e94e70a38c781354912448",
)
STATE = re.compile(r"\(([^()]+)\) Entering (MASTER|BACKUP|FAULT) STATE( \(init\))?")
# told to end it resigns at once, and is there for a second more
STOPPING = "Stopping"
ENDED = re.compile(r"^Stopped( - used .*| Keepalived .*)?$|VRRP child process\(\d+\) died")
NOTICED = re.compile(
    r"Backup received priority 0|advertisement timeout|^VRRP_Script\(.*\) (failed|timed out)|^Script `.*` now returning [1-9]"
    r"|^Netlink reports \S+ down|^Removing service|^Check on service .* failed|^Quorum .*lost"
)
PRIORITY = re.compile(r"Changing effective priority from (\d+) to (\d+)")


def words_of(entry):
    """Return the message of an entry of the journal; one that is no UTF-8 comes as a list of bytes."""
    said = entry.get("MESSAGE") or ""
    return bytes(said).decode("utf-8", "replace") if isinstance(said, list) else said


def time_of(entry):
    """Return when a message was sent, of the monotonic clock: when the journal took it, less how long it had waited by the other clock."""
    taken = int(entry["__MONOTONIC_TIMESTAMP"]) / 1e6
    waited = (int(entry["__REALTIME_TIMESTAMP"]) - int(entry.get("_SOURCE_REALTIME_TIMESTAMP", entry["__REALTIME_TIMESTAMP"]))) / 1e6
    return taken - waited if 0 < waited < 5 else taken


def lines_of(entry):
    """Return the lines that an entry is worth, without times."""
    said = words_of(entry)
    if entry.get("MESSAGE_ID") in ENDS:
        return [] if "Control process" in said else ["k * DOWN"]
    found = STATE.search(said)
    lower = PRIORITY.search(said)
    lines = ["k %s %s" % (found.group(1).replace(" ", "_"), found.group(2))] if found else []
    lines += ["k * STOPPING"] if said == STOPPING else ["k * DOWN"] if ENDED.search(said) else []
    if (found and not found.group(3)) or NOTICED.search(said) or (lower and int(lower.group(2)) < int(lower.group(1))):
        lines.append("s keepalived " + " ".join(said.split())[:120])
    return lines


class Keepalived:
    """What a unit of keepalived says in the journal. write: takes the kind of a line, its time and the rest."""

    def __init__(self, unit, write):
        own = unit + ("" if "." in unit else ".service")
        fields = ["_SYSTEMD_UNIT=" + own, "+", "UNIT=" + own, "+", "SYSLOG_IDENTIFIER=" + MARK, "+", "MESSAGE_ID=" + SUPPRESSED]
        self._own, self._begun, self._lost = own, time.monotonic(), False
        self._argv = ["journalctl", "--quiet", "-b", "--output=json", "--lines=4000"] + fields
        self._write = write
        self._end = "end " + os.urandom(8).hex()

    def run(self):
        """Write what is said, as it is said. It is for those who look on: `whole` reads all of it again."""
        child = subprocess.Popen(self._argv + ["--follow"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in child.stdout or ():
            self._take(line)

    def _take(self, line):
        """Write what an entry is worth; tell when it was if it is the mark of the end."""
        try:
            entry = json.loads(line.decode("utf-8", "replace"))
            when, said = time_of(entry), words_of(entry)
        except (ValueError, KeyError):
            return None
        if entry.get("MESSAGE_ID") == SUPPRESSED:
            self._lost = self._lost or (self._own in said and when > self._begun)
            return None
        for each in lines_of(entry):
            self._write(each[0], when, each[2:])
        return when if said == self._end else None

    def whole(self):
        """Read the journal up to a mark that is put there now, so that nothing that was said before can be missing.

        Where the journal itself says that it left out something, or the mark does not come, it is not called whole.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.sendto(("MESSAGE=%s\nSYSLOG_IDENTIFIER=%s\nPRIORITY=7\n" % (self._end, MARK)).encode(), JOURNAL)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            time.sleep(0.1)
            done = subprocess.run(self._argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            ends = [when for when in map(self._take, done.stdout.splitlines()) if when is not None]
            if ends:
                if not self._lost:
                    self._write("K", ends[-1], "whole")
                return


def servers_in(text):
    """Return the servers in the answer to haproxy's `show stat`, as SERVER=STATE words."""
    rows = csv.DictReader(text.lstrip("# ").splitlines())
    return ["%s/%s=%s" % (each["pxname"], each["svname"], (each["status"] or "-").split(" ")[0]) for each in rows if each.get("svname")]


class Haproxy:
    """The servers of haproxy, by its socket (haproxy's management guide, 9.3)."""

    def __init__(self, said):
        self._path = said["socket"]

    def look(self):
        """Return what one look finds. Raises OSError."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(TIMEOUT)
            link.connect(self._path)
            link.sendall(b"show stat -1 4 -1\n")
            pieces = [link.recv(1 << 16)]
            while pieces[-1]:
                pieces.append(link.recv(1 << 16))
        return " ".join(servers_in(b"".join(pieces).decode("utf-8", "replace")))


class Etcd:
    """What the member of etcd on this host says of its cluster (etcd's API, Maintenance.Status, as JSON over HTTP)."""

    def __init__(self, said):
        where = said.get("address", "127.0.0.1"), said["port"]
        if "ca" in said:
            context = ssl.create_default_context(cafile=said["ca"])
            if "certificate" in said:
                context.load_cert_chain(said["certificate"], said["key"])
            self._link: http.client.HTTPConnection = http.client.HTTPSConnection(*where, timeout=TIMEOUT, context=context)
        else:
            self._link = http.client.HTTPConnection(*where, timeout=TIMEOUT)

    def look(self):
        """Return what one look finds. Raises OSError, ValueError, KeyError and HTTPException where there is no answer."""
        try:
            self._link.request("POST", "/v3/maintenance/status", b"{}", {"Content-Type": "application/json"})
            said = json.loads(self._link.getresponse().read().decode())
            return "%d %s %s" % (int(said["header"]["raft_term"]), said["header"]["member_id"], said.get("leader", "0"))
        except Exception:
            # what is left of a request must not be read as the answer to the next
            self._link.close()
            raise


def watch(kind, open_it, write):
    """Look again and again; there may be nothing to look at yet, or any more."""
    looker = None
    while True:
        begun = time.monotonic()
        try:
            looker = looker or open_it()
            found = looker.look()
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            found = ""
        write(kind, begun, found or "-")
        time.sleep(max(0.0, begun + PERIOD - time.monotonic()))


def main():
    """Read the settings, watch until asked to end, and read the journal to its end then."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    with open(sys.argv[1]) as file:
        settings = json.load(file)
    number = os.open(settings["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    ahead = settings.get("ahead", 0.0)

    def write(kind, when, rest):
        os.write(number, ("%s %.6f %s\n" % (kind, when + ahead, rest)).encode())

    keepalived = Keepalived(settings["keepalived"]["unit"], write) if "keepalived" in settings else None
    jobs: List[Callable[[], Any]] = [keepalived.run] if keepalived else []
    for kind, name, looker in (("h", "haproxy", Haproxy), ("m", "etcd", Etcd)):
        if name in settings:
            jobs.append(functools.partial(watch, kind, functools.partial(looker, settings[name]), write))
    for job in jobs:
        threading.Thread(target=job, daemon=True).start()
    over.wait()
    if keepalived:
        keepalived.whole()


if __name__ == "__main__":
    main()
