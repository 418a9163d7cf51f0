#!/usr/bin/python3
"""Takes NFS mounts away whose server gave no answer for too long, so that who waits for it gets an error: nfs-guard FILE.

Written by the role nfs. Each line of FILE is SECONDS, ADDRESS and PATH. The server is asked, not the mount, which would hang.
"""

import os
import socket
import struct
import subprocess
import sys
import time

PLACE = "/run/nfs-guard"


def answers(address, port=2049):
    """Whether the server answers the empty call of NFS version 4 (RFC 5531, RFC 7530) within five seconds."""
    call = struct.pack("!10I", os.getpid(), 0, 2, 100003, 4, 0, 0, 0, 0, 0)
    try:
        with socket.create_connection((address, port), timeout=5) as link:
            link.sendall(struct.pack("!I", 0x80000000 | len(call)) + call)
            # The length of the answer, then its number and "reply".
            seen = b""
            while len(seen) < 12:
                part = link.recv(12 - len(seen))
                if not part:
                    return False
                seen += part
            return seen[4:] == struct.pack("!2I", os.getpid(), 1)
    except OSError:
        return False


def mounted(address, path, table="/proc/mounts"):
    """Whether an export of that server is mounted there."""
    with open(table) as rows:
        for row in rows:
            what, where, kind = row.split()[:3]
            if kind.startswith("nfs") and where == path and what.startswith(address + ":"):
                return True
    return False


def look(seconds, address, path):
    """Note since when the server is silent; when that is too long, take the mount away. Return what was done, or None."""
    mark = os.path.join(PLACE, path.strip("/").replace("/", "-"))
    if not mounted(address, path) or answers(address):
        if os.path.exists(mark):
            os.unlink(mark)
        return None
    if not os.path.exists(mark):
        with open(mark, "w") as file:
            file.write(str(time.monotonic()))
        return f"{path}: {address} does not answer"
    with open(mark) as file:
        silent = time.monotonic() - float(file.read())
    if silent < seconds:
        return None
    if subprocess.run(["umount", "--force", "--lazy", path], timeout=30, check=False).returncode != 0:
        return f"{path}: {address} was silent for {silent:.0f} s, but the mount cannot be taken away"
    os.unlink(mark)
    return f"{path}: {address} was silent for {silent:.0f} s, the mount is taken away"


def main(file):
    with open(file) as rows:
        for row in rows:
            if row.strip() and not row.startswith("#"):
                seconds, address, path = row.split()
                said = look(int(seconds), address, path)
                if said:
                    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
