"""Talks to a container engine's HTTP API over its Unix socket or TCP, in a version both sides know. Source: docs.docker.com/engine/api."""

import http.client
import json
import os
import socket
import ssl
import urllib.parse
from typing import Any, Dict, Iterator, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.http_opener import UnixConnection
from runner.target.option import option

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
# The newest version of the API that this code was written for.
NEWEST = (1, 47)
CONNECTION: Dict[str, Dict[str, Any]] = {
    "docker_host": option("str", "Where the engine listens: unix:///path or tcp://host:port. Default: $DOCKER_HOST, else "
                          + DEFAULT_SOCKET + ".", aliases=["docker_url"]),
    "tls_hostname": option("str", "Name that the engine's certificate must have. Default: $DOCKER_TLS_HOSTNAME, else the host's name."),
    "api_version": option("str", "Version of the API; auto (or nothing: $DOCKER_API_VERSION, else auto) asks the engine.",
                          aliases=["docker_api_version"]),
    "timeout": option("int", "Seconds to wait for an answer. Default: $DOCKER_TIMEOUT, else 60."),
    "ca_path": option("path", "CA that the engine's certificate is checked with. Default: ca.pem in $DOCKER_CERT_PATH.",
                      aliases=["ca_cert", "tls_ca_cert", "cacert_path"]),
    "client_cert": option("path", "Our certificate. Default: cert.pem in $DOCKER_CERT_PATH.", aliases=["tls_client_cert", "cert_path"]),
    "client_key": option("path", "The key to it. Default: key.pem in $DOCKER_CERT_PATH.", aliases=["tls_client_key", "key_path"]),
    "tls": option("bool", "Use TLS without checking who answers. Default: $DOCKER_TLS, else false."),
    "validate_certs": option("bool", "Use TLS and check the engine's certificate. Default: $DOCKER_TLS_VERIFY, else false.",
                             aliases=["tls_verify"]),
    "use_ssh_client": option("bool", "Only for ssh:// engines, which are not supported here.", False),
    "debug": option("bool", "More keys in the result.", False),
}  # fmt: skip


class EngineError(ModuleFailed):
    """The engine refused. status: HTTP status."""

    def __init__(self, status: int, said: str, method: str, path: str) -> None:
        super().__init__("%d from the engine for %s %s: %s" % (status, method, path, said))
        self.status = status
        self.said = said


