"""npm: its words and what is made of its answers."""

import json
import re
from typing import Any

from runner.target.modules import npm
from tests.target.fake_system import FakeSystem


def host(listing: dict[str, Any], old: dict[str, Any] | None = None, code: int = 0, **more: Any) -> FakeSystem:
    answers = {
        re.compile(r"npm list --long --json.*"): (1, json.dumps({"dependencies": listing}), "npm ERR! missing"),
        re.compile(r"npm outdated --json.*"): (1, json.dumps(old or {}), ""),
        re.compile(r"npm (install|ci|update|uninstall).*"): (code, "", "npm ERR! 404" if code else ""),
    }
    return FakeSystem({"/srv/app/": ""}, answers, programs=["npm"], **more)


def did(system: FakeSystem) -> list[str]:
    return [" ".join(argv[1:]) for argv in system.ran if argv[1] not in ("list", "outdated")]


def test_a_package_by_its_name() -> None:
    system = host({})
    assert system.perform(npm, name="pm2", version="5.3.0", **{"global": True}, registry="http://r", production=True)["changed"]
    assert did(system) == ["install --production --registry http://r pm2@5.3.0 --global"]
    there = {"pm2": {"version": "5.3.0"}}
    assert host(there).perform(npm, name="pm2", version="5.3.0", path="/srv/app")["changed"] is False
    assert host(there).perform(npm, name="pm2", version="5.4.0", path="/srv/app")["changed"]
    checked = host({}, check=True)
    assert checked.perform(npm, name="pm2", path="/srv/app")["changed"]
    assert did(checked) == []


def test_what_package_json_asks_for() -> None:
    system = host({"a": {"version": "1"}, "b": {"missing": True}})
    assert system.perform(npm, path="/srv/app")["changed"]
    assert did(system) == ["install"]
    assert host({"a": {"version": "1"}}).perform(npm, path="/srv/app")["changed"] is False
    locked = host({"a": {"version": "1"}})
    assert locked.perform(npm, path="/srv/new/app", ci=True)["changed"]
    assert did(locked) == ["ci"]
    assert "/srv/new/app" in locked.files


def test_latest_and_absent() -> None:
    there = {"a": {"version": "1"}, "b": {"version": "1"}}
    system = host(there, {"b": {"latest": "2"}})
    assert system.perform(npm, name="a", path="/srv/app", state="latest")["changed"] is False
    assert system.again().perform(npm, name="b", path="/srv/app", state="latest")["changed"]
    gone = host(there)
    assert gone.perform(npm, name="a", path="/srv/app", state="absent")["changed"]
    assert did(gone) == ["uninstall a"]
    assert host(there).perform(npm, name="zz", path="/srv/app", state="absent")["changed"] is False
    assert host(there).perform(npm, name="zz", path="/srv/none", state="absent")["changed"] is False


def test_mistakes() -> None:
    assert "path must be specified" in host({}).perform(npm, name="a")["msg"]
    assert "named packages" in host({}).perform(npm, path="/srv/app", state="absent")["msg"]
    failed = host({}, code=1).perform(npm, name="a", path="/srv/app")
    assert (failed["msg"], failed["rc"]) == ("npm ERR! 404", 1)
    broken = FakeSystem({"/srv/app/": ""}, {"npm list --long --json": "no json"})
    assert "Failed to parse NPM output" in broken.perform(npm, path="/srv/app")["msg"]
