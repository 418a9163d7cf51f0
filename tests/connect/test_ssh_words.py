"""ssh's own words taken apart, and known_hosts lines."""

from pathlib import Path

import pytest
from paramiko import ECDSAKey, HostKeys, SSHClient

from runner.connect.host_keys import Checker, Rules, find, rules_from
from runner.connect.open import connection_for
from runner.connect.ssh_options import read_words, settings_for
from runner.errors import UnknownName, Unreachable
from runner.model.address import Address


@pytest.mark.parametrize(
    ("words", "options", "warnings"),
    [
        (("-o", "Port=22", "-oUser=a"), [("Port", "22"), ("User", "a")], 0),
        (("-o", "ProxyCommand=nc -x a=b %h %p"), [("ProxyCommand", "nc -x a=b %h %p")], 0),
        (("-o", "Port 2022"), [("Port", "2022")], 0),
        (("-o", 'UserKnownHostsFile="/a b"'), [("UserKnownHostsFile", "/a b")], 0),
        (("-J", "a,b", "-i", "~/k", "-p", "7"), [("ProxyJump", "a,b"), ("IdentityFile", "~/k"), ("Port", "7")], 0),
        (("-l", "me", "-A", "-C"), [("User", "me"), ("ForwardAgent", "yes"), ("Compression", "yes")], 0),
        (("-q", "-4", "-o", "LogLevel=ERROR", "-o", "ControlPath=/x"), [], 0),
        (("-o", "Nonsense=1", "-Z", "word"), [], 3),
    ],
)  # fmt: skip
def test_words_are_taken_apart(words: tuple[str, ...], options: list[tuple[str, str]], warnings: int) -> None:
    found = read_words(words)
    assert (found.options, len(found.warnings)) == (options, warnings)


def test_the_addresss_own_values_come_first_then_words_then_files(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("Host h\n  Port 1\n  User file\n  ForwardAgent yes\n  HostName real\n  ConnectTimeout 9\n")
    address = Address(name="h", user="own", common_args=("-F", str(file), "-o", "User=word", "-o", "ConnectTimeout=3"))
    options = settings_for(address).config.lookup("h")
    assert [options[name] for name in ("user", "port", "connecttimeout", "forwardagent", "hostname")] == [
        "own",
        "1",
        "3",
        "yes",
        "real",
    ]


def test_a_configuration_that_is_not_there() -> None:
    with pytest.raises(Unreachable, match="the ssh configuration /no/file cannot be read: No such file"):
        settings_for(Address(name="h", common_args=("-F", "/no/file")))


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDBn2yZ0mxlZ8gAxNd7cJ+5mKUQnV0J1d7Dq9yQ1m2Rv"


@pytest.mark.parametrize(
    ("line", "host", "hit"),
    [
        (f"web1 {KEY}", "web1", True),
        (f"web1,10.0.0.1 {KEY} comment", "10.0.0.1", True),
        (f"web? {KEY}", "web1", True),
        (f"*.example.org,!bad.example.org {KEY}", "bad.example.org", False),
        (f"[web1]:2022 {KEY}", "[web1]:2022", True),
        (f"[web1]:2022 {KEY}", "web1", False),
        (f"#web1 {KEY}", "web1", False),
        (f"@cert-authority * {KEY}", "web1", False),
        ("web1 ssh-ed25519 broken", "web1", False),
        ("web1", "web1", False),
        (f"|1| {KEY}", "web1", False),
        (f"|1|broken {KEY}", "web1", False),
        (f"|1|a|b|c {KEY}", "web1", False),
        (f"|1|!|? {KEY}", "web1", False),
        (f"@nonsense web1 {KEY}", "web1", False),
    ],
)
def test_known_hosts_lines(tmp_path: Path, line: str, host: str, hit: bool) -> None:
    file = tmp_path / "known"
    file.write_text(f"\n{line}\n")
    found = find([host], [str(file), "/no/such/file"])
    assert [(each.file, each.line, each.revoked) for each in found] == ([(str(file), 2, False)] if hit else [])


@pytest.mark.parametrize("revoked", ["web1", "*", "10.0.0.1,web1", "hashed"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_revoked_key_is_refused_wherever_it_is_known_too(tmp_path: Path, revoked: str, order: int) -> None:
    key = ECDSAKey.generate()
    name = HostKeys.hash_host("web1") if revoked == "hashed" else revoked
    lines = [f"web1 {key.get_name()} {key.get_base64()}", f"@revoked {name} {key.get_name()} {key.get_base64()}"]
    file = tmp_path / "known"
    file.write_text("\n".join(lines[::order]) + "\n")
    for strict in ("yes", "accept-new"):
        with pytest.raises(Unreachable, match="revoked") as caught:
            Checker("web1", "web1", 22, Rules(strict, (str(file),)), None).missing_host_key(SSHClient(), "web1", key)
        assert caught.value.position is not None
        assert caught.value.position.line == (2 if order == 1 else 1)
    file.write_text(lines[0])
    Checker("web1", "web1", 22, Rules("yes", (str(file),)), None).missing_host_key(SSHClient(), "web1", key)


@pytest.mark.parametrize(
    ("options", "checking", "strict"),
    [
        ({}, True, "yes"),
        ({}, False, "no"),
        ({"stricthostkeychecking": "ask"}, True, "yes"),
        ({"stricthostkeychecking": "accept-new"}, True, "accept-new"),
        ({"stricthostkeychecking": "yes"}, False, "yes"),
    ],
)
def test_how_strictly(options: dict[str, str], checking: bool, strict: str) -> None:
    assert rules_from(options, checking).strict == strict


def test_a_kind_of_connection_that_is_not_there() -> None:
    with pytest.raises(UnknownName) as caught:
        connection_for(Address(name="h", kind="dokcer"))
    assert caught.value.nearest == ("docker",)
