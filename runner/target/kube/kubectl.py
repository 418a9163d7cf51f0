"""Runs kubectl against one cluster; tokens, passwords and objects go to it in private files and standard input, never as its words."""

import json
import re
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.option import option, record
from runner.target.programs import program

CLUSTER: Dict[str, Dict[str, Any]] = {
    "kubeconfig": option("raw", "Configuration on the host: a path (several with :), or its content as a mapping. "
                                "Default: $K8S_AUTH_KUBECONFIG, $KUBECONFIG, ~/.kube/config."),
    "context": option("str", "Context of it. Default: $K8S_AUTH_CONTEXT, else its current one."),
    "host": option("str", "Address of the API server, instead of a configuration. Default: $K8S_AUTH_HOST."),
    "api_key": option("str", "Token. Default: $K8S_AUTH_API_KEY.", secret=True),
    "username": option("str", "Account. Default: $K8S_AUTH_USERNAME."),
    "password": option("str", "Its password. Default: $K8S_AUTH_PASSWORD.", secret=True),
    "client_cert": option("path", "Our certificate. Default: $K8S_AUTH_CERT_FILE.", aliases=["cert_file"]),
    "client_key": option("path", "The key to it. Default: $K8S_AUTH_KEY_FILE.", aliases=["key_file"]),
    "ca_cert": option("path", "CA of the API server. Default: $K8S_AUTH_SSL_CA_CERT.", aliases=["ssl_ca_cert"]),
    "validate_certs": option("bool", "Check the API server's certificate. Default: $K8S_AUTH_VERIFY_SSL, else true.",
                             aliases=["verify_ssl"]),
    "proxy": option("str", "HTTP proxy. Default: $K8S_AUTH_PROXY."),
    "no_proxy": option("str", "Hosts that are reached without it. Default: $K8S_AUTH_NO_PROXY."),
    "proxy_headers": record("Not supported.", {"basic_auth": option("str", "."), "proxy_basic_auth": option("str", "."),
                                              "user_agent": option("str", ".")}),
    "persist_config": option("bool", "kubectl keeps refreshed tokens itself."),
    "impersonate_user": option("str", "Act as this user. Default: $K8S_AUTH_IMPERSONATE_USER."),
    "impersonate_groups": option("strs", "Act as these groups. Default: $K8S_AUTH_IMPERSONATE_GROUPS."),
}  # fmt: skip
OBJECT: Dict[str, Dict[str, Any]] = {
    "api_version": option("str", "Version of the API.", "v1", aliases=["api", "version"]),
    "kind": option("str", "Kind of object."),
    "name": option("str", "Name."),
    "namespace": option("str", "Namespace."),
}
_FROM = {"kubeconfig": "KUBECONFIG", "context": "CONTEXT", "host": "HOST", "api_key": "API_KEY", "username": "USERNAME",
         "password": "PASSWORD", "client_cert": "CERT_FILE", "client_key": "KEY_FILE", "ca_cert": "SSL_CA_CERT", "proxy": "PROXY",
         "no_proxy": "NO_PROXY", "impersonate_user": "IMPERSONATE_USER"}  # fmt: skip


class KubectlFailed(ModuleFailed):
    """kubectl ended with an error. said: its words."""

    def __init__(self, said: str, rc: int) -> None:
        super().__init__("kubectl: %s" % said.strip(), rc=rc)
        self.said = said

    @property
    def missing(self) -> bool:
        """Whether what was asked for is not there."""
        return "(NotFound)" in self.said or "not found" in self.said


