"""Where the fake API server of the tests keeps its objects: in memory, or in a real etcd through its JSON gateway."""


import base64
import http.client
import json
import ssl
import threading


class Memory:
    """Objects by key, with a revision that grows by each write."""

    def __init__(self):
        self._items, self._revision, self._lock = {}, 0, threading.Lock()

    def read(self, prefix):
        """Return key -> (object, revision at which it was written) of all keys that begin so."""
        with self._lock:
            return {key: (json.loads(text), revision) for key, (text, revision) in self._items.items() if key.startswith(prefix)}

    def revision(self):
        return self._revision

    def write(self, key, value):
        with self._lock:
            self._revision += 1
            self._items[key] = (json.dumps(value), self._revision)

    def delete(self, key):
        with self._lock:
            self._revision += 1
            self._items.pop(key, None)


class Etcd:
    """The same in etcd 3.4 or newer. pki: folder with ca.crt, healthcheck-client.crt and .key; empty speaks without TLS."""

    def __init__(self, port=2379, pki="/etc/kubernetes/pki/etcd"):
        self._port, self._context = port, None
        if pki:
            self._context = ssl.create_default_context(cafile=f"{pki}/ca.crt")
            self._context.load_cert_chain(f"{pki}/healthcheck-client.crt", f"{pki}/healthcheck-client.key")

    def _ask(self, path, **words):
        kind = {"context": self._context} if self._context else {}
        connect = http.client.HTTPSConnection if self._context else http.client.HTTPConnection
        connection = connect("127.0.0.1", self._port, timeout=10, **kind)
        try:
            encoded = {name: base64.b64encode(text.encode()).decode() for name, text in words.items()}
            connection.request("POST", path, json.dumps(encoded))
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise OSError(f"etcd: {said}")
        return said

    def read(self, prefix):
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found = self._ask("/v3/kv/range", key=prefix, range_end=end).get("kvs", [])
        decode = base64.b64decode
        return {decode(each["key"]).decode(): (json.loads(decode(each["value"])), int(each["mod_revision"])) for each in found}

    def revision(self):
        return int(self._ask("/v3/kv/range", key="/none")["header"]["revision"])

    def write(self, key, value):
        self._ask("/v3/kv/put", key=key, value=json.dumps(value))

    def delete(self, key):
        self._ask("/v3/kv/deleterange", key=key)
