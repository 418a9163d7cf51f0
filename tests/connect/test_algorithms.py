"""What is offered to a server is what ssh_config(5) says, the fastest first where it says nothing."""

import pytest

from runner.connect.algorithms import FASTEST, chosen_of, offer
from runner.errors import Unreachable

KNOWN = ["a-ctr", "b-ctr", "c-cbc"]


class Security:
    """Stands for paramiko's SecurityOptions."""

    def __init__(self) -> None:
        self.ciphers = ["aes128-ctr", "3des-cbc", *reversed(FASTEST)]
        self.digests = ["hmac-sha2-256", "hmac-md5"]
        self.kex = ["curve25519-sha256@libssh.org", "diffie-hellman-group14-sha256"]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("b-ctr,a-ctr", ["b-ctr", "a-ctr"]),
        ("b-ctr, nosuch, a-ctr", ["b-ctr", "a-ctr"]),
        ("*-ctr", ["a-ctr", "b-ctr"]),
        ("-*-cbc", ["a-ctr", "b-ctr"]),
        ("^c-cbc", ["c-cbc", "a-ctr", "b-ctr"]),
        ("+c-cbc", KNOWN),
        ("nosuch", []),
    ],
)
def test_lists_of_ssh_config(text: str, chosen: list[str]) -> None:
    assert chosen_of(text, KNOWN) == chosen


def test_one_pass_ciphers_come_first() -> None:
    security = Security()
    offer(security, {}, "web1")
    assert security.ciphers == [*FASTEST, "aes128-ctr", "3des-cbc"]
    assert security.digests == ["hmac-sha2-256", "hmac-md5"]


def test_ssh_config_wins() -> None:
    security = Security()
    offer(security, {"ciphers": "aes128-ctr", "macs": "-hmac-md5", "kexalgorithms": "^diffie*"}, "web1")
    assert security.ciphers == ["aes128-ctr"]
    assert security.digests == ["hmac-sha2-256"]
    assert security.kex == ["diffie-hellman-group14-sha256", "curve25519-sha256@libssh.org"]


def test_nothing_in_common_names_what_there_is() -> None:
    with pytest.raises(Unreachable, match="no algorithm of `ciphers arcfour`") as caught:
        offer(Security(), {"ciphers": "arcfour"}, "web1")
    assert "aes128-ctr" in caught.value.expected
