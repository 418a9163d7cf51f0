"""The k8s modules: the real kubectl against a stand-in for an API server; and what they decide without either."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner import find
from runner.plan.arguments import prepare
from runner.target.kube import definitions, kubectl, ready
from runner.target.modules import k8s, k8s_drain, k8s_exec
from runner.target.perform import perform
from runner.target.system import System
from tests.target.fake_system import FakeSystem
from tests.target.kube_api import Cluster, running

Api = tuple[Cluster, Any]
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}, "data": {"a": "1"}}
WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": 1}}


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with running() as (cluster, address):

        def do(name: str, /, check: bool = False, **given: Any) -> dict[str, Any]:
            module = find.load_module(name)
            system = System(check=check, diff=True)
            return perform(module, prepare(name, module.ARGUMENTS, {"host": address, "api_key": "t0ken", **given}), system)

        yield cluster, do


@needs_kubectl
def test_an_object_is_made_once_changed_and_removed(api: Api) -> None:
    cluster, do = api
    dry = do("k8s", check=True, definition=CONFIG)
    assert (dry["changed"], dry["method"], ("configmaps", "default", "c") in cluster.objects) == (True, "create", False), dry
    made = do("k8s", definition=CONFIG)
    assert (made["changed"], made["result"]["data"]) == (True, {"a": "1"})
    assert not do("k8s", definition=CONFIG)["changed"]
    other = {**CONFIG, "data": {"a": "2"}}
    assert do("k8s", check=True, definition=other)["changed"]
    changed = do("k8s", definition=other)
    assert (changed["method"], changed["diff"]) == ("patch", {"before": {"data": {"a": "1"}}, "after": {"data": {"a": "2"}}})
    assert do("k8s", state="absent", check=True, definition=CONFIG)["changed"]
    assert do("k8s", state="absent", definition=CONFIG, wait=True)["changed"]
    assert not do("k8s", state="absent", definition=CONFIG)["changed"]


@needs_kubectl
def test_apply_takes_fields_away_and_replace_replaces(api: Api) -> None:
    cluster, do = api
    two = {**CONFIG, "data": {"a": "1", "b": "2"}}
    assert do("k8s", definition=two, apply=True)["method"] == "apply"
    assert do("k8s", definition=CONFIG, apply=True)["result"]["data"] == {"a": "1"}
    assert not do("k8s", definition=CONFIG, apply=True)["changed"]
    assert do("k8s", definition=two, force=True)["method"] == "replace"
    assert cluster.objects["configmaps", "default", "c"]["data"] == {"a": "1", "b": "2"}


@needs_kubectl
def test_names_several_objects_and_errors(api: Api) -> None:
    cluster, do = api
    assert do("k8s", kind="Namespace", name="shop")["changed"]
    assert not do("k8s", kind="Namespace", name="shop")["changed"]
    several = do("k8s", definition=[CONFIG, WEB], namespace="shop")
    assert [row["changed"] for row in several["result"]["results"]] == [True, True]
    assert ("deployments", "shop", "web") in cluster.objects
    assert do("k8s", check=True, definition=CONFIG, namespace="new")["changed"], "the namespace would have been made"
    assert 'namespaces "new" not found' in do("k8s", definition=CONFIG, namespace="new")["msg"]
    patched = do("k8s", state="patched", definition=CONFIG)
    assert (patched["changed"], patched["warnings"]) == (False, ["ConfigMap c was not found, but will not be created as state is patched"])
    assert "kind is missing" in do("k8s", name="x")["msg"]
    assert "no matches for kind" in do("k8s", kind="Nope", name="x", namespace="default")["msg"]
    assert do("k8s", state="absent", kind="ConfigMap", namespace="shop", delete_all=True)["changed"]
    assert ("configmaps", "shop", "c") not in cluster.objects


@needs_kubectl
def test_secrets_stay_out_of_the_diff(api: Api) -> None:
    _, do = api
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "default"}, "stringData": {"p": "hush-hush"}}
    assert "hush" not in str(do("k8s", definition=secret)["diff"])


@needs_kubectl
def test_waiting_ends_with_the_state_or_the_time(api: Api) -> None:
    cluster, do = api
    late = do("k8s", definition=WEB, wait=True, wait_timeout=0)
    assert late["msg"] == '"Deployment" "web": Timed out waiting on resource'
    cluster.objects["deployments", "default", "web"]["status"] = {
        "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "readyReplicas": 1,
        "conditions": [{"type": "Available", "status": "True"}],
    }  # fmt: skip
    done = do("k8s", definition=WEB, wait=True)
    assert (done["changed"], done["duration"]) == (False, 0)
    assert do("k8s", definition=WEB, wait=True, wait_timeout=0, wait_condition={"type": "Available", "status": "False"})["failed"]


@needs_kubectl
def test_info(api: Api) -> None:
    cluster, do = api
    cluster.add("pods", "default", "p", {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"app": "x"}}, "spec": {"a": [1]}})
    found = do("k8s_info", kind="Pod", label_selectors=["app=x"], hidden_fields=["metadata.uid", "spec.a[0]"])
    assert (found["api_found"], [each["spec"] for each in found["resources"]]) == (True, [{"a": []}])
    assert "uid" not in found["resources"][0]["metadata"]
    assert do("k8s_info", kind="Pod", label_selectors=["app=y"])["resources"] == []
    assert do("k8s_info", kind="Pod", name="none", namespace="default")["resources"] == []
    unknown = do("k8s_info", kind="Nope", api_version="example.com/v1")
    assert (unknown["api_found"], unknown["resources"]) == (False, [])


@needs_kubectl
def test_scaling(api: Api) -> None:
    cluster, do = api
    cluster.add("deployments", "default", "web", WEB)
    want = {"kind": "Deployment", "api_version": "apps/v1", "name": "web", "namespace": "default", "replicas": 3}
    assert do("k8s_scale", check=True, **want)["changed"]
    assert do("k8s_scale", wait=False, **want)["result"]["spec"] == {"replicas": 3}
    assert not do("k8s_scale", **want)["changed"]
    assert not do("k8s_scale", **{**want, "replicas": 5}, current_replicas=2)["changed"]
    assert do("k8s_scale", **{**want, "replicas": 4}, wait_timeout=0)["msg"] == "Resource scaling timed out: Deployment web"
    assert do("k8s_scale", **{**want, "name": "none"})["msg"] == "Deployment none was not found"


@needs_kubectl
def test_cordon_and_uncordon(api: Api) -> None:
    cluster, do = api
    cluster.add("nodes", "", "n1", {"apiVersion": "v1", "kind": "Node", "spec": {}})
    assert do("k8s_drain", name="n1", state="cordon")["result"] == "cordoned node n1."
    assert cluster.objects["nodes", "", "n1"]["spec"]["unschedulable"] is True
    assert not do("k8s_drain", name="n1", state="cordon")["changed"]
    assert do("k8s_drain", name="n1", state="uncordon")["changed"]
    assert not do("k8s_drain", name="n1", state="uncordon")["changed"]
    assert do("k8s_drain", name="n2")["msg"] == "Node n2 not found."


def test_drain_and_exec_ask_kubectl_for_what_was_asked() -> None:
    node = '{"spec": {}}'
    line = "kubectl drain n1 --ignore-daemonsets --grace-period 5 --timeout 60s"
    said = "node/n1 cordoned\nevicting pod a/b\npod/b evicted\nnode/n1 drained\n"
    system = FakeSystem(commands={"kubectl get --ignore-not-found -f - -o json": node, line: said})
    options = {"ignore_daemonsets": True, "terminate_grace_period": 5, "wait_timeout": 60}
    result = system.perform(k8s_drain, **prepare("k8s_drain", k8s_drain.ARGUMENTS, {"name": "n1", "delete_options": options}))
    assert (result["changed"], result["result"]) == (True, "node n1 cordoned. 1 Pod(s) deleted/evicted from node.")
    system = FakeSystem(commands={"kubectl exec -n x p -c c -- sh -c 'exit 3'": (3, "out", "err")})
    args = prepare("k8s_exec", k8s_exec.ARGUMENTS, {"namespace": "x", "pod": "p", "container": "c", "command": "sh -c 'exit 3'"})
    assert system.perform(k8s_exec, **args) == {"changed": True, "stdout": "out", "stderr": "err", "rc": 3, "return_code": 3}


def test_definitions_selectors_and_hidden_fields() -> None:
    assert definitions.flattened([{"kind": "List", "items": [CONFIG, WEB]}, None]) == [CONFIG, WEB]
    hashed = definitions.with_hash(CONFIG)["metadata"]["name"]
    assert hashed.startswith("c-")
    assert hashed == definitions.with_hash(CONFIG)["metadata"]["name"]
    labelled = {"metadata": {"labels": {"a": "1", "b": ""}}}
    assert k8s.selected(labelled, ["a=1,b", "c!=2", "!d"])
    assert not k8s.selected(labelled, ["a==2"])
    assert kubectl.hidden({"a": {"b.c": 1, "d": 2}}, ["a[b.c]"]) == {"a": {"d": 2}}
    assert kubectl.resource("Deployment", "apps/v1") == "Deployment.v1.apps"
    assert kubectl.resource("Pod", "v1") == "Pod.v1."
    assert ready.ready({"kind": "ConfigMap"}, None)
    assert not ready.ready({"kind": "Pod", "status": {"containerStatuses": [{"ready": False}]}}, None)


def test_a_login_goes_into_a_private_configuration() -> None:
    found = kubectl.settings({"host": "https://x", "validate_certs": False}, {"K8S_AUTH_API_KEY": "t0ken", "K8S_AUTH_CONTEXT": "c"})
    config = kubectl.inline_config(found)
    assert config["users"] == [{"name": "one", "user": {"token": "t0ken"}}]
    assert config["clusters"][0]["cluster"] == {"server": "https://x", "insecure-skip-tls-verify": True}
    assert found["context"] == "c"


def test_tokens_without_a_host_are_refused_not_shown() -> None:
    system = FakeSystem(programs=["kubectl"])
    args = prepare("k8s", k8s.ARGUMENTS, {"kind": "Namespace", "name": "x", "api_key": "hush"})
    assert "need host beside them here" in system.perform(k8s, **args)["msg"]
