"""Ensure that a file holds what an address offers; checked against a checksum before it is put in place."""

import os
import re
from urllib.parse import unquote, urlsplit

from runner.target.attributes import FILE_ARGUMENTS, ensure_attributes, path_info
from runner.target.decision import ModuleFailed
from runner.target.http import AUTH_ARGUMENTS, TRANSFER_ARGUMENTS, HttpOptions, fetch, file_name

ARGUMENTS = {
    "type": "object",
    "properties": dict(
        FILE_ARGUMENTS,
        **AUTH_ARGUMENTS,
        **TRANSFER_ARGUMENTS,
        url={"type": "string", "description": "Where to get it: http, https or ftp."},
        dest={"type": "string", "format": "path", "description": "File to write; in a directory the name is the server's."},
        checksum={
            "type": "string",
            "default": "",
            "description": "`sha256:HEX`, or `sha256:URL` of a file of checksums. A file that has it is not fetched again.",
        },
        force={"type": "boolean", "default": False, "description": "Fetch it even if it is not newer than the file there."},
        backup={"type": "boolean", "default": False, "description": "Keep the old file beside it."},
        timeout={"type": "integer", "default": 10, "description": "Seconds without an answer after which to give up."},
        tmp_dest={"type": "string", "format": "path", "description": "Not needed: the new file grows beside its place."},
    ),
    "required": ["url", "dest"],
}
ARGUMENTS["properties"]["url_username"] = dict(AUTH_ARGUMENTS["url_username"], aliases=["username"])  # type: ignore[index]
RETURNS = {
    "dest": "the file",
    "url": "the address",
    "status_code": "HTTP status",
    "checksum_src": "SHA-1 of what was offered",
    "checksum_dest": "SHA-1 of what was there",
    "backup_file": "copy of the old file",
    "msg": "how it went",
    "elapsed": "seconds it took",
}
EXAMPLES = """
- name: A release, checked
  get_url:
    url: https://files.example/app-1.2.tar.gz
    dest: /opt/app-1.2.tar.gz
    checksum: sha256:https://files.example/SHA256SUMS
    mode: '0644'
"""
HASH_LINE = re.compile(r"^(?P<hash>[0-9a-fA-F]{32,128})(?:\s+[ *]?(?P<name>\S.*?))?\s*$")
BSD_LINE = re.compile(r"^[\w-]+ \((?P<name>.+)\) = (?P<hash>[0-9a-fA-F]{32,128})\s*$")


def run(args, system):
    """Look whether the file is right already; else fetch, check and place it."""
    start = system.monotonic()
    result = {"url": args["url"], "dest": args["dest"], "changed": False}
    options = HttpOptions(args)
    checksum = wanted_checksum(args, options, system)
    present = system.is_file(args["dest"])
    if present and checksum and not args["force"] and matches(args["dest"], checksum, system):
        result.update(msg="file already exists", checksum_src=None, checksum_dest=None)
        return finished(args, result, args["dest"], system, start)
    # with a checksum the file that is there is known to be wrong, however new it is
    if present and not args["force"] and not checksum:
        options.not_before = system.stat(args["dest"]).st_mtime
    options.force = options.force or bool(checksum)
    response = fetch(args["url"], options, system, "HEAD" if system.check else "GET")
    try:
        return received(args, response, checksum, result, system, start)
    finally:
        response.close()


def received(args, response, checksum, result, system, start):
    """Return the result for a response."""
    if response.status == 304:
        result.update(msg=response.message, status_code=304)
        return finished(args, result, args["dest"], system, start)
    if response.status != 200 and not (response.status is None and args["url"].startswith(("ftp:", "file:"))):
        result["elapsed"] = int(system.monotonic() - start)
        if response.status == -1:
            raise ModuleFailed(response.message, **result)
        raise ModuleFailed("Request failed", status_code=response.status, response=response.message, **result)
    path = place(args, response, system)
    result.update(dest=path, msg=response.message, status_code=response.status)
    if system.check:
        result["changed"] = True
        return finished(args, result, path, system, start)
    result.update(put(path, response, checksum, args, system))
    return finished(args, result, path, system, start)


