"""subversion: with an svn that answers as svn 1.14 did on a Debian 12 host."""

from typing import Any

from runner.target.modules import subversion
from tests.target.fake_system import FakeSystem

BASE = "svn --non-interactive --no-auth-cache --trust-server-cert "
URL = "file:///r/trunk"


def info(revision: int) -> str:
    return f"Path: co\nURL: {URL}\nRelative URL: ^/trunk\nRevision: {revision}\nNode Kind: directory\n"


def host(copy: bool = True, status: str = "", update: str = "At revision 1.\n", **task: Any) -> FakeSystem:
    commands: dict[str, Any] = {
        "svn info /co": info(1),
        BASE + "info /co": info(1),
        BASE + "info -r HEAD /co": info(2),
        BASE + f"info -r HEAD {URL}": info(2),
        BASE + "status --quiet --ignore-externals /co": status,
        BASE + "revert -R /co": "",
        BASE + "update -r HEAD /co": update,
        BASE + f"checkout -r HEAD {URL} /co": "",
        BASE + f"export -r HEAD {URL} /co": (1, "", "svn: E170013: no\n"),
    }
    return FakeSystem({"/co/": ""} if copy else {}, commands, **task)


def test_checkout_and_check() -> None:
    assert host(copy=False).perform(subversion, repo=URL, dest="/co")["after"] == ["Revision: 1", f"URL: {URL}"]
    dry = host(copy=False, check=True)
    assert dry.perform(subversion, repo=URL, dest="/co")["changed"]
    assert not any("checkout" in words for words in dry.ran)
    assert host(copy=False).perform(subversion, repo=URL, dest="/co", checkout=False)["changed"] is False


def test_update() -> None:
    assert not host().perform(subversion, repo=URL, dest="/co")["changed"]
    assert host(update="U    f\nUpdated to revision 1.\n").perform(subversion, repo=URL, dest="/co")["changed"]
    assert not host().perform(subversion, repo=URL, dest="/co", update=False)["changed"]
    foreseen = host(check=True).perform(subversion, repo=URL, dest="/co")
    assert (foreseen["before"], foreseen["after"], foreseen["changed"]) == ("Revision: 1", "Revision: 2", True)


def test_modified_files() -> None:
    assert "modified files exist" in host(status="M       f\n").perform(subversion, repo=URL, dest="/co")["msg"]
    system = host(status="M       f\n")
    assert system.perform(subversion, repo=URL, dest="/co", force=True)["changed"]
    assert ["revert", "-R", "/co"] in [words[-3:] for words in system.ran]


def test_complaints_and_password() -> None:
    assert host().perform(subversion, repo=URL, dest="/co", export=True)["msg"] == "svn: E170013: no"
    assert "unless checkout=no" in host().perform(subversion, repo=URL)["msg"]
    assert host().perform(subversion, repo=URL, checkout=False, update=False)["after"] == "Revision: 2"
    commands: dict[str, Any] = {"svn --version --quiet": "1.14.2\n", "svn info /co": 1}
    system = FakeSystem({}, {**commands, BASE + f"--password-from-stdin checkout -r HEAD {URL} /co": (1, "", "no")})
    system.perform(subversion, repo=URL, dest="/co", password="secret")
    assert b"secret\n" in system.inputs
    assert not any("secret" in words for words in system.ran)
