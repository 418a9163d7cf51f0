"""The helm modules against a stand-in for the helm program: recorded answers of helm 3.15, no cluster."""

import json
from typing import Any

from runner import find
from runner.plan.arguments import prepare
from tests.target.fake_system import FakeSystem

LIST = "helm list -n mon --filter '^web$' --deployed --failed --pending -o json"
CHART = "apiVersion: v2\nname: nginx\nversion: 1.2.3\nmaintainers:\n- name: x\n"


def release(version: str = "1.2.3", **values: Any) -> dict[str, Any]:
    row = {"name": "web", "namespace": "mon", "revision": "1", "status": "deployed", "chart": "nginx-" + version, "app_version": "1"}
    return {LIST: json.dumps([row]), "helm get values -n mon web -o json": json.dumps(values or None)}


def do(name: str, commands: dict[Any, Any], /, check: bool = False, **given: Any) -> tuple[dict[str, Any], FakeSystem]:
    module = find.load_module(name)
    system = FakeSystem(commands=commands, check=check, diff=True)
    return system.perform(module, **prepare(name, module.ARGUMENTS, given)), system


WANT: dict[str, Any] = {"name": "web", "namespace": "mon", "chart_ref": "repo/nginx", "values": {"a": 1}}
SHOW = "helm show chart repo/nginx"
UP = "helm upgrade -i --reset-values --values /tmp/muster-1.yaml -n mon web repo/nginx"


def test_a_release_is_installed_then_left_alone() -> None:
    state: dict[str, Any] = {"there": False}

    def listing(*_: Any) -> str:
        return str(release(a=1)[LIST]) if state["there"] else "[]"

    def upgrade(*_: Any) -> str:
        state["there"] = True
        return "deployed"

    commands = {**release(a=1), LIST: listing, SHOW: CHART, UP: upgrade}
    dry, system = do("helm", commands, check=True, **WANT)
    assert (dry["changed"], dry["diff"]["after"]) == (True, {"chart": "nginx-1.2.3", "values": {"a": 1}})
    assert not any("upgrade" in words for words in system.ran)
    made, _ = do("helm", commands, **WANT)
    assert (made["changed"], made["status"]["values"], made["command"]) == (True, {"a": 1}, "/usr/bin/" + UP)
    again, _ = do("helm", commands, **WANT)
    assert (again["changed"], again["status"]["chart"]) == (False, "nginx-1.2.3")


def test_another_value_or_chart_is_an_upgrade() -> None:
    assert do("helm", {**release(a=2), SHOW: CHART}, check=True, **WANT)[0]["changed"]
    assert do("helm", {**release("1.0.0", a=1), SHOW: CHART}, check=True, **WANT)[0]["changed"]
    assert not do("helm", {**release(a=1, b=2), SHOW: CHART}, check=True, **WANT, reuse_values=True)[0]["changed"]
    plan = UP.replace("-n mon", "--set b=2 -n mon") + " --dry-run -o json"
    commands = {**release(a=1, b=2), SHOW: CHART, plan: '{"config": {"a": 1, "b": 2}}'}
    assert not do("helm", commands, **WANT, set_values=[{"value": "b=2"}])[0]["changed"]


def test_removal_and_errors() -> None:
    gone = "helm uninstall -n mon web --keep-history --wait"
    result, _ = do("helm", {**release(), gone: "release uninstalled"}, name="web", namespace="mon", state="absent", purge=False, wait=True)
    assert (result["changed"], result["stdout"]) == (True, "release uninstalled")
    assert not do("helm", {LIST: "[]"}, name="web", namespace="mon", state="absent")[0]["changed"]
    failed, _ = do("helm", {LIST: "[]", SHOW: CHART, UP: (1, "", "Error: cannot")}, **WANT)
    assert failed["msg"].startswith("Failure when executing Helm command. Exited 1.")


def test_info() -> None:
    listing = LIST.replace("--deployed --failed --pending", "--deployed")
    texts = {f"helm get {key} -n mon web": key for key in ("notes", "manifest", "hooks")}
    commands = {listing: release()[LIST], "helm get values -n mon web -o json": "null", **texts}
    found, _ = do("helm_info", commands, name="web", namespace="mon", release_state=["deployed"])
    assert (found["status"]["values"], found["status"]["notes"]) == ({}, "notes")
    assert do("helm_info", {LIST: "[]"}, name="web", namespace="mon")[0] == {"changed": False}


def test_repositories_and_their_password() -> None:
    none = {"helm repo list -o json": (1, "", "Error: no repositories to show")}
    add = "helm repo add r https://x --username u --password-stdin"
    made, system = do("helm_repository", {**none, add: "added"}, name="r", url="https://x", username="u", password="hush")
    assert (made["changed"], system.inputs[-1]) == (True, b"hush")
    assert not any("hush" in word for words in system.ran for word in words)
    known = {"helm repo list -o json": '[{"name": "r", "url": "https://x"}]'}
    assert not do("helm_repository", known, name="r", url="https://x")[0]["changed"]
    assert "use force_update" in do("helm_repository", known, name="r", url="https://y")[0]["msg"]
    assert do("helm_repository", {**known, "helm repo remove r": ""}, name="r", state="absent")[0]["changed"]
    assert do("helm_repository", none, check=True, name="r", url="https://x")[0]["changed"]
