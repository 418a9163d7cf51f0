"""An opener for HTTP and HTTPS: which redirects are followed, which certificates count, over TCP or a Unix socket."""

import http.client
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Dict

from runner.target.decision import ModuleFailed

SAFE_METHODS = ("GET", "HEAD")
# what must not go to another host because a server says so
PRIVATE_HEADERS = ("authorization", "cookie", "proxy-authorization")


def opener_for(options, url, environ):
    """Return (opener, cookie jar) for `options`, a `HttpOptions`. environ: where proxies are named."""
    jar = CookieJar()
    handlers = [
        urllib.request.HTTPCookieProcessor(jar),
        Redirects(options.follow_redirects, options.unredirected_headers),
        urllib.request.ProxyHandler(proxies(url, environ) if options.use_proxy else {}),
    ]
    if options.unix_socket:
        handlers.append(UnixHTTPHandler(options.unix_socket))
    if url.startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=tls_context(options)))
    if options.username and not options.force_basic_auth:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, url, options.username, options.password or "")
        handlers += [BasicAuth(passwords), DigestAuth(passwords)]
    return urllib.request.build_opener(*handlers), jar


def proxies(url, environ):
    """Return scheme -> proxy from the variables http_proxy ..., nothing for a host named in no_proxy."""
    found: Dict[str, str] = {}
    # lower case wins, as with other programs
    for name in sorted(environ, key=lambda each: each != each.lower()):
        if name.lower().endswith("_proxy") and environ[name]:
            found.setdefault(name.lower()[: -len("_proxy")], environ[name])
    host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
    if urllib.request.proxy_bypass_environment(host, found):  # type: ignore[attr-defined]
        return {}
    found.pop("no", None)
    return found


def tls_context(options):
    """Return the ssl context: verifying unless told otherwise, with the user's CA, certificate and ciphers."""
    try:
        context = ssl.create_default_context(cafile=options.ca_path or None)
        if not options.validate_certs:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if options.client_cert:
            context.load_cert_chain(options.client_cert, options.client_key or None)
        if options.ciphers:
            context.set_ciphers(":".join(options.ciphers))
    except (OSError, ssl.SSLError) as error:
        files = [each for each in (options.ca_path, options.client_cert, options.client_key) if each]
        raise ModuleFailed("cannot use the TLS settings (%s): %s" % (", ".join(files) or "ciphers", error))
    return context


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects by the policy: all, safe (GET and HEAD only), none, urllib2 (as Python does)."""

    def __init__(self, policy, unredirected):
        self.policy = {"yes": "all", "no": "none", True: "all", False: "none"}.get(policy, policy)
        self.unredirected = {name.lower() for name in unredirected}

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        """Return the next request, or None where the policy says to stay."""
        method = req.get_method()
        if self.policy == "none" or (self.policy == "safe" and method not in SAFE_METHODS):
            return None
        if self.policy == "urllib2":
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        # RFC 7231, section 6.4: 303 asks for a GET; for 301 and 302 it is custom; 307 and 308 keep the method and body
        becomes_get = (code in (302, 303) and method != "HEAD") or (code == 301 and method == "POST")
        another_host = urllib.parse.urlsplit(newurl).netloc != urllib.parse.urlsplit(req.full_url).netloc
        left_out = set(self.unredirected) | (set(PRIVATE_HEADERS) if another_host else set())
        if becomes_get:
            left_out |= {"content-length", "content-type", "transfer-encoding"}
        return urllib.request.Request(
            newurl.replace(" ", "%20"),
            data=None if becomes_get else req.data,
            headers={key: value for key, value in req.headers.items() if key.lower() not in left_out},
            origin_req_host=req.origin_req_host,
            unverifiable=True,
            method="GET" if becomes_get else method,
        )

    # Python before 3.11 does not know 308
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


class Answering:
    """Answers a 401 with credentials and closes the refused response, which urllib leaves open."""

    def http_error_401(self, req, fp, code, msg, headers):
        """Return the response to the request made again, or None."""
        try:
            answer = super().http_error_401(req, fp, code, msg, headers)  # type: ignore[misc]
        except Exception:
            fp.close()
            raise
        if answer is not None:
            fp.close()
        return answer


class BasicAuth(Answering, urllib.request.HTTPBasicAuthHandler):
    """Basic authentication (RFC 7617)."""


class DigestAuth(Answering, urllib.request.HTTPDigestAuthHandler):
    """Digest authentication (RFC 7616)."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket; the host of the URL only fills the Host header."""

    def __init__(self, path, host, timeout):
        super().__init__(host, timeout=timeout)
        self.path = path

    def connect(self):
        """Connect to the socket's path."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if isinstance(self.timeout, (int, float)):
            self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class UnixHTTPHandler(urllib.request.HTTPHandler):
    """Opens http: addresses through one Unix socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def http_open(self, req):
        """Open the request."""
        return self.do_open(lambda host, timeout=None, **_: UnixConnection(self.path, host, timeout), req)
