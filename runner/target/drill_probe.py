"""The client of a drill: asks a service at a steady rate and writes down what became of each request.

Run by itself, as `python3 drill_probe.py SETTINGS`, where SETTINGS is a JSON file: out (file) and probes, each with number, kind (http,
tcp, command), rate (a second), timeout (seconds) and what is asked. Requests are sent when they are due, whether or not earlier
ones have been answered, so that an outage does not slow the asking down. Lines of `out`:
`p PROBE SEQUENCE DUE BEGUN ENDED OUTCOME`, times of this host's monotonic clock, and `ahead` seconds more.
"""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

# Requests of one probe that may be on their way at once; one that is due beyond that is written down as not sent.
MOST = 200


def ask_http(probe, sequence):
    """Ask for a page on a connection of its own; returns `ok`, or why not in one word."""
    parts = urlsplit(probe["url"])
    where = (parts.hostname, parts.port)
    link: Any = None
    if parts.scheme == "https":
        link = http.client.HTTPSConnection(*where, timeout=probe["timeout"], context=tls(probe))
    else:
        link = http.client.HTTPConnection(*where, timeout=probe["timeout"])
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    headers = {"Connection": "close", "X-Muster-Drill": "%s-%d" % (probe["name"], sequence)}
    try:
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        body = answer.read()
    finally:
        link.close()
    if answer.status != probe["status"]:
        return "status-%d" % answer.status
    return "ok" if probe["text"].encode() in body else "other-text"


def tls(probe):
    """Return the TLS settings of a probe: certificates are checked unless it says otherwise."""
    context = ssl.create_default_context()
    if not probe["check_certificate"]:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def ask_tcp(probe, sequence):
    """Connect and hang up."""
    socket.create_connection((probe["host"], probe["port"]), probe["timeout"]).close()
    return "ok"


def ask_command(probe, sequence):
    """Run a command of the shell; it is well when it ends with 0. It finds the request's number in DRILL_SEQUENCE.

    One that is late is killed with all that it started: what hangs while a service is lost must not go on by the hundred then.
    """
    child = subprocess.Popen(
        ["/bin/sh", "-c", probe["command"]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ, DRILL_SEQUENCE=str(sequence)),
        start_new_session=True,
    )
    try:
        code = child.wait(probe["timeout"])
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    return "ok" if code == 0 else "exit-%d" % code


KINDS = {"http": ask_http, "tcp": ask_tcp, "command": ask_command}


def outcome_of(probe, sequence, begun):
    """Return one word for what became of a request. Late is late, even if an answer came."""
    try:
        said = KINDS[probe["kind"]](probe, sequence)
    except (socket.timeout, subprocess.TimeoutExpired):
        return "timeout"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "reset"
    except ssl.SSLError:
        return "tls"
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    return said if time.monotonic() - begun <= probe["timeout"] else "timeout"


class Probe:
    """One probe: sends at its rate. write: takes a line. ahead: seconds that are added to all times in it."""

    def __init__(self, probe, write, ahead=0.0):
        self._ahead = ahead
        self._number = probe["number"]
        self._probe = probe
        self._write = write
        self._free = threading.Semaphore(MOST)

    def run(self):
        """Send for ever."""
        interval = 1.0 / self._probe["rate"]
        start = time.monotonic()
        sequence = 0
        while True:
            due = start + sequence * interval
            time.sleep(max(0.0, due - time.monotonic()))
            if self._free.acquire(blocking=False):
                threading.Thread(target=self._send, args=(sequence, due), daemon=True).start()
            else:
                self._line(sequence, due, due, due, "unsent")
            sequence += 1

    def _send(self, sequence, due):
        begun = time.monotonic()
        outcome = outcome_of(self._probe, sequence, begun)
        self._line(sequence, due, begun, time.monotonic(), outcome)
        self._free.release()

    def _line(self, sequence, due, begun, ended, outcome):
        due, begun, ended = (each + self._ahead for each in (due, begun, ended))
        self._write("p %d %d %.6f %.6f %.6f %s\n" % (self._number, sequence, due, begun, ended, outcome))


def main():
    """Read the settings and ask until ended."""
    with open(sys.argv[1]) as file:
        settings = json.load(file)
    number = os.open(settings["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    probes = [Probe(probe, lambda line: os.write(number, line.encode()), settings.get("ahead", 0.0)) for probe in settings["probes"]]
    threads = [threading.Thread(target=probe.run, daemon=True) for probe in probes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
