"""Wait until a port is open, closed or without connections, or a file is there, gone or holds a text."""

import binascii
import re
import socket
import struct

from runner.target.attributes import path_info
from runner.target.decision import ModuleFailed

# the numbers of /proc/net/tcp (include/net/tcp_states.h of the kernel)
STATES = {
    "ESTABLISHED": "01",
    "SYN_SENT": "02",
    "SYN_RECV": "03",
    "FIN_WAIT1": "04",
    "FIN_WAIT2": "05",
    "TIME_WAIT": "06",
}
ARGUMENTS = {
    "type": "object",
    "properties": {
        "host": {"type": "string", "default": "127.0.0.1", "description": "Name or address to connect to."},
        "port": {"type": "integer", "description": "Port to try."},
        "path": {"type": "string", "format": "path", "description": "File to look for."},
        "search_regex": {"type": "string", "description": "What the file, or what the port sends, must hold (multiline)."},
        "state": {
            "type": "string",
            "enum": ["absent", "drained", "present", "started", "stopped"],
            "default": "started",
            "description": "started or present: open, there. stopped or absent: closed, gone. drained: no active connection.",
        },
        "timeout": {"type": "integer", "default": 300, "description": "Seconds after which to give up; alone: seconds to wait."},
        "delay": {"type": "integer", "default": 0, "description": "Seconds before the first look."},
        "sleep": {"type": "integer", "default": 1, "description": "Seconds between looks."},
        "connect_timeout": {"type": "integer", "default": 5, "description": "Seconds one connection may take."},
        "exclude_hosts": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Hosts whose connections do not count, with drained.",
        },
        "active_connection_states": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"],
            "description": "Which connections count as active.",
        },
        "msg": {"type": "string", "description": "What to say when time is up."},
    },
}
RETURNS = {
    "elapsed": "seconds waited",
    "match_groups": "groups that search_regex matched",
    "match_groupdict": "its named groups",
    "state": "the state waited for; for a path what it is",
}
EXAMPLES = """
- name: The service listens
  wait_for: {port: 8080, timeout: 60}

- name: No client is connected any more
  wait_for: {port: 8080, state: drained}
"""


class Found:
    """What a look found. done: the wait is over. match: of search_regex. reason: why not yet."""

    def __init__(self, done, match=None, reason=""):
        self.done = done
        self.match = match
        self.reason = reason


def run(args, system):
    """Look until it is as wanted or time is up."""
    checked(args)
    if system.check:
        return {"skipped": True, "msg": "remote module (wait_for) does not support check mode"}
    start = system.monotonic()
    if args["delay"]:
        system.sleep(args["delay"])
    if args["port"] is None and not args["path"] and args["state"] != "drained":
        system.sleep(args["timeout"])
        return result_of(args, None, system, start)
    look, failure = looker(args)
    found = Found(False, reason="there was no time for a look")
    while system.monotonic() - start < args["timeout"]:
        found = look(args, system)
        if found.done:
            return result_of(args, found.match, system, start)
        system.sleep(args["sleep"])
    elapsed = int(system.monotonic() - start)
    notes = {"expected": failure.replace("Timeout when waiting for ", ""), "found": found.reason}
    raise ModuleFailed(args["msg"] or failure, elapsed=elapsed, _muster=notes)


def checked(args):
    """Raise ModuleFailed for arguments that do not go together."""
    if args["port"] is not None and args["path"]:
        raise ModuleFailed("port and path parameter can not both be passed to wait_for", elapsed=0)
    if args["path"] and args["state"] in ("stopped", "drained"):
        word = "stopped" if args["state"] == "stopped" else "drained"
        raise ModuleFailed("state=%s should only be used for checking a port in the wait_for module" % word, elapsed=0)
    if args["exclude_hosts"] and args["state"] != "drained":
        raise ModuleFailed("exclude_hosts should only be with state=drained", elapsed=0)
    for name in args["active_connection_states"]:
        if name not in STATES:
            raise ModuleFailed("unknown active_connection_state (%s) defined" % name, elapsed=0)
    try:
        re.compile(args["search_regex"] or "", re.MULTILINE)
    except re.error as error:
        raise ModuleFailed("Invalid regular expression: %s" % error, elapsed=0)


def looker(args):
    """Return the look and what is said when it never succeeds."""
    where = args["path"] or "%s:%s" % (args["host"], args["port"])
    text = "search string %s in %s" % (args["search_regex"], where)
    if args["state"] == "drained":
        return drained, "Timeout when waiting for %s to drain" % where
    if args["state"] in ("absent", "stopped"):
        if args["path"]:
            return gone, "Timeout when waiting for %s to be absent." % where
        return closed, "Timeout when waiting for %s to stop." % where
    if args["path"]:
        return present, "Timeout when waiting for %s" % (text if args["search_regex"] else "file " + where)
    return listening, "Timeout when waiting for %s" % (text if args["search_regex"] else where)


