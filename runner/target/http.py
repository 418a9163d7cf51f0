"""Requests over HTTP and HTTPS with the standard library, as the modules `uri` and `get_url` make them."""

import base64
import email.message
import email.utils
import gzip
import http.client
import netrc
import os
import re
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict

from runner.target.decision import ModuleFailed
from runner.target.http_opener import opener_for

AUTH_ARGUMENTS = {
    "url_username": {"type": "string", "description": "User for Basic or Digest authentication."},
    "url_password": {"type": "string", "secret": True, "aliases": ["password"], "description": "Their password."},
    "force_basic_auth": {
        "type": "boolean",
        "default": False,
        "description": "Send Basic credentials with the first request, without waiting for a 401.",
    },
    "client_cert": {"type": "string", "format": "path", "description": "PEM file with our certificate (and its key)."},
    "client_key": {"type": "string", "format": "path", "description": "PEM file with our certificate's key."},
    "use_gssapi": {"type": "boolean", "default": False, "description": "Kerberos; not available, setting it fails."},
    "use_netrc": {"type": "boolean", "default": True, "description": "Look for credentials in ~/.netrc."},
}  # type: Dict[str, Dict[str, Any]]
TRANSFER_ARGUMENTS = {
    "headers": {"type": "object", "description": "Headers to send."},
    "http_agent": {"type": "string", "default": "ansible-httpget", "description": "Value of the User-Agent header."},
    "use_proxy": {"type": "boolean", "default": True, "description": "Use the proxy that http_proxy and the like name."},
    "validate_certs": {"type": "boolean", "default": True, "description": "Check the server's certificate."},
    "ciphers": {"type": "array", "items": {"type": "string"}, "description": "OpenSSL cipher list."},
    "decompress": {"type": "boolean", "default": True, "description": "Unpack a body that comes gzip-compressed."},
    "unredirected_headers": {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "description": "Headers that are not sent on after a redirect. Credentials never go on to another host.",
    },
}  # type: Dict[str, Dict[str, Any]]
CHUNK = 1 << 16


class HttpOptions:
    """How requests are made; the fields are the arguments of the modules."""

    def __init__(self, args, **changes):
        self.username = args.get("url_username")
        self.password = args.get("url_password")
        self.headers = dict(args.get("headers") or {})
        for name in ("ca_path", "client_cert", "client_key", "unix_socket", "ciphers", "http_agent", "force_basic_auth"):
            setattr(self, name, args.get(name))
        self.follow_redirects = args.get("follow_redirects") or "urllib2"
        self.unredirected_headers = args.get("unredirected_headers") or []
        self.timeout = args.get("timeout") or 30
        self.decompress = args.get("decompress", True)
        self.use_proxy = args.get("use_proxy", True)
        self.use_netrc = args.get("use_netrc", True)
        self.validate_certs = args.get("validate_certs", True)
        self.force = bool(args.get("force"))
        self.not_before = None
        self.__dict__.update(changes)
        if args.get("use_gssapi"):
            raise ModuleFailed("use_gssapi is not supported: give url_username and url_password, or a client certificate")


class Response:
    """What came back. status: -1 when nothing did. message: `OK (12 bytes)`, `HTTP Error 404: Not Found` or why it failed.

    headers: an email.message.Message, or None. stream: the body, to be read once; closed with `close`.
    """

    def __init__(self, status, url, message, headers=None, stream=None, cookies=(), connection=None):
        self.status = status
        self.url = url
        self.message = message
        self.headers = headers if headers is not None else email.message.Message()
        self.stream = stream
        self.cookies = list(cookies)
        self.connection = connection if connection is not None else stream

    def read(self, size=-1):
        """Return a piece of the body. Raises ModuleFailed when the connection breaks before its end."""
        if self.stream is None:
            return b""
        try:
            return self.stream.read(size) if size >= 0 else self.stream.read()
        except (OSError, EOFError, http.client.HTTPException) as error:
            raise ModuleFailed("the connection broke while reading %s: %s" % (self.url, error or type(error).__name__))

    def close(self):
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()


class Counted:
    """A body that says so when it ends before the length its server announced."""

    def __init__(self, stream, expected):
        self.stream = stream
        self.expected = expected
        self.count = 0

    def read(self, size=-1):
        """Return a piece."""
        piece = self.stream.read(size) if size is not None and size >= 0 else self.stream.read()
        self.count += len(piece)
        if self.expected is not None and (not piece or size is None or size < 0) and self.count < self.expected and size != 0:
            raise EOFError("it ended after %d of %d bytes" % (self.count, self.expected))
        return piece


