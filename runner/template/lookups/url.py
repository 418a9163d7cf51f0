"""The lookup url: what a web address gives."""

import base64
import ssl
import urllib.error
import urllib.request
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed


def run(
    terms: list[Any],
    context: LookupContext,
    validate_certs: bool = True,
    split_lines: bool = True,
    use_proxy: bool = True,
    username: str | None = None,
    password: str | None = None,
    headers: dict[str, str] | None = None,
    force: bool = False,
    timeout: float = 10,
    http_agent: str = "ansible-httpget",
    force_basic_auth: bool = False,
    ca_path: str | None = None,
    **unused: Any,
) -> list[Any]:
    """Return the lines that each address gives, or with split_lines false the whole text."""
    sent = {"User-Agent": http_agent, **(headers or {})}
    if username is not None and force_basic_auth:
        sent["Authorization"] = "Basic " + base64.b64encode(f"{username}:{password or ''}".encode()).decode("ascii")
    if force:
        sent["Cache-Control"] = "no-cache"
    trust = ssl.create_default_context(cafile=ca_path)
    if not validate_certs:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    handlers: list[Any] = [urllib.request.HTTPSHandler(context=trust)]
    if not use_proxy:
        handlers.append(urllib.request.ProxyHandler({}))
    if username is not None and not force_basic_auth:
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        for term in terms:
            known.add_password(None, str(term), username, password or "")
        handlers += [urllib.request.HTTPBasicAuthHandler(known), urllib.request.HTTPDigestAuthHandler(known)]
    opener = urllib.request.build_opener(*handlers)
    result: list[Any] = []
    for term in terms:
        text = fetched(opener, str(term), sent, timeout)
        result += text.splitlines() if split_lines else [text]
    return result


def fetched(opener: urllib.request.OpenerDirector, url: str, headers: dict[str, str], timeout: float) -> str:
    """Return the text at a web address. Raises LookupFailed."""
    if not url.startswith(("http://", "https://", "ftp://", "file://")):
        raise LookupFailed(f"Failed lookup url for {url} : it is no http, https, ftp or file address")
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=timeout) as answer:  # noqa: S310 checked above
            return str(answer.read().decode("utf-8", "surrogateescape"))
    except urllib.error.HTTPError as error:
        error.close()
        raise LookupFailed(f"Received HTTP error for {url} : {error}") from error
    except ssl.SSLError as error:
        raise LookupFailed(f"Error validating the server's certificate for {url}: {error}") from error
    except OSError as error:
        raise LookupFailed(f"Failed lookup url for {url} : {error}") from error
