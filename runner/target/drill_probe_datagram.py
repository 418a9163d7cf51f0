"""The client of a drill for what is asked in single packets, pings (ICMP and ICMPv6 echo) and DNS queries, which may also go over TCP.

Long, as it is sent to its host in one piece.

Run by itself, as `python3 drill_probe_datagram.py SETTINGS`, where SETTINGS is a JSON file: out (file) and probes, each with number, kind
(icmp, dns), rate (a second), timeout (seconds) and what is asked. Requests are sent when they are due, whether or not earlier ones have
been answered. Lines of `out`, times of this host's monotonic clock: `p PROBE SEQUENCE DUE BEGUN ENDED OUTCOME`; `d PROBE SEQUENCE TIME`
for another answer to what was answered; `! PROBE WORDS`: why a probe cannot ask at all. Sources: RFC 792, RFC 4443, RFC 1035, RFC 7766.
"""

import contextlib
import errno
import json
import os
import select
import socket
import struct
import sys
import threading
import time
from typing import Any, Dict, List, Tuple

# Requests of one probe that may be on their way at once; one that is due beyond that is written down as not sent.
MOST = 200
LINGER = 1.0  # seconds for which another answer to what was answered is listened for
# family -> protocol, echo request, echo reply, length of the IP header in a quoted packet, what says that a packet did not arrive
ICMP = {
    socket.AF_INET: (socket.IPPROTO_ICMP, 8, 0, 20, {3: "unreachable", 11: "expired"}),
    socket.AF_INET6: (socket.IPPROTO_ICMPV6, 128, 129, 40, {1: "unreachable", 2: "too-big", 3: "expired"}),
}
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}
CODES = {1: "format-error", 2: "server-failure", 3: "no-such-name", 4: "not-implemented", 5: "query-refused"}


