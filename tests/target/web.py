"""A small web server on the loopback for the tests of `uri`, `get_url` and `wait_for`."""

import base64
import contextlib
import gzip
import hashlib
import http.server
import json
import socketserver
import threading
from collections.abc import Iterator

CONTENT = b"content of file\n"
MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"
SUMS = hashlib.sha256(CONTENT).hexdigest() + "  ./file.txt\n" + "0" * 64 + " *other\n"
FIXED = {
    "/json": (200, b'{"a": [1, 2]}', {"Content-Type": "application/json"}),
    "/badjson": (200, b'{"a": ', {"Content-Type": "application/json"}),
    "/500": (500, b"broken", {"X-Foo": "bar"}),
    "/204": (204, b"", {}),
    "/gz": (200, gzip.compress(b"hello gz"), {"Content-Encoding": "gzip"}),
    "/cookie": (200, b"x", {"Set-Cookie": "a=1; Path=/"}),
    "/redir": (302, b"", {"Location": "/file.txt"}),
    "/see": (303, b"", {"Location": "/echo"}),
    "/again": (307, b"", {"Location": "/echo"}),
    "/moved": (308, b"", {"Location": "/echo"}),
    "/loop": (302, b"", {"Location": "/loop"}),
    "/named": (200, b"named", {"Content-Disposition": 'attachment; filename="../../named.bin"'}),
    "/sums": (200, SUMS.encode(), {}),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the path that is asked for."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return "test"

    def say(self, code: int, body: bytes = b"", headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def answer(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path in FIXED:
            self.say(*FIXED[self.path])
        elif self.path == "/file.txt":
            fresh = self.headers.get("If-Modified-Since") is not None
            self.say(304) if fresh else self.say(200, CONTENT, {"Last-Modified": MODIFIED})
        elif self.path == "/short":
            self.say(200, b"half", length=8)
        elif self.path == "/away":
            self.say(302, b"", {"Location": f"http://localhost:{self.server.server_address[1]}/echo"})
        elif self.path == "/auth":
            wanted = "Basic " + base64.b64encode(b"u:p").decode()
            good = self.headers.get("Authorization") == wanted
            self.say(200, b"in") if good else self.say(401, b"no", {"WWW-Authenticate": 'Basic realm="x"'})
        elif self.path == "/echo":
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = {"method": self.command, "headers": headers, "body": data.decode("latin-1")}
            self.say(200, json.dumps(told).encode(), {"Content-Type": "application/json; charset=utf-8"})
        else:
            self.say(404, b"nope")

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    server_address: tuple[str, int]


@contextlib.contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[socketserver.BaseServer]:
    """Run a server while the block lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def website() -> Iterator[str]:
    """Yield the address of a server on a free port of the loopback."""
    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"
