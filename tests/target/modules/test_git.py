"""git: against real repositories in a temporary folder."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from runner.target.git_remote import environment
from runner.target.modules import git
from runner.target.perform import perform
from runner.target.system import System

ENVIRON = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "src"
    subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
    commit(path, "1")
    in_repository(path, "tag", "-a", "v1", "-m", "v1")
    commit(path, "2")
    in_repository(path, "branch", "dev")
    commit(path, "3")
    return path


def in_repository(path: Path, *words: str) -> str:
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", **ENVIRON}
    return subprocess.run(["git", *words], cwd=path, env=environ, check=True, capture_output=True, text=True).stdout.strip()


def commit(path: Path, text: str) -> None:
    (path / "f").write_text(text)
    in_repository(path, "add", "f")
    in_repository(path, "commit", "-q", "-m", text)


def run(source: Path, check: bool = False, diff: bool = False, **args: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"repo": str(source), "dest": str(source.parent / "deep" / "co"), **args}
    return perform(git, plain, System(check=check, diff=diff))


def content(source: Path) -> str:
    return (source.parent / "deep" / "co" / "f").read_text()


def test_clone_then_nothing_then_news(source: Path) -> None:
    foreseen = run(source, check=True)
    assert foreseen["changed"]
    assert foreseen["before"] is None
    assert not (source.parent / "deep").exists()
    made = run(source)
    assert made["changed"]
    assert made["after"] == foreseen["after"] == in_repository(source, "rev-parse", "main")
    assert content(source) == "3"
    again = run(source)
    assert not again["changed"]
    assert again["before"] == again["after"]
    assert again["remote_url_changed"] is False
    commit(source, "4")
    assert run(source, check=True)["changed"]
    assert content(source) == "3"
    news = run(source, diff=True)
    assert news["changed"]
    assert news["before"] == made["after"]
    assert "+4" in news["diff"]["prepared"]
    assert content(source) == "4"


@pytest.mark.parametrize(("version", "text"), [("v1", "1"), ("dev", "2"), ("HEAD", "3")])
def test_versions(source: Path, version: str, text: str) -> None:
    run(source)
    assert not run(source, version="main")["changed"]
    run(source, version=version)
    assert content(source) == text
    assert not run(source, version=version)["changed"]


def test_commit_id(source: Path) -> None:
    first = in_repository(source, "rev-parse", "v1^{}")
    assert run(source, version=first)["after"] == first
    assert content(source) == "1"


def test_unknown_version(source: Path) -> None:
    run(source)
    assert run(source, version="nosuch")["msg"].startswith("Failed to checkout nosuch")
    assert run(source, version="nosuch", check=True)["msg"] == "Could not determine remote revision for nosuch"


def test_local_modifications(source: Path) -> None:
    run(source)
    (source.parent / "deep" / "co" / "f").write_text("mine")
    refused = run(source)
    assert refused["failed"]
    assert refused["msg"].endswith("(force=no).")
    assert run(source, check=True, force=True)["changed"]
    assert content(source) == "mine"
    assert run(source, force=True)["changed"]
    assert content(source) == "3"


def test_shallow_and_branch(source: Path) -> None:
    url = f"file://{source}"
    run(source, repo=url, depth=1, version="dev")
    co = source.parent / "deep" / "co"
    assert in_repository(co, "rev-list", "--count", "HEAD") == "1"
    assert content(source) == "2"
    run(source, repo=url, depth=1, version="main")
    assert content(source) == "3"
    run(source, repo=url, version="main")
    assert in_repository(co, "rev-list", "--count", "HEAD") == "3"


def test_bare_archive_and_separate(source: Path) -> None:
    assert run(source, bare=True)["changed"]
    assert not run(source, bare=True)["changed"]
    other = str(source.parent / "other")
    archive = str(source.parent / "a.tar")
    assert run(source, dest=other, archive=archive)["changed"]
    assert not run(source, dest=other, archive=archive)["changed"]
    assert "file extension" in run(source, dest=other, archive="/tmp/a.odd")["msg"]
    moved = run(source, dest=other, separate_git_dir=str(source.parent / "data"))
    assert moved["git_dir_before"] == other + "/.git"
    assert (source.parent / "data" / "config").is_file()
    assert not run(source, dest=other, separate_git_dir=str(source.parent / "data"))["changed"]


def test_address_changes(source: Path) -> None:
    run(source)
    assert not run(source, repo=f"file://{source}")["changed"]
    copy = source.parent / "copy"
    subprocess.run(["cp", "-a", str(source), str(copy)], check=True)
    assert run(source, repo=str(copy))["remote_url_changed"]


def test_unsigned_commit_is_refused(source: Path) -> None:
    assert run(source, verify_commit=True)["msg"] == 'Failed to verify GPG signature of commit/tag "main"'


def test_ssh_options(source: Path) -> None:
    args = {"ssh_opts": "-p 22", "accept_hostkey": False, "accept_newhostkey": True, "key_file": "/k e y"}
    words = environment(args, System())["GIT_SSH_COMMAND"]
    assert words.endswith("-p 22 -o StrictHostKeyChecking=accept-new -o BatchMode=yes -i '/k e y' -o IdentitiesOnly=yes")
