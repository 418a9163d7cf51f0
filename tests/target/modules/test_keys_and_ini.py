"""authorized_key, known_hosts and ini_file: lines that belong, in their places."""

import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from tests.target.modules.on_disk import play, twice

ME = pwd.getpwuid(os.getuid()).pw_name
ONE, TWO = "ssh-ed25519 AAAAONE one@host", "ssh-rsa AAAATWO two@host"


def test_key_is_added_in_a_private_directory(tmp_path: Path) -> None:
    path = tmp_path / ".ssh" / "authorized_keys"
    result = twice("authorized_key", user=ME, key=f"{ONE}\n# comment\n{TWO}\n", path=str(path))
    assert (result["keyfile"], path.read_text()) == (str(path), f"{ONE}\n{TWO}\n")
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize(
    ("args", "after"),
    [
        ({"key": TWO, "exclusive": True}, f"{TWO}\n"),
        ({"key": ONE, "state": "absent"}, "# who\n"),
        ({"key": ONE, "comment": "new words"}, "# who\nssh-ed25519 AAAAONE new words\n"),
        ({"key": ONE, "key_options": 'from="10.0.0.1, 10.0.0.2",no-pty'}, f'# who\nfrom="10.0.0.1, 10.0.0.2",no-pty {ONE}\n'),
    ],
)
def test_keys_change(tmp_path: Path, args: dict[str, Any], after: str) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# who\n{ONE}\n")
    twice("authorized_key", user=ME, path=str(path), **args)
    assert path.read_text() == after