def checksum(data):
    """Return the Internet checksum of bytes (RFC 1071)."""
    total = sum(struct.unpack("!%dH" % ((len(data) + 1) // 2), data + b"\0" * (len(data) % 2)))
    # the carries are added to the sum: that is the rest of a division by 0xffff
    return -total % 0xFFFF


def meeting(host, port) -> Tuple[Any, Any]:
    """Return the family and the first address of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_DGRAM)[0]
    return found[0], found[4]


class Pings:
    """Echo requests over one socket, raw where that is allowed, else a datagram one, for which the kernel chooses the identifier."""

    def __init__(self, probe, poll):
        self._family, self._where = meeting(probe["host"], 0)
        protocol, self._request, self._reply, self._quoted, self._ill = ICMP[self._family]
        try:
            self._link, self._raw = socket.socket(self._family, socket.SOCK_RAW, protocol), True
        except PermissionError:
            self._link, self._raw = socket.socket(self._family, socket.SOCK_DGRAM, protocol), False
            self._link.connect(self._where)
        self._link.setblocking(False)
        self._token, self._identifier = os.urandom(8), struct.unpack("!H", os.urandom(2))[0]
        self._filling, self._last = b"\0" * (probe["size"] - 16), 0
        poll.register(self._link, select.POLLIN)

    def ask(self, sequence):
        """Send one. The whole number is in the data, as the header has room for 16 bits of it."""
        self._last = sequence
        rest = struct.pack("!HH", self._identifier, sequence & 0xFFFF) + self._token + struct.pack("!Q", sequence) + self._filling
        head = bytes([self._request, 0])
        packet = head + struct.pack("!H", checksum(head + b"\0\0" + rest)) + rest
        # a raw socket that is not connected hears also of routers that a packet did not arrive
        self._link.sendto(packet, self._where) if self._raw else self._link.send(packet)

    def hear(self, number):
        """Give (sequence, outcome) of what waits in the socket."""
        while True:
            try:
                found = self.read(self._link.recv(1 << 16))
            except BlockingIOError:
                return
            except OSError:
                # a datagram socket does not say which one it is about
                found = self._last, "unreachable"
            if found is not None:
                yield found

    def read(self, data):
        """Return (sequence, outcome) of a packet, or None if it is not about one of ours."""
        if self._raw and self._family == socket.AF_INET:
            data = data[(data[0] & 15) * 4 :]
        if len(data) < 8:
            return None
        if data[0] == self._reply and data[8:16] == self._token and len(data) >= 24:
            return struct.unpack_from("!Q", data, 16)[0], "ok"
        inner = data[8 + self._quoted :]
        if data[0] in self._ill and len(inner) >= 8:
            kind_there, _, _, identifier, low = struct.unpack_from("!BBHHH", inner)
            if (kind_there, identifier) == (self._request, self._identifier):
                return self._last - (self._last - low & 0xFFFF), self._ill[data[0]]
        return None

    def forget(self, sequence):
        """Nothing is kept for one."""


def name_at(data, at):
    """Return the name that begins at a place of a message, and the place after it. Raises ValueError for one that goes in circles."""
    labels: List[str] = []
    after = 0
    for _ in range(128):
        length = data[at]
        if not length:
            return ".".join(labels).lower(), after or at + 1
        if length >= 0xC0:
            after, at = after or at + 2, struct.unpack_from("!H", data, at)[0] & 0x3FFF
        else:
            labels.append(data[at + 1 : at + 1 + length].decode("ascii", "replace"))
            at += 1 + length
    raise ValueError("a name without an end")


def record_text(kind, data, at, length):
    """Return what a record says, as in a zone file, names without the dot at the end."""
    body = data[at : at + length]
    if kind in (TYPES["A"], TYPES["AAAA"]):
        return socket.inet_ntop(socket.AF_INET if kind == TYPES["A"] else socket.AF_INET6, body)
    if kind == TYPES["TXT"]:
        found = b""
        while body:
            found, body = found + body[1 : 1 + body[0]], body[1 + body[0] :]
        return found.decode("utf-8", "replace")
    before = {TYPES["MX"]: "!H", TYPES["SRV"]: "!HHH"}.get(kind, "!")
    numbers = struct.unpack_from(before, data, at)
    return " ".join(list(map(str, numbers)) + [name_at(data, at + struct.calcsize(before))[0]])


def answers_in(data, wanted):
    """Return what the records of a type in a message say. Raises ValueError, IndexError, struct.error or OSError for no message."""
    questions, count = struct.unpack_from("!HH", data, 4)
    at = 12
    for _ in range(questions):
        at = name_at(data, at)[1] + 4
    found = []
    for _ in range(count):
        at = name_at(data, at)[1]
        kind, _, _, length = struct.unpack_from("!HHIH", data, at)
        at += 10
        if kind == wanted:
            found.append(record_text(kind, data, at, length))
        at += length
    return found


def resolver():
    """Return the first server of resolv.conf(5). Raises OSError if there is none."""
    with open("/etc/resolv.conf") as file:
        for words in map(str.split, file):
            if len(words) > 1 and words[0] == "nameserver":
                return words[1]
    raise OSError("there is no nameserver in /etc/resolv.conf")


class Queries:
    """DNS queries, each from a port of its own, as resolvers of programs ask."""

    def __init__(self, probe, poll):
        self._family, self._where = meeting(probe.get("server") or resolver(), probe["port"])
        self._kind, self._answer, self._poll = TYPES[probe["type"]], probe.get("answer"), poll
        labels = [label.encode("idna") for label in probe["name"].rstrip(".").split(".")]
        name = b"".join(struct.pack("B", len(label)) + label for label in labels) + b"\0"
        self._question = name + struct.pack("!HH", self._kind, 1)
        self._links: Dict[int, Tuple[int, Any, bytes]] = {}
        self._numbers: Dict[int, int] = {}

    def ask(self, sequence):
        """Send one; recursion is wanted."""
        link, message = self._new(sequence, socket.SOCK_DGRAM)
        link.connect(self._where)
        self._poll.register(link, select.POLLIN)
        link.send(message)

    def _new(self, sequence, kind) -> Tuple[Any, bytes]:
        """Return a socket for one query, which is remembered, and the query."""
        link, identifier = socket.socket(self._family, kind), os.urandom(2)
        self._links[link.fileno()], self._numbers[sequence] = (sequence, link, identifier), link.fileno()
        link.setblocking(False)
        return link, identifier + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + self._question

    def hear(self, number):
        """Give (sequence, outcome) of what waits in the socket of one query."""
        sequence, link, identifier = self._links[number]
        while True:
            try:
                data = link.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError as error:
                yield sequence, failure(error)
                continue
            if data[:2] == identifier:
                yield sequence, self.outcome(data)

    def outcome(self, data):
        """Return one word for an answer."""
        try:
            flags = struct.unpack_from("!H", data, 2)[0]
            if not flags & 0x8000 or data[12 : 12 + len(self._question)].lower() != self._question.lower():
                return "no-answer"
            if flags & 0x000F:
                return CODES.get(flags & 0x000F, "code-%d" % (flags & 0x000F))
            if flags & 0x0200:
                return "truncated"
            found = answers_in(data, self._kind)
        except (ValueError, IndexError, struct.error, OSError):
            return "no-message"
        if not found:
            return "no-record"
        return "ok" if self._answer is None or self._answer.rstrip(".").lower() in [each.lower() for each in found] else "other-answer"

    def forget(self, sequence):
        """Listen no longer for answers to one."""
        number = self._numbers.pop(sequence, None)
        if number is not None:
            with contextlib.suppress(KeyError):
                self._poll.unregister(number)
            self._links.pop(number)[1].close()


class Streams(Queries):
    """DNS queries over TCP, each on a connection of its own: the length of a message stands before it."""

    def __init__(self, probe, poll):
        super().__init__(probe, poll)
        self._parts: Dict[int, Tuple[bytes, bytes]] = {}  # what is still to be sent, and what has come

    def ask(self, sequence):
        """Begin to connect; what follows is done when the socket is ready for it."""
        link, message = self._new(sequence, socket.SOCK_STREAM)
        self._parts[link.fileno()] = struct.pack("!H", len(message)) + message, b""
        self._poll.register(link, select.POLLIN | select.POLLOUT)
        code = link.connect_ex(self._where)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, os.strerror(code))

    def hear(self, number):
        """Send what can be sent, and give (sequence, outcome) when the answer is whole or the connection has ended."""
        sequence, link, identifier = self._links[number]
        out, come = self._parts[number]
        data = b""
        try:
            if out:
                out = out[link.send(out) :]
                if not out:
                    self._poll.modify(link, select.POLLIN)
            data = link.recv(1 << 16)
        except BlockingIOError:
            self._parts[number] = out, come
            return
        except OSError as error:
            self._poll.unregister(link)
            yield sequence, failure(error)
            return
        come += data
        self._parts[number] = out, come
        length = struct.unpack_from("!H", come)[0] + 2 if len(come) >= 2 else 2
        if data and (length == 2 or len(come) < length):
            return
        # that the other side hangs up is no news, but would be heard without end
        self._poll.unregister(link)
        yield sequence, "closed" if not data else self.outcome(come[2:length]) if come[2:4] == identifier else "no-answer"

    def forget(self, sequence):
        """Hang up."""
        self._parts.pop(self._numbers.get(sequence, -1), None)
        super().forget(sequence)


def failure(error):
    """Return one word for what a socket says went wrong."""
    return "refused" if isinstance(error, ConnectionRefusedError) else "reset" if isinstance(error, ConnectionResetError) else "unreachable"


KINDS = {"icmp": Pings, "dns": Queries, "dns over tcp": Streams}


class Probe:
    """One probe: sends at its rate, and hears answers meanwhile. write: takes a line. ahead: seconds that are added to all times in it."""

    def __init__(self, probe, write, ahead=0.0):
        self._probe, self._write, self._ahead = probe, write, ahead
        self._poll = select.poll()
        self._waiting: Dict[int, Tuple[float, float]] = {}
        self._answered: Dict[int, float] = {}

    def run(self):
        """Ask for ever, or say why that is impossible."""
        try:
            over = " over tcp" if self._probe.get("over") == "tcp" else ""
            asker = KINDS[self._probe["kind"] + over](self._probe, self._poll)
        except (OSError, UnicodeError) as error:
            self._write("! %d %s\n" % (self._probe["number"], error))
            return
        interval, start, sequence = 1.0 / self._probe["rate"], time.monotonic(), 0
        while True:
            due = start + sequence * interval
            if due <= time.monotonic():
                self._ask(asker, sequence, due)
                sequence += 1
                continue
            self._hear(asker, due)
            self._give_up(asker)

    def _ask(self, asker, sequence, due):
        if len(self._waiting) >= MOST:
            self._line(sequence, due, due, due, "unsent")
            return
        self._waiting[sequence] = due, time.monotonic()
        try:
            asker.ask(sequence)
        except OSError as error:
            self._end(asker, sequence, os.strerror(error.errno or 0).replace(" ", "-").lower())

    def _hear(self, asker, until):
        left = min([until, *(begun + self._probe["timeout"] for _, begun in self._waiting.values())]) - time.monotonic()
        for number, _ in self._poll.poll(max(0, int(left * 1000) + 1)):  # poll(2) counts whole milliseconds
            for sequence, outcome in list(asker.hear(number)):
                if sequence in self._waiting:
                    self._end(asker, sequence, outcome)
                elif sequence in self._answered and outcome == "ok":
                    self._write("d %d %d %.6f\n" % (self._probe["number"], sequence, time.monotonic() + self._ahead))

    def _end(self, asker, sequence, outcome):
        due, begun = self._waiting.pop(sequence)
        now = time.monotonic()
        said = outcome if now - begun <= self._probe["timeout"] else "timeout"
        if said == "ok":
            self._answered[sequence] = now + LINGER
        else:
            asker.forget(sequence)
        self._line(sequence, due, begun, now, said)

    def _give_up(self, asker):
        now = time.monotonic()
        for sequence in [each for each, (_, begun) in self._waiting.items() if now - begun >= self._probe["timeout"]]:
            self._end(asker, sequence, "timeout")
        for sequence in [each for each, until in self._answered.items() if until <= now]:
            del self._answered[sequence]
            asker.forget(sequence)

    def _line(self, sequence, due, begun, ended, outcome):
        due, begun, ended = (each + self._ahead for each in (due, begun, ended))
        self._write("p %d %d %.6f %.6f %.6f %s\n" % (self._probe["number"], sequence, due, begun, ended, outcome))


def main():
    """Read the settings and ask until ended."""
    with open(sys.argv[1]) as file:
        settings = json.load(file)
    number = os.open(settings["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    probes = [Probe(probe, lambda line: os.write(number, line.encode()), settings.get("ahead", 0.0)) for probe in settings["probes"]]
    for probe in probes:
        threading.Thread(target=probe.run).start()


if __name__ == "__main__":
    main()