class Kubectl:
    """kubectl with the words that say which cluster."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.system = system
        self.settings = settings(args, system.environ)
        if args.get("proxy_headers"):
            raise ModuleFailed("proxy_headers is not supported: kubectl cannot send them; put user:password@ in proxy")
        self.argv = [program(system, "kubectl")]
        self.environ: Dict[str, str] = {}
        self._where()

    def _where(self) -> None:
        found = self.settings
        if isinstance(found["kubeconfig"], dict):
            found["kubeconfig"] = self.system.temporary(json.dumps(found["kubeconfig"]).encode("utf-8"), ".json")
        if found["host"]:
            config = json.dumps(inline_config(found)).encode("utf-8")
            self.environ["KUBECONFIG"] = self.system.temporary(config, ".json")
        else:
            if found["kubeconfig"]:
                self.environ["KUBECONFIG"] = self.system.expand(str(found["kubeconfig"]))
            self._refine()
        if found["proxy"]:
            self.environ.update(HTTPS_PROXY=found["proxy"], HTTP_PROXY=found["proxy"])
        if found["no_proxy"]:
            self.environ["NO_PROXY"] = found["no_proxy"]
        if found["impersonate_user"]:
            self.argv += ["--as", found["impersonate_user"]]
        for group in found["impersonate_groups"] or []:
            self.argv += ["--as-group", group]

    def _refine(self) -> None:
        found = self.settings
        for key, flag in (("context", "--context"), ("client_cert", "--client-certificate"), ("client_key", "--client-key"),
                          ("ca_cert", "--certificate-authority")):  # fmt: skip
            if found[key]:
                self.argv += [flag, found[key]]
        if found["validate_certs"] is False:
            self.argv.append("--insecure-skip-tls-verify=true")
        if found["api_key"] or found["password"]:
            raise ModuleFailed("api_key and password need host beside them here: kubectl would show them in its command line")

    def run(self, words: List[str], stdin: Any = None, **options: Any) -> Any:
        """Run it and return the `Ran`. stdin: text, bytes or an object that becomes JSON."""
        if isinstance(stdin, (dict, list)):
            stdin = json.dumps(stdin)
        return self.system.run(self.argv + words, stdin=stdin, environ=self.environ, **options)

    def must(self, words: List[str], stdin: Any = None, **options: Any) -> str:
        """Run it and return its output. Raises KubectlFailed."""
        done = self.run(words, stdin, **options)
        if done.rc != 0:
            raise KubectlFailed(done.err or done.out, done.rc)
        return str(done.out)

    def object(self, words: List[str], stdin: Any = None, **options: Any) -> Optional[Dict[str, Any]]:
        """Run it with -o json and return the object; None when it prints nothing. Raises KubectlFailed."""
        text = self.must(words + ["-o", "json"], stdin, **options)
        return dict(json.loads(text)) if text.strip() else None

    def get(self, thing: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        """Return an object of the cluster as it is; None when it is not there. Raises KubectlFailed for an unknown kind."""
        try:
            found = self.object(["get", "--ignore-not-found", "-f", "-"], identity(thing))
            # some versions wrap even one object in a list
            if found is not None and found.get("kind") == "List":
                found = next(iter(found.get("items") or []), None)
        except KubectlFailed as error:
            if error.missing and "no matches for kind" not in error.said:
                return None
            raise
        return found


def settings(args: Dict[str, Any], environ: Any) -> Dict[str, Any]:
    """Return the connection's arguments, completed from the environment."""
    found = {key: args.get(key) for key in CLUSTER}
    for key, name in _FROM.items():
        if found[key] is None:
            found[key] = environ.get("K8S_AUTH_" + name)
    if found["validate_certs"] is None and environ.get("K8S_AUTH_VERIFY_SSL"):
        found["validate_certs"] = environ["K8S_AUTH_VERIFY_SSL"].lower() not in ("0", "false", "no", "off")
    if found["impersonate_groups"] is None and environ.get("K8S_AUTH_IMPERSONATE_GROUPS"):
        found["impersonate_groups"] = environ["K8S_AUTH_IMPERSONATE_GROUPS"].split(",")
    return found


def inline_config(found: Dict[str, Any]) -> Dict[str, Any]:
    """Return a configuration for a host and the login that go with it."""
    cluster: Dict[str, Any] = {"server": found["host"]}
    if found["validate_certs"] is False:
        cluster["insecure-skip-tls-verify"] = True
    elif found["ca_cert"]:
        cluster["certificate-authority"] = found["ca_cert"]
    names = (("api_key", "token"), ("username", "username"), ("password", "password"), ("client_cert", "client-certificate"),
             ("client_key", "client-key"))  # fmt: skip
    user = {name: found[key] for key, name in names if found[key]}
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "clusters": [{"name": "one", "cluster": cluster}], "users": [{"name": "one", "user": user}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
    }  # fmt: skip


def identity(thing: Dict[str, Any]) -> Dict[str, Any]:
    """Return what of an object says which it is."""
    meta = thing.get("metadata") or {}
    kept = {key: meta[key] for key in ("name", "namespace") if meta.get(key)}
    return {"apiVersion": thing.get("apiVersion"), "kind": thing.get("kind"), "metadata": kept}


def resource(kind: str, api_version: str) -> str:
    """Return how kubectl is told a kind of one version: Deployment.v1.apps, Pod.v1."""
    group, _, version = api_version.rpartition("/")
    return "%s.%s.%s" % (kind, version, group)


def hidden(thing: Any, fields: List[str]) -> Any:
    """Return an object without some fields, each written as metadata.annotations[a.b], spec.containers[0].env."""
    copy = json.loads(json.dumps(thing))
    for field in fields:
        _drop(copy, re.findall(r"[^.\[\]]+|\[[^\]]*\]", field))
    return copy


def _drop(tree: Any, path: List[str]) -> None:
    if not path or tree is None:
        return
    key: Any = path[0].strip("[]\"'")
    if isinstance(tree, list):
        if not key.isdigit() or int(key) >= len(tree):
            return
        key = int(key)
    elif not isinstance(tree, dict) or key not in tree:
        return
    if len(path) == 1:
        del tree[key]
    else:
        _drop(tree[key], path[1:])
