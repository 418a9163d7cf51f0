"""The observer of a drill on one host: writes down which addresses the host holds and in what state its units are.

Run by itself, as `python3 drill_watch.py SETTINGS`, where SETTINGS is a JSON file: addresses, units, period (seconds), out (file).
Lines of `out`: `a TIME BITS` (a 1 for each address held) and `u TIME NUMBER STATE`. Times are of this host's monotonic clock. The addresses
are looked at every period, and besides as soon as the kernel says that one has changed (rtnetlink(7)).
"""

import errno
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import Set

NEW_ADDRESS, GET_ADDRESS, DONE = 20, 22, 3
REQUEST_DUMP = 0x301
# RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR
GROUPS = 0x10 | 0x100
FIELDS = {1: "address", 2: "local"}
UNIT_PERIOD = 0.25


def messages(data):
    """Give (kind, body) of each netlink message in what was received."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if length < 16:
            return
        yield kind, data[16:length]
        data = data[(length + 3) & ~3 :]


def address_in(body):
    """Return the address that an RTM_NEWADDR message is about, as text, or None."""
    family = body[0] if body else 0
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    found, at = {}, 8
    while at + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, at)
        if length < 4:
            break
        if kind in FIELDS:
            found[FIELDS[kind]] = body[at + 4 : at + length]
        at += (length + 3) & ~3
    raw = found.get("local") or found.get("address")
    return socket.inet_ntop(family, raw) if raw else None


def held():
    """Return the set of addresses of this host, asked of the kernel."""
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    try:
        link.settimeout(2)
        link.send(struct.pack("=IHHIIB3xI", 24, GET_ADDRESS, REQUEST_DUMP, 1, 0, socket.AF_UNSPEC, 0))
        found: Set[str] = set()
        while True:
            for kind, body in messages(link.recv(1 << 16)):
                if kind == DONE:
                    return found
                if kind == NEW_ADDRESS:
                    found.add(address_in(body))
    finally:
        link.close()


def frozen(pid):
    """Tell whether a process is stopped by a signal (state T in /proc/PID/stat)."""
    try:
        with open("/proc/%s/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] == "T"
    except (OSError, IndexError):
        return False


def unit_state(text):
    """Return one word for what `systemctl show` says of a unit: its active state, or `frozen`."""
    said = dict(line.partition("=")[::2] for line in text.splitlines())
    if said.get("ActiveState") == "active" and said.get("MainPID", "0") != "0" and frozen(said["MainPID"]):
        return "frozen"
    return said.get("ActiveState", "unknown")


class Record:
    """The file of lines; each is written whole and at once, from any thread."""

    def __init__(self, path, ahead=0.0):
        self._ahead = ahead
        self._number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def line(self, kind, when, *words):
        """Write one line. when: of the monotonic clock."""
        os.write(self._number, (" ".join((kind, "%.6f" % (when + self._ahead)) + words) + "\n").encode())


def watch_units(units, period, record):
    """Write the state of each unit, again and again. To ask systemd costs more than to ask the kernel, so it is never asked more often."""
    while True:
        for number, unit in enumerate(units):
            now = time.monotonic()
            argv = ["systemctl", "show", "--property=ActiveState,MainPID", "--", unit]
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            state = unit_state(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else "unknown"
            record.line("u", now, str(number), state)
        time.sleep(max(UNIT_PERIOD, period))


def watch_addresses(addresses, period, record):
    """Write which of the addresses are held, every period and at each change; ends when the process is ended."""
    changes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    changes.bind((0, GROUPS))
    changes.setblocking(False)
    due = time.monotonic()
    while True:
        found = held()
        record.line("a", time.monotonic(), "".join("1" if each in found else "0" for each in addresses) or "-")
        due = max(due + period, time.monotonic())
        if select.select([changes], [], [], max(0.0, due - time.monotonic()))[0]:
            due -= period
            drain(changes)


def drain(link):
    """Take all that waits in a socket. More than it could keep (ENOBUFS) is no loss, as the addresses are asked for anyway."""
    while True:
        try:
            link.recv(1 << 16)
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                continue
            return


def main():
    """Read the settings and watch until ended."""
    with open(sys.argv[1]) as file:
        settings = json.load(file)
    record = Record(settings["out"], settings.get("ahead", 0.0))
    if settings["units"]:
        threading.Thread(target=watch_units, args=(settings["units"], settings["period"], record), daemon=True).start()
    watch_addresses(settings["addresses"], settings["period"], record)


if __name__ == "__main__":
    main()
