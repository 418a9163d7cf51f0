"""Talk to a web service: make a request and return its status, headers and content."""

import json
import os
from urllib.parse import urljoin

from runner.target.attributes import FILE_ARGUMENTS, ensure_attributes, path_info
from runner.target.decision import ModuleFailed
from runner.target.http import AUTH_ARGUMENTS, TRANSFER_ARGUMENTS, HttpOptions, fetch, file_name, header_facts
from runner.target.http_body import encoded

ARGUMENTS = {
    "type": "object",
    "properties": dict(
        FILE_ARGUMENTS,
        **AUTH_ARGUMENTS,
        **TRANSFER_ARGUMENTS,
        url={"type": "string", "description": "The address: http(s)://host[:port]/path."},
        method={"type": "string", "default": "GET", "description": "GET, POST, PUT, PATCH, DELETE, HEAD or another."},
        body={"format": "raw", "description": "What is sent: a text, or a value written as body_format says."},
        body_format={
            "type": "string",
            "enum": ["form-urlencoded", "json", "raw", "form-multipart"],
            "default": "raw",
            "description": "How body is written; sets the Content-Type header.",
        },
        src={"type": "string", "format": "path", "description": "File that is sent as the body."},
        remote_src={"type": "boolean", "default": False, "description": "Whether src is on the managed host."},
        dest={"type": "string", "format": "path", "description": "File, or directory, to write the content to."},
        return_content={"type": "boolean", "default": False, "description": "Return the content as `content`."},
        status_code={"type": "array", "items": {"type": "integer"}, "default": [200], "description": "Statuses that are fine."},
        follow_redirects={
            "type": "string",
            "enum": ["all", "no", "none", "safe", "urllib2", "yes"],
            "default": "safe",
            "description": "all, none, or safe: for GET and HEAD only.",
        },
        creates={"type": "string", "format": "path", "description": "Do nothing when this file exists."},
        removes={"type": "string", "format": "path", "description": "Do nothing unless this file exists."},
        force={"type": "boolean", "default": False, "description": "Do not accept a cached copy."},
        timeout={"type": "integer", "default": 30, "description": "Seconds without an answer after which to give up."},
        ca_path={"type": "string", "format": "path", "description": "PEM file of the CA of the server's certificate."},
        unix_socket={"type": "string", "format": "path", "description": "Unix socket to connect to."},
    ),
    "required": ["url"],
    "mutually_exclusive": [["body", "src"]],
}
ARGUMENTS["properties"]["url_username"] = dict(AUTH_ARGUMENTS["url_username"], aliases=["user"])  # type: ignore[index]
RETURNS = {
    "status": "HTTP status, -1 when no answer came",
    "url": "address of the answer",
    "redirected": "whether that is another one than was asked",
    "content": "body, with return_content",
    "json": "body as a value, when it is JSON",
    "msg": "how it went",
    "elapsed": "seconds it took",
    "cookies": "name -> value",
    "cookies_string": "cookies as a header",
    "path": "file written, with dest",
}
EXAMPLES = """
- name: The balancer answers
  uri: {url: "http://192.0.2.10/health", return_content: true}
  register: health

- name: Make a token
  uri:
    url: https://api.example/tokens
    method: POST
    body: {name: ci}
    body_format: json
    status_code: [201]
"""
JSON_TYPES = ("application/json", "text/json")


def run(args, system):
    """Make the request."""
    if system.check:
        return {"skipped": True, "msg": "remote module (uri) does not support check mode"}
    for name, unwanted in (("creates", True), ("removes", False)):
        if args[name] and system.exists(args[name]) == unwanted:
            reason = "exists" if unwanted else "does not exist"
            return {"stdout": "skipped, since '%s' %s" % (args[name], reason), "changed": False}
    start = system.monotonic()
    response = asked(args, system)
    try:
        return answered(args, response, system, start)
    finally:
        response.close()


def asked(args, system):
    """Return the response."""
    data, kind = encoded(args["body"], args["body_format"], system)
    headers = dict(args["headers"] or {})
    if kind and "content-type" not in {key.lower() for key in headers}:
        headers["Content-Type"] = kind
    if system.blob is not None or args["src"]:
        data = system.blob.read() if system.blob is not None else file_bytes(args["src"], system)
    options = HttpOptions(args, headers=headers)
    if args["dest"] and system.is_file(args["dest"]):
        options.not_before = system.stat(args["dest"]).st_mtime
    return fetch(args["url"], options, system, args["method"], data)


def file_bytes(path, system):
    """Return the content of the file that is sent."""
    try:
        return system.read(path)
    except OSError as error:
        raise ModuleFailed("Unable to open source file %s: %s" % (path, error), elapsed=0)


def answered(args, response, system, start):
    """Return the result. Raises ModuleFailed when the status is none of those that are fine."""
    body = response.read() if response.status != -1 else b""
    text = body.decode(response.headers.get_content_charset() or "utf-8", "surrogateescape")
    result = header_facts(response.headers)
    result.update(
        redirected=response.url != args["url"],
        url=response.url,
        status=response.status,
        elapsed=int(system.monotonic() - start),
        changed=False,
    )
    if "location" in result:
        result["location"] = urljoin(response.url, result["location"])
    if 200 <= response.status < 300:
        result["cookies"] = {each.name: each.value for each in response.cookies}
        result["cookies_string"] = "; ".join("%s=%s" % (each.name, each.value) for each in response.cookies)
    elif response.status != -1:
        result["body"] = text
    value = as_json(response, text)
    if value is not None:
        result["json"] = value
    if args["return_content"]:
        result["content"] = text
    unchanged = response.status == 304 and args["dest"]
    if response.status not in args["status_code"] and not unchanged:
        result.pop("body", None)
        raise ModuleFailed(
            "Status code was %s and not %s: %s" % (response.status, args["status_code"], response.message), **result
        )
    result["msg"] = response.message
    if args["dest"]:
        result.update(kept(args, response, body, system, bool(unchanged)))
    return result


def as_json(response, text):
    """Return the value of a JSON body; None when it is none."""
    kind = response.headers.get_content_type()
    if "content-type" not in response.headers or not (kind in JSON_TYPES or kind.endswith("+json")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def kept(args, response, body, system, unchanged):
    """Write the content to its file and return what that changed."""
    path = args["dest"]
    if system.is_dir(path):
        path = os.path.join(path, file_name(response))
    differs = not unchanged and (not system.is_file(path) or system.read(path) != body)
    if differs:
        system.write_atomic(system.realpath(path), body, unsafe=args["unsafe_writes"])
    changes = ensure_attributes(path, args, system)
    return dict(path_info(path, system), path=path, changed=differs or bool(changes))
