"""The shared options have ansible's letters and names, and load what they name."""

import argparse
from pathlib import Path

import pytest

from runner.cli import options
from runner.cli.main import main
from runner.errors import InventoryError, UsageError
from runner.vault.secrets import Secrets


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "hosts").write_text("[web]\nh1\nh2\n")
    (tmp_path / "p1").write_text("one\n")
    return tmp_path


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for add in (
        options.add_inventory_options,
        options.add_vault_options,
        options.add_become_options,
        options.add_connection_options,
        options.add_run_options,
    ):
        add(parser)
    return parser.parse_args(words)


def test_the_letters_of_ansible_playbook() -> None:
    args = parse(
        *[
            "-i",
            "a",
            "-i",
            "b",
            "-l",
            "x",
            "-e",
            "v=1",
            "-vvv",
            "-b",
            "-K",
            "-u",
            "me",
            "-c",
            "local",
            "-T",
            "5",
            "-k",
            "-C",
            "-D",
            "-f",
            "7",
            "-M",
            "m",
            "-t",
            "a,b",
            "-t",
            "c",
            "-J",
        ]
    )
    assert (args.inventory, args.subset, args.extra_vars, args.verbosity) == (["a", "b"], "x", ["v=1"], 3)
    assert (args.become, args.become_ask_pass, args.remote_user, args.connection, args.timeout) == (True, True, "me", "local", 5)
    assert (args.ask_pass, args.check, args.diff, args.forks, args.tags, args.ask_vault_pass) == (
        True,
        True,
        True,
        7,
        ["a,b", "c"],
        True,
    )


def test_long_names() -> None:
    words = "--become-user u --become-method su --private-key k --ssh-common-args=-J --skip-tags x --start-at-task t --step"
    listing = (
        "--force-handlers --flush-cache --syntax-check --list-tasks --list-tags --list-hosts --vault-id a@f --inventory-file i"
    )
    args = parse(*words.split(), *listing.split())
    assert (args.become_user, args.become_method, args.private_key_file, args.ssh_common_args) == ("u", "su", "k", "-J")
    assert args.listtasks is args.listtags is args.listhosts is args.syntax_check is args.flush_cache is True
    assert args.vault_ids == ["a@f"]
    assert args.inventory == ["i"]


def test_forks_must_be_a_number_of_hosts() -> None:
    for written in ("0", "x"):
        with pytest.raises(UsageError):
            parse("-f", written)


def test_secrets_in_ansibles_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "cfg@p1")
    args = parse("--vault-id", "dev@p1", "--vault-password-file", "p1")
    assert options.load_secrets(args).ids() == ["cfg", "dev", "default"]
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "p1")
    assert options.load_secrets(parse()).ids() == ["cfg", "default"]
    asked = options.load_secrets(parse("-J"), ask=lambda prompt: "typed")
    assert asked.pairs[-1] == ("default", b"typed")


def test_the_inventory_and_its_limit(folder: Path) -> None:
    told: list[str] = []
    found = options.load_inventory(parse("-i", "hosts", "-l", "h1"), Secrets(), warn=told.append)
    assert (list(found.hosts), told) == (["h1", "h2"], [])
    with pytest.raises(InventoryError, match="leaves us with no hosts to target"):
        options.load_inventory(parse("-i", "hosts", "-l", "nobody"), Secrets(), warn=told.append)


def test_without_an_inventory_only_localhost_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setenv("ANSIBLE_INVENTORY", "")
    found = options.load_inventory(parse(), Secrets(), warn=told.append)
    assert found.hosts == {}
    assert found.host("localhost") is not None
    assert any("only localhost is available" in text for text in told)


def test_the_settings_may_name_the_inventory(folder: Path) -> None:
    (folder / "ansible.cfg").write_text("[defaults]\ninventory = hosts\n")
    folder.chmod(0o755)
    assert list(options.load_inventory(parse(), Secrets(), warn=pytest.fail).hosts) == ["h1", "h2"]


def test_without_a_choice_list_tags_shows_the_tags_of_what_runs_only_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.yml").write_text("- hosts: all:!gone\n  tasks:\n    - {debug: , tags: [never, deep]}\n    - {debug: , tags: plain}\n")
    (tmp_path / "hosts").write_text("h1\n")
    monkeypatch.chdir(tmp_path)
    for more, shown in ((), "[deep, never, plain]"), (("--skip-tags", "x"), "[plain]"):
        assert main(["play", "-i", "hosts", "p.yml", "--list-tags", *more]) == 0
        told = capsys.readouterr()
        assert f"TASK TAGS: {shown}" in told.out
        assert "Could not match supplied host pattern, ignoring: gone" in told.err