def fetch(url, options, system, method="GET", data=None):
    """Make a request and return its `Response`, whatever its status.

    data: bytes, or an open file with a Content-Length header among the options. Raises ModuleFailed for what is no URL.
    """
    url, options = with_credentials(url, options, system)
    request = built(url, options, method, data)
    opener, jar = opener_for(options, url, system.environ)
    try:
        answer = opener.open(request, timeout=options.timeout)
    except urllib.error.HTTPError as error:
        message = "HTTP Error %d: %s" % (error.code, error.msg)
        return Response(error.code, error.geturl() or url, message, error.headers, error, jar)
    except (urllib.error.URLError, ssl.SSLError, ssl.CertificateError) as error:
        return Response(-1, url, why(error, url))
    except (socket.timeout, OSError) as error:
        return Response(-1, url, "Connection failure: %s" % error)
    except (http.client.HTTPException, ValueError) as error:
        return Response(-1, url, "Request failed: %s: %s" % (type(error).__name__, error))
    message = "OK (%s bytes)" % answer.headers.get("Content-Length", "unknown")
    return Response(answer.getcode(), answer.geturl(), message, answer.headers, body_of(answer, options, method), jar, answer)


def built(url, options, method, data):
    """Return the urllib request. Raises ModuleFailed for what is no URL."""
    headers = {str(key): str(value) for key, value in options.headers.items() if value is not None}
    known = {key.lower() for key in headers}
    if options.http_agent and "user-agent" not in known:
        headers["User-Agent"] = options.http_agent
    if options.force_basic_auth and options.username is not None and "authorization" not in known:
        headers["Authorization"] = basic(options.username, options.password)
    if options.force:
        headers["Cache-Control"] = "no-cache"
    elif options.not_before is not None:
        headers["If-Modified-Since"] = email.utils.formatdate(options.not_before, usegmt=True)
    try:
        return urllib.request.Request(quoted(url), data=data, headers=headers, method=method.upper())
    except ValueError as error:
        raise ModuleFailed(str(error), url=url, status=-1)


def quoted(url):
    """Return the URL with characters that may not stand in one (spaces, letters beyond ASCII) escaped."""
    return urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")


def with_credentials(url, options, system):
    """Return the URL without its user:password@, and options that hold them; else those of ~/.netrc."""
    parts = urllib.parse.urlsplit(url)
    changes: Dict[str, Any] = {}
    if parts.scheme in ("http", "https", "ftp") and "@" in parts.netloc and parts.scheme != "ftp":
        login, _, place = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        url = urllib.parse.urlunsplit(parts._replace(netloc=place))
        if not options.username:
            changes = {"username": urllib.parse.unquote(user), "password": urllib.parse.unquote(password)}
    elif not options.username and options.use_netrc:
        found = from_netrc(parts.hostname, system)
        if found:
            changes = {"username": found[0], "password": found[2], "force_basic_auth": True}
    if not changes:
        return url, options
    copy = HttpOptions({})
    copy.__dict__.update(options.__dict__, **changes)
    return url, copy


def from_netrc(host, system):
    """Return (user, account, password) that ~/.netrc, or the file in $NETRC, holds for a host; None when there is none."""
    path = system.environ.get("NETRC") or system.expand("~/.netrc")
    if not host or not os.path.isfile(path):
        return None
    try:
        return netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError) as error:
        system.warn("cannot use %s: %s" % (path, error))
        return None


def basic(user, password):
    """Return the value of the Authorization header (RFC 7617)."""
    pair = "%s:%s" % (user, password or "")
    return "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")


def why(error, url):
    """Return why no answer came."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, (ssl.SSLError, ssl.CertificateError)):
        parts = urllib.parse.urlsplit(url)
        return (
            "Failed to validate the SSL certificate for %s:%s: %s. Install the server's CA on this host or name it in ca_path; "
            "validate_certs: false trusts whoever answers." % (parts.hostname, parts.port or 443, reason)
        )
    if isinstance(reason, socket.timeout):
        return "Connection failure: timed out"
    return "Request failed: %s" % (error,)


def body_of(answer, options, method):
    """Return the body as a stream: complete or an error, unpacked when it came compressed and that is wanted."""
    length = answer.headers.get("Content-Length", "")
    expected = int(length) if length.isdigit() and method.upper() != "HEAD" and answer.getcode() not in (204, 304) else None
    counted = Counted(answer, expected)
    if options.decompress and answer.headers.get("Content-Encoding", "").lower() == "gzip" and expected != 0:
        return gzip.GzipFile(mode="rb", fileobj=counted)  # type: ignore[call-overload]
    return counted


def header_facts(headers):
    """Return the headers for a result: names in lower case with _ for -, values of the same name joined by commas."""
    facts: Dict[str, str] = {}
    for key, value in headers.items():
        name = key.lower().replace("-", "_")
        facts[name] = "%s, %s" % (facts[name], value) if name in facts else value
    return facts


def file_name(response):
    """Return the name a download is given in a directory: the server's own, else the end of the address, else index.html."""
    offered = response.headers.get_filename()
    if offered:
        # only its last part: a server must not choose the directory
        offered = os.path.basename(offered.replace("\\", "/"))
    path = urllib.parse.unquote(urllib.parse.urlsplit(response.url).path)
    name = offered or os.path.basename(path)
    return name if name and not re.match(r"^\.+$", name) else "index.html"
