"""Requests of the stand-ins to the (fake) API server, by a kubeconfig, by a token, or as nobody."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)


import base64
import http.client
import json
import ssl
import tempfile
from pathlib import Path


class Refused(Exception):
    """The API server said no. code: its status."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Client:
    """endpoint: host:port. authority: PEM text, or None to take any. pair: certificate and key as PEM texts."""

    def __init__(self, endpoint, authority=None, token="", pair=None):
        self.endpoint, self.token = endpoint, token
        self.context = ssl.create_default_context(cadata=authority) if authority else ssl._create_unverified_context()
        if pair:
            with tempfile.NamedTemporaryFile("w") as file:
                file.write("\n".join(pair))
                file.flush()
                self.context.load_cert_chain(file.name)

    def ask(self, verb, path, body=None, kind="application/json"):
        """Return what the server answers; 4xx and 5xx raise Refused, no server OSError."""
        host, _colon, port = self.endpoint.rpartition(":")
        connection = http.client.HTTPSConnection(host, int(port), timeout=10, context=self.context)
        try:
            headers = {"Content-Type": kind, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
            connection.request(verb, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        said = json.loads(text) if text.startswith("{") else {"message": text}
        if answer.status >= 400:
            raise Refused(answer.status, said.get("message", text))
        return said

    def put(self, path, name, item):
        """Make an object, or replace the one that there is."""
        item["metadata"] = {"name": name, **item.get("metadata", {})}
        try:
            return self.ask("POST", path, item)
        except Refused as refused:
            if refused.code != 409:
                raise
        return self.ask("PUT", f"{path}/{name}", item)


def by_kubeconfig(path, endpoint=None):
    """Return the client that a kubeconfig (as JSON, which is YAML) describes."""
    words = json.loads(Path(path).read_text())
    cluster, user = words["clusters"][0]["cluster"], words["users"][0]["user"]
    plain = {name.removesuffix("-data"): base64.b64decode(text).decode() for name, text in {**cluster, **user}.items() if name.endswith("-data")}
    pair = (plain["client-certificate"], plain["client-key"]) if "client-certificate" in plain else None
    return Client(endpoint or cluster["server"].removeprefix("https://"), plain["certificate-authority"], user.get("token", ""), pair)
