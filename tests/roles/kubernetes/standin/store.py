"""Where the fake API server of the tests keeps its objects: in memory, or in a real etcd through its JSON gateway."""
# ruff: noqa: E501 (messages and descriptions in one line)


import base64
import http.client
import json
import ssl
import threading

STACKED = {"endpoints": ["https://127.0.0.1:2379"], "caFile": "/etc/kubernetes/pki/etcd/ca.crt"}
STACKED.update({f"{word}File": f"/etc/kubernetes/pki/etcd/healthcheck-client.{end}" for word, end in (("cert", "crt"), ("key", "key"))})


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
    """The same in etcd 3.4 or newer. place: its endpoints (URLs), and the files of the authority, a certificate and its key, as ClusterConfiguration names them."""

    def __init__(self, place):
        self._hosts = [url.removeprefix("https://") for url in place["endpoints"]]
        self._context = ssl.create_default_context(cafile=place["caFile"])
        self._context.load_cert_chain(place["certFile"], place["keyFile"])
        self._mine = threading.local()

    def _ask(self, path, **words):
        """Ask over the thread's own connection; where that ended, over a new one to the first endpoint that takes it."""
        body = json.dumps({name: base64.b64encode(text.encode()).decode() for name, text in words.items()})
        connection = getattr(self._mine, "connection", None)
        for host in [None, *self._hosts]:
            if host:
                connection = self._mine.connection = http.client.HTTPSConnection(host, timeout=5, context=self._context)
            elif connection is None:
                continue
            try:
                connection.request("POST", path, body)
                answer = connection.getresponse()
                said = json.loads(answer.read())
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                refused = error
                continue
            if answer.status != 200:
                raise OSError(f"etcd: {said}")
            return said
        raise OSError(f"etcd: {refused}")

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
