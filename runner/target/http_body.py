"""The body of a request in the formats of the module `uri`: JSON, form, multipart, as it is."""

import base64
import json
import mimetypes
import os
import uuid
from urllib.parse import urlencode

from runner.target.decision import ModuleFailed

TYPES = {"json": "application/json", "form-urlencoded": "application/x-www-form-urlencoded"}


def encoded(body, form, system):
    """Return (bytes or None, content type or None). form: json, form-urlencoded, form-multipart or raw.

    Raises ModuleFailed for a body that does not suit its format.
    """
    if body is None:
        return None, TYPES.get(form)
    if form == "form-multipart":
        return multipart(body, system)
    if form == "json":
        text = body if isinstance(body, str) else json.dumps(body)
    elif form == "form-urlencoded":
        text = body if isinstance(body, str) else urlencode(pairs(body))
    else:
        text = body if isinstance(body, str) else json.dumps(body) if isinstance(body, (dict, list)) else str(body)
    return text.encode("utf-8", "surrogateescape"), TYPES.get(form)


def pairs(body):
    """Return (name, value) for a form: a mapping whose values may be lists, or a list of pairs."""
    entries = body.items() if isinstance(body, dict) else body
    found = []
    for entry in entries:
        if not isinstance(entry, (list, tuple)) or len(entry) != 2:
            raise ModuleFailed("failed to parse body as form_urlencoded: %r is not a pair of name and value" % (entry,))
        values = entry[1] if isinstance(entry[1], (list, tuple)) else [entry[1]]
        found += [(entry[0], value) for value in values]
    return found


def multipart(body, system):
    """Return the bytes and content type of multipart/form-data (RFC 7578).

    body: name -> text, or {"content", "filename", "mime_type"}; without content the file `filename` of this host is sent.
    """
    if not isinstance(body, dict):
        raise ModuleFailed("failed to parse body as form-multipart: it must be a mapping, not %s" % type(body).__name__)
    boundary = "muster-" + uuid.uuid4().hex
    line = b"--" + boundary.encode()
    pieces = [line + b"\r\n" + part(name, body[name], system) + b"\r\n" for name in sorted(body)]
    return b"".join(pieces) + line + b"--\r\n", "multipart/form-data; boundary=%s" % boundary


def part(name, value, system):
    """Return one part: its headers, an empty line, its content."""
    if isinstance(value, str):
        value = {"content": value}
    elif not isinstance(value, dict):
        raise ModuleFailed("value of %r must be a string or a mapping, not %s" % (name, type(value).__name__))
    filename, content = value.get("filename"), content_of(name, value, system)
    disposition = 'form-data; name="%s"' % escaped(name)
    kind = value.get("mime_type") or "text/plain"
    if filename:
        disposition += '; filename="%s"' % escaped(os.path.basename(filename))
        kind = value.get("mime_type") or mimetypes.guess_type(filename)[0] or "application/octet-stream"
    head = "Content-Disposition: %s\r\nContent-Type: %s\r\n\r\n" % (disposition, kind)
    return head.encode("utf-8") + content


def content_of(name, value, system):
    """Return the bytes of a part."""
    if value.get("content_base64") is not None:
        return base64.b64decode(value["content_base64"])
    if value.get("content") is not None:
        return str(value["content"]).encode("utf-8", "surrogateescape")
    if not value.get("filename"):
        raise ModuleFailed("at least one of filename or content must be provided for %r" % name)
    try:
        return system.read(value["filename"])
    except OSError as error:
        raise ModuleFailed("cannot read the file of %r: %s" % (name, error))


def escaped(text):
    """Return a parameter's value without what would end it."""
    return str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
