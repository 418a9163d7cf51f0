"""`muster lab`: words become calls."""

import argparse
from pathlib import Path

import pytest

from runner.lab import cli, commands
from runner.lab.commands import HostStatus
from runner.lab.description import Lab


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.add_parser(parser.add_subparsers(required=True))
    return parser.parse_args(["lab", *words])


def test_words() -> None:
    args = parse("up")
    assert (args.verb, args.file, args.state) == ("up", Path("inventory/lab.yml"), Path(".lab"))
    args = parse("--file", "mine.yml", "ssh", "-l", "ops", "web1", "ls", "-l", "/")
    assert (args.file, args.user, args.host, args.command) == (Path("mine.yml"), "ops", "web1", ["ls", "-l", "/"])
    assert parse("up", "--file", "mine.yml").file == Path("mine.yml")
    assert parse("--state", "/s", "down").state == Path("/s")
    assert parse("reset", "a", "b").hosts == ["a", "b"]


def test_status_is_a_table_and_an_exit_code(
    small: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [HostStatus("a", "172.30.59.11", "running", "running", "ok"), HostStatus("b", "172.30.59.12", "paused", "-", "-")]
    monkeypatch.setattr(commands, "status", lambda *given: rows)
    words = ["--file", small.file, "--state", str(tmp_path)]
    assert cli.run(parse(*words, "status")) == 1
    assert capsys.readouterr().out == (
        "host  address       state    systemd  ssh\n"
        "a     172.30.59.11  running  running  ok\n"
        "b     172.30.59.12  paused   -        -\n"
    )
    rows.pop()
    assert cli.run(parse(*words, "status")) == 0


def test_reset_passes_the_names(small: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[object] = []
    monkeypatch.setattr(commands, "reset", lambda lab, folder, driver, say, names: seen.extend([lab.name, folder.path, names]))
    assert cli.run(parse("--file", small.file, "--state", str(tmp_path), "reset", "b")) == 0
    assert seen == ["small", tmp_path / "small", ["b"]]