def place(args, response, system):
    """Return the path of the file. Raises ModuleFailed when it cannot be there."""
    path = args["dest"]
    if system.is_dir(path):
        path = os.path.join(path, file_name(response))
    folder = os.path.dirname(path) or "."
    if not system.exists(folder):
        raise ModuleFailed("Destination %s does not exist" % folder, dest=path, url=args["url"])
    if not system.may(folder, "w") and not (system.exists(path) and system.may(path, "w")):
        raise ModuleFailed("Destination %s is not writable" % folder, dest=path, url=args["url"])
    return system.realpath(path) if system.exists(path) else path


def put(path, response, checksum, args, system):
    """Receive the file beside its place, check it, and move it there when it differs from what is there."""
    staged = system.stage(path, response, unsafe=bool(args["unsafe_writes"]))
    if checksum and not matches(staged, checksum, system):
        found = system.digest(staged, checksum[0])
        raise ModuleFailed(
            "The checksum for %s did not match %s; it was %s." % (args["url"], checksum[1], found), dest=path, url=args["url"]
        )
    before = system.digest(path) if system.is_file(path) else None
    after = system.digest(staged)
    result = {"src": staged, "checksum_src": after, "checksum_dest": before, "changed": before != after}
    if before != after:
        if args["backup"] and before is not None:
            result["backup_file"] = system.backup(path)
        system.commit(staged, path, unsafe=args["unsafe_writes"])
    try:
        result["md5sum"] = system.digest(path, "md5")
    except ValueError:
        # hosts in FIPS mode have no MD5
        result["md5sum"] = None
    return result


def finished(args, result, path, system, start):
    """Give the file its owner and mode and return the whole result."""
    if system.exists(path):
        changes = ensure_attributes(path, args, system)
        result["changed"] = result["changed"] or bool(changes)
        result = dict(path_info(path, system), **result)
    result["elapsed"] = int(system.monotonic() - start)
    return result


def matches(path, checksum, system):
    """Tell whether a file has a checksum: (algorithm, hexadecimal)."""
    return system.digest(path, checksum[0]) == checksum[1]


def wanted_checksum(args, options, system):
    """Return (algorithm, hexadecimal digits in lower case), or None when none was given."""
    if not args["checksum"]:
        return None
    algorithm, colon, value = args["checksum"].partition(":")
    algorithm, value = algorithm.strip().lower(), value.strip()
    given = {"url": args["url"], "dest": args["dest"]}
    if not colon or not value:
        raise ModuleFailed("The checksum parameter has to be in format <algorithm>:<checksum>", **given)
    if re.match(r"^(https?|ftp|file)://", value):
        value = listed_checksum(value, args["url"], options, system)
    value = re.sub(r"\W+", "", value).lower()
    try:
        int(value, 16)
    except ValueError:
        raise ModuleFailed("The checksum format is invalid", **given)
    try:
        system.digest(os.devnull, algorithm)
    except (ValueError, OSError, TypeError):
        raise ModuleFailed("this host's Python has no checksum algorithm named '%s'" % algorithm, **given)
    return algorithm, value


def listed_checksum(where, url, options, system):
    """Return the checksum that a file of checksums holds for the file at `url`. Raises ModuleFailed when there is none."""
    response = fetch(where, options, system)
    try:
        if response.status not in (200, None):
            raise ModuleFailed("cannot get the checksums from '%s': %s" % (where, response.message))
        text = response.read().decode("utf-8", "replace")
    finally:
        response.close()
    name = os.path.basename(unquote(urlsplit(url).path))
    found = in_list(text, name)
    if found is None:
        raise ModuleFailed("Unable to find a checksum for file '%s' in '%s'" % (name, where))
    return found


def in_list(text, name):
    """Return the checksum of a name in the text that sha256sum(1) writes (either of its forms), or the only one there is."""
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        match = BSD_LINE.match(line) or HASH_LINE.match(line)
        if match and match.group("name") and os.path.basename(match.group("name").lstrip("./")) == name:
            return match.group("hash")
    only = HASH_LINE.match(lines[0]) if len(lines) == 1 else None
    return only.group("hash") if only and not only.group("name") else None