class Engine:
    """One engine. version: (major, minor) of the API in use. server: what /version said."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self._settings = settings(args, system.environ)
        self.version: Tuple[int, ...] = ()
        self.server: Dict[str, Any] = {}
        self._negotiate()

    def _negotiate(self) -> None:
        wanted = self._settings["api_version"]
        self.server = self._json("GET", "/version")
        offered = numbers(self.server.get("ApiVersion", "1.24"))
        self.version = min(offered, NEWEST) if wanted == "auto" else numbers(wanted)
        oldest = numbers(self.server.get("MinAPIVersion") or "1.12")
        if self.version < oldest:
            raise ModuleFailed("the engine speaks API versions from %s on; %s was asked for" % (shown(oldest), shown(self.version)))

    def needs(self, least: Tuple[int, int], what: str) -> None:
        """Raise ModuleFailed when the API in use is older than an option needs."""
        if self.version < least:
            raise ModuleFailed("%s needs API version %s or newer; the engine's is %s" % (what, shown(least), shown(self.version)))

    def connect(self, timeout: Any = "default") -> http.client.HTTPConnection:
        """Return a connection, not yet opened. timeout: seconds, None to wait for ever."""
        wait = self._settings["timeout"] if timeout == "default" else timeout
        kind, place, port, context = (self._settings[key] for key in ("kind", "place", "port", "context"))
        if kind == "unix":
            return UnixConnection(place, "docker", wait)
        if context is None:
            return http.client.HTTPConnection(place, port, timeout=wait)
        return _NamedTls(place, port, timeout=wait, context=context, named=self._settings["tls_hostname"])

    def path(self, path: str, query: Optional[Dict[str, Any]] = None) -> str:
        """Return the path with the version before it and the query behind; None values are left out, others written as the API wants."""
        words = {key: _word(value) for key, value in (query or {}).items() if value is not None}
        text = urllib.parse.urlencode(words)
        return "/v%s%s%s" % (shown(self.version), path, "?" + text if text else "")

    def get(self, path: str, query: Optional[Dict[str, Any]] = None) -> Any:
        """Return what the engine has at a path; None when there is no such thing (404)."""
        try:
            return self._json("GET", self.path(path, query))
        except EngineError as error:
            if error.status == 404:
                return None
            raise

    def call(self, method: str, path: str, query: Any = None, body: Any = None, headers: Any = None, timeout: Any = "default") -> Any:
        """Do something and return the answer (None for an empty one). Raises EngineError."""
        return self._json(method, self.path(path, query), body, headers, timeout)

    def _json(self, method: str, path: str, body: Any = None, headers: Any = None, timeout: Any = "default") -> Any:
        with _Closing(self.connect(timeout)) as connection:
            answer = self._send(connection, method, path, body, headers)
            data = answer.read()
        if not data.strip():
            return None
        if "json" not in (answer.getheader("Content-Type") or "json"):
            return data
        return json.loads(data.decode("utf-8", "replace"))

    def stream(self, method: str, path: str, query: Any = None, body: Any = None, headers: Any = None) -> Iterator[Dict[str, Any]]:
        """Yield the JSON documents of an answer that comes in pieces (pull, push, build, load)."""
        with _Closing(self.connect(None)) as connection:
            answer = self._send(connection, method, self.path(path, query), body, headers)
            for line in answer:
                if line.strip():
                    yield json.loads(line.decode("utf-8", "replace"))

    def raw(self, method: str, path: str, query: Any = None, body: Any = None, headers: Any = None) -> bytes:
        """Return the bytes of an answer."""
        with _Closing(self.connect(None)) as connection:
            return bytes(self._send(connection, method, self.path(path, query), body, headers).read())

    def _send(self, connection: Any, method: str, path: str, body: Any, headers: Any) -> Any:
        sent = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode("utf-8")
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise ModuleFailed(self._unreachable(error))
        if answer.status >= 400:
            raise EngineError(answer.status, _reason(answer.read()), method, path.split("?")[0])
        return answer

    def _unreachable(self, error: Exception) -> str:
        where = self._settings["docker_host"]
        if isinstance(error, socket.timeout):
            return "the engine at %s did not answer within %s seconds (timeout)" % (where, self._settings["timeout"])
        text = "Error connecting: Error while fetching server API version: cannot talk to the engine at %s: %s" % (where, error)
        if isinstance(error, (FileNotFoundError, ConnectionRefusedError)):
            return text + ". Is it installed and running (systemctl status docker)?"
        if isinstance(error, PermissionError):
            return text + ". Use become, or a user of the group docker."
        return text


class _NamedTls(http.client.HTTPSConnection):
    """HTTPS that checks the certificate for another name than the one connected to (`named`, None for the same)."""

    def __init__(self, host: str, port: int, **options: Any) -> None:
        self.named = options.pop("named") or host
        super().__init__(host, port, **options)

    def connect(self) -> None:
        """Connect and shake hands."""
        http.client.HTTPConnection.connect(self)
        context: Any = self._context  # type: ignore[attr-defined]
        self.sock = context.wrap_socket(self.sock, server_hostname=self.named)


class _Closing:
    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.connection = connection

    def __enter__(self) -> http.client.HTTPConnection:
        return self.connection

    def __exit__(self, *_: Any) -> None:
        self.connection.close()


def settings(args: Dict[str, Any], environ: Any) -> Dict[str, Any]:
    """Return how to connect, from the arguments and the environment. Raises ModuleFailed for what cannot be."""
    folder = environ.get("DOCKER_CERT_PATH")
    found = {key: args.get(key) for key in CONNECTION}
    for key, name, file in (("ca_path", "ca.pem", folder), ("client_cert", "cert.pem", folder), ("client_key", "key.pem", folder)):
        if not found[key] and file:
            found[key] = os.path.join(file, name)
    for key, name in (("tls", "DOCKER_TLS"), ("validate_certs", "DOCKER_TLS_VERIFY")):
        if found[key] is None:
            found[key] = environ.get(name, "").lower() in ("1", "yes", "true", "on", "y", "t")
    found["docker_host"] = found["docker_host"] or environ.get("DOCKER_HOST") or DEFAULT_SOCKET
    found["tls_hostname"] = found["tls_hostname"] or environ.get("DOCKER_TLS_HOSTNAME")
    found["api_version"] = found["api_version"] or environ.get("DOCKER_API_VERSION") or "auto"
    found["timeout"] = int(found["timeout"] or environ.get("DOCKER_TIMEOUT") or 60)
    _place(found)
    return found


def _place(found: Dict[str, Any]) -> None:
    parts = urllib.parse.urlsplit(found["docker_host"])
    found.update(kind="tcp", place=parts.hostname, port=parts.port, context=None)
    if parts.scheme in ("unix", "http+unix"):
        found.update(kind="unix", place=(parts.netloc + parts.path) or "/var/run/docker.sock")
    elif parts.scheme in ("tcp", "http", "https"):
        if parts.scheme == "https" or found["tls"] or found["validate_certs"]:
            found["context"] = _context(found)
        found["port"] = parts.port or (2376 if found["context"] else 2375)
    else:
        raise ModuleFailed("docker_host is unix:///path or tcp://host:port here, not %s" % found["docker_host"])


def _context(found: Dict[str, Any]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=found["ca_path"] or None)
        if not found["validate_certs"]:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if found["client_cert"]:
            context.load_cert_chain(found["client_cert"], found["client_key"] or None)
    except (OSError, ssl.SSLError) as error:
        raise ModuleFailed("cannot use the TLS files of the engine's connection: %s" % error)
    return context


def numbers(version: str) -> Tuple[int, ...]:
    """Return "1.41" as (1, 41)."""
    try:
        return tuple(int(part) for part in str(version).split("."))
    except ValueError:
        raise ModuleFailed("api_version is auto or a version such as 1.41, not %s" % version)


def shown(version: Tuple[int, ...]) -> str:
    """Return (1, 41) as "1.41"."""
    return ".".join(str(part) for part in version)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _reason(data: bytes) -> str:
    text = data.decode("utf-8", "replace").strip()
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text


def filters(given: Optional[Dict[str, Any]]) -> Optional[str]:
    """Return a user's filters as the API wants them: each a list of text. None for none."""
    if not given:
        return None
    lists = {key: value if isinstance(value, list) else [value] for key, value in given.items()}
    return json.dumps({key: [_word(each) for each in value] for key, value in lists.items()})