def test_key_errors_and_check_mode(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    assert play("authorized_key", user="no-such-user", key=ONE)["msg"].startswith("Failed to lookup user no-such-user")
    assert play("authorized_key", user=ME, key="nonsense", path=str(path))["msg"] == "invalid key specified: nonsense"
    assert play("authorized_key", user=ME, key=ONE, path=str(path), check=True, diff=True)["diff"]["after"] == f"{ONE}\n"
    assert not path.exists()


def test_known_host_added_replaced_hashed_removed(tmp_path: Path) -> None:
    path = tmp_path / ".ssh" / "known_hosts"
    args: dict[str, Any] = {"path": str(path), "name": "a.example"}
    twice("known_hosts", key="a.example ssh-rsa AAAA", **args)
    assert path.stat().st_mode & 0o777 == 0o644  # the system's list is read by every user
    twice("known_hosts", key="a.example ssh-rsa NEW", **args)
    assert path.read_text() == "a.example ssh-rsa NEW\n"
    twice("known_hosts", key="a.example ssh-rsa NEW", hash_host=True, **args)
    assert path.read_text().startswith("|1|")
    twice("known_hosts", state="absent", **args)
    assert path.read_text() == ""


def test_known_hosts_keeps_authorities_and_refuses(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text("@cert-authority *.example ssh-rsa OLD\n# b.example ssh-rsa X\n")
    twice("known_hosts", path=str(path), name="*.example", key="@cert-authority *.example ssh-rsa NEW")
    assert len(path.read_text().splitlines()) == 3
    assert play("known_hosts", path=str(path), name="b", check=True)["msg"] == "No key specified when adding a host"
    assert (
        play("known_hosts", path=str(path), name="b", key="c ssh-rsa X")["msg"]
        == "Host parameter does not match hashed host field in supplied key"
    )


INI = "top = 1\n\n[one]\na = 1\n; b = 2\n\n[two]\nc=3\n"


@pytest.mark.parametrize(
    ("args", "after", "msg"),
    [
        ({"section": "one", "option": "a", "value": "9"}, INI.replace("a = 1", "a = 9"), "option changed"),
        ({"section": "one", "option": "b", "value": "9"}, INI.replace("; b = 2", "b = 9"), "option changed"),
        ({"section": "one", "option": "n", "value": "9"}, INI.replace("a = 1\n", "a = 1\nn = 9\n"), "option added"),
        ({"section": "three", "option": "n", "value": "9"}, INI + "[three]\nn = 9\n", "section and option added"),
        ({"option": "top", "value": "2"}, INI.replace("top = 1", "top = 2"), "option changed"),
        ({"section": "two", "option": "c", "state": "absent"}, INI.replace("c=3\n", ""), "option changed"),
        ({"section": "one", "state": "absent"}, "top = 1\n\n[two]\nc=3\n", "section removed"),
        (
            {"section": "two", "option": "c", "value": "3", "no_extra_spaces": True, "mode": "0600"},
            INI,
            "ownership, perms or SE linux context changed",
        ),
        ({"section": "two", "option": "c", "values": ["4", "5"]}, INI.replace("c=3\n", "c = 4\nc = 5\n"), "option added"),
        ({"section": "two", "option": "flag", "allow_no_value": True}, INI + "flag\n", "option added"),
    ],
)
def test_ini(tmp_path: Path, args: dict[str, Any], after: str, msg: str) -> None:
    path = tmp_path / "f.ini"
    path.write_text(INI)
    path.chmod(0o644)
    assert twice("ini_file", path=str(path), **args)["msg"] == msg
    assert path.read_text() == after


def test_ini_ignores_spaces_checks_and_refuses(tmp_path: Path) -> None:
    path = tmp_path / "f.ini"
    path.write_text(INI)
    assert play("ini_file", path=str(path), section="two", option="c", value="3", ignore_spaces=True)["changed"] is False
    assert play("ini_file", path=str(path), section="two", option="c", value="4", check=True)["changed"] is True
    assert play("ini_file", path=str(path), section="two", option="c")["failed"] is True
    assert (
        play("ini_file", path=str(tmp_path / "no"), section="x", create=False)["msg"]
        == f"Destination {tmp_path}/no does not exist!"
    )
    assert path.read_text() == INI


@pytest.mark.parametrize(
    ("before", "args", "after", "msg"),
    [
        ("", {"section": "s", "option": "a", "value": "1"}, "\n[s]\na = 1\n", "section and option added"),
        ("[s]\na=1", {"section": "s", "option": "b", "state": "absent"}, "[s]\na=1\n", "OK"),
        (" [s]\n a = 1\n", {"section": "s", "option": "a", "value": "1"}, " [s]\n a = 1\n[s]\na = 1\n", "section and option added"),
        ("[s]\n# a = 5\n", {"section": "s", "option": "a", "value": "7", "exclusive": False}, "[s]\na = 7\n# a = 5\n", "option added"),
        ("[s] # why\na=1\n#a=2\n\n", {"section": "s", "option": "z", "value": "0"}, "[s] # why\na=1\nz = 0\n#a=2\n\n", "option added"),
        ("[s]\n#c=5\nx=1\nc=3\n#c = 7\n", {"section": "s", "option": "c", "value": "5"}, "[s]\nc = 5\nx=1\n", "option changed"),
        ("# head\n\n[s]\n", {"option": "top", "value": "t"}, "top = t\n# head\n\n[s]\n", "option added"),
    ],
)
def test_ini_puts_lines_where_ansible_does(tmp_path: Path, before: str, args: dict[str, Any], after: str, msg: str) -> None:
    path = tmp_path / "f.ini"
    path.write_text(before)
    assert twice("ini_file", path=str(path), **args)["msg"] == msg
    assert path.read_text() == after


def test_ini_chooses_among_sections_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "wg.conf"
    path.write_text("[Peer]\nKey=1\n[Peer]\nKey=2\n")
    second = [{"option": "Key", "value": "2"}]
    assert twice("ini_file", path=str(path), section="Peer", option="Port", value="9", section_has_values=second)["msg"] == "option added"
    assert path.read_text() == "[Peer]\nKey=1\n[Peer]\nKey=2\nPort = 9\n"
    third = [{"option": "Key", "values": ["3", "4"]}, {"option": "flag"}]
    made = twice("ini_file", path=str(path), section="Peer", option="Port", value="9", section_has_values=third)
    assert (made["msg"], path.read_text().split("9\n", 1)[1]) == (
        "section and option added", "[Peer]\nKey = 3\nKey = 4\nflag\nPort = 9\n",
    )  # fmt: skip
    assert twice("ini_file", path=str(path), section="Peer", section_has_values=second, state="absent")["msg"] == "section removed"
    assert path.read_text().startswith("[Peer]\nKey=1\n[Peer]\nKey = 3\n")