def result_of(args, match, system, start):
    """Return the result of a wait that is over."""
    result = {"state": args["state"], "port": args["port"], "path": args["path"], "search_regex": args["search_regex"]}
    if args["path"]:
        result.update(path_info(args["path"], system))
    result["match_groups"] = [decoded(each) for each in match.groups()] if match else []
    result["match_groupdict"] = {name: decoded(each) for name, each in match.groupdict().items()} if match else {}
    result["elapsed"] = int(system.monotonic() - start)
    return result


def decoded(value):
    """Return matched bytes as text."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def pattern(args):
    """Return search_regex for bytes."""
    return re.compile(args["search_regex"].encode("utf-8", "surrogateescape"), re.MULTILINE)


def gone(args, system):
    """Look whether the path is not there."""
    return Found(not system.exists(args["path"]), reason="it is still there")


def present(args, system):
    """Look whether the path is there and holds the text."""
    if not system.exists(args["path"]):
        return Found(False, reason="it does not exist")
    if not args["search_regex"]:
        return Found(True)
    try:
        match = pattern(args).search(system.read(args["path"]))
    except OSError as error:
        return Found(False, reason=str(error))
    return Found(match is not None, match, "the text is not in it")


def closed(args, system):
    """Look whether nobody takes connections."""
    try:
        connected(args, system).close()
    except OSError:
        return Found(True)
    return Found(False, reason="it still takes connections")


def connected(args, system):
    """Return a socket connected to the port."""
    return system.connect(args["host"], args["port"], args["connect_timeout"])


def listening(args, system):
    """Look whether somebody takes connections, and sends the text."""
    try:
        link = connected(args, system)
    except OSError as error:
        return Found(False, reason=str(error))
    try:
        return Found(True) if not args["search_regex"] else sent(args, system, link)
    finally:
        link.close()


def sent(args, system, link):
    """Read from the connection until the text came, the other side is done, or connect_timeout passed."""
    data, wanted = b"", pattern(args)
    limit = system.monotonic() + args["connect_timeout"]
    while system.monotonic() < limit:
        link.settimeout(max(0.01, limit - system.monotonic()))
        try:
            piece = link.recv(1024)
        except OSError as error:
            return Found(False, reason=str(error))
        if not piece:
            break
        data += piece
        match = wanted.search(data)
        if match:
            return Found(True, match)
    return Found(False, reason="it sent %d bytes without the text" % len(data))


def drained(args, system):
    """Look whether the port has no active connection."""
    own, excluded = resolved([args["host"]]), resolved(args["exclude_hosts"] or [])
    states = {STATES[name] for name in args["active_connection_states"]}
    count = 0
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        content = system.read_text(path) if system.exists(path) else ""
        count += len(active(content, own, args["port"], excluded, states))
    return Found(count == 0, reason="it has %d active connections" % count)


def resolved(hosts):
    """Return the addresses of names. Raises ModuleFailed for one that has none."""
    found = set()
    for host in hosts:
        try:
            found |= {info[4][0] for info in socket.getaddrinfo(host, None)}
        except OSError as error:
            raise ModuleFailed("cannot find the address of %s: %s" % (host, error), elapsed=0)
    return found


def active(content, own, port, excluded, states):
    """Return (address, address) of the connections in /proc/net/tcp that count.

    own: addresses of the port's host; 0.0.0.0 and :: stand for all. excluded: remote addresses that do not count.
    """
    found = []
    for line in content.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 4 or fields[3] not in states:
            continue
        local, local_port = address(fields[1])
        remote, _ = address(fields[2])
        if local_port == port and (own & {"0.0.0.0", "::"} or local in own) and remote not in excluded:
            found.append((local, remote))
    return found


def address(field):
    """Return (address, port) of a field of /proc/net/tcp: hexadecimal words in the byte order of the machine."""
    packed, _, port = field.partition(":")
    raw = binascii.unhexlify(packed)
    words = struct.unpack("=%dI" % (len(raw) // 4), raw)
    ordered = struct.pack(">%dI" % len(words), *words)
    if len(ordered) == 4:
        return socket.inet_ntop(socket.AF_INET, ordered), int(port, 16)
    if ordered.startswith(b"\0" * 10 + b"\xff\xff"):
        return socket.inet_ntop(socket.AF_INET, ordered[12:]), int(port, 16)
    return socket.inet_ntop(socket.AF_INET6, ordered), int(port, 16)
