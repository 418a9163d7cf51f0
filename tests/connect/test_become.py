"""The talk with sudo, su and doas, from what they really print; and the whole of it against a fake host."""

import asyncio
from typing import Any

import pytest

from runner.connect.become import enter, gate
from runner.connect.fake import FakeConnection, FakeHost
from runner.connect.inbox import Inbox
from runner.errors import BecomeError
from runner.model.address import Address
from runner.model.request import Become, Request
from tests.connect.conftest import Linked

TOKEN = "muster-0123456789abcdef-"
PROMPT = f"[muster {TOKEN}] password:"


class Transcript:
    """A stream that says what was recorded. "<" stands for waiting until a line was written."""

    def __init__(self, *says: tuple[str, str]) -> None:
        self.inbox = Inbox(lambda: None)
        self.says = list(says)
        self.written = b""
        self.go_on()

    def go_on(self) -> None:
        while self.says:
            kind, text = self.says.pop(0)
            if kind == "<":
                return
            self.inbox.put(kind, text.encode())

    async def read(self) -> tuple[str, bytes]:
        return await self.inbox.get()

    async def write(self, data: bytes) -> None:
        self.written += data
        self.go_on()

    def close_input(self) -> None: ...

    def terminate(self) -> None: ...


def become(method: str, password: str | None = "secret", **more: Any) -> Become:
    return Become("root", method, password=password, **more)


LECTURE = "We trust you have received the usual lecture ...\n password: \n"
DOAS = ("out", "doas (a@b) password: ")
INSIDE = ("out", f"{TOKEN}IN;rest")


@pytest.mark.parametrize(
    ("method", "password", "says"),
    [
        ("sudo", None, [INSIDE]),
        ("sudo", "secret", [INSIDE]),
        ("sudo", "secret", [("err", PROMPT), ("<", ""), INSIDE]),
        ("sudo", "secret", [("err", LECTURE), ("err", PROMPT[:9]), ("err", PROMPT[9:]), ("<", ""), INSIDE]),
        ("sudo", "secret", [("out", "Welcome, Password: of the day\n"), ("out", f"{TOKEN}I"), ("out", "N;rest")]),
        ("su", "secret", [("out", "Password: "), ("<", ""), ("out", "\r\n"), INSIDE]),
        ("su", "secret", [("out", "Passwort: "), ("<", ""), INSIDE]),
        ("su", "secret", [("out", "密码："), ("<", ""), INSIDE]),
        ("su", None, [INSIDE]),
        ("doas", "secret", [("out", "doas (alice@lb1) password: "), ("<", ""), INSIDE]),
    ],
)  # fmt: skip
async def test_is_let_in(method: str, password: str | None, says: list[tuple[str, str]]) -> None:
    stream = Transcript(*says)
    rest = await enter(stream, gate("true", become(method, password), TOKEN), 1)
    asked = ("<", "") in says
    assert stream.written == (b"secret\n" if asked else b"")
    assert rest == b"rest"


WRONG = "the password is wrong"
NEEDED = "a password is needed"
TERMINAL = "sudo wants a terminal (requiretty)"
REFUSED = "the login user may not do that"


@pytest.mark.parametrize(
    ("method", "password", "says", "message"),
    [
        ("sudo", "bad", [("err", PROMPT), ("<", ""), ("err", "Sorry, try again.\n"), ("err", PROMPT)], WRONG),
        ("sudo", "bad", [("err", PROMPT), ("<", ""), ("err", "sudo: 1 incorrect password attempt\n"), ("exit", "1")], WRONG),
        ("sudo", None, [("err", "sudo: a password is required\n"), ("exit", "1")], NEEDED),
        ("sudo", None, [("err", "sudo: sorry, you must have a tty to run sudo\n"), ("exit", "1")], TERMINAL),
        ("sudo", "x", [("err", PROMPT), ("<", ""), ("err", "alice is not in the sudoers file.\n"), ("exit", "1")], REFUSED),
        ("sudo", None, [("err", "Sorry, user a is not allowed to execute '/bin/sh' as root on b.\n"), ("exit", "1")], REFUSED),
        ("sudo", None, [("err", "sudo: unknown user nosuch\n"), ("exit", "1")], "there is no such user on the host"),
        ("sudo", None, [("err", "sh: 1: sudo: not found\n"), ("exit", "127")], "sudo is not installed on the host"),
        ("sudo", None, [("err", "odd\n"), ("exit", "9")], "it ended with status 9"),
        ("su", None, [("err", "Password: ")], NEEDED),
        ("su", "bad", [("out", "Password: "), ("<", ""), ("out", "\r\nsu: Authentication failure\r\n"), ("exit", "1")], WRONG),
        ("su", None, [("out", "This account is currently not available.\n"), ("exit", "1")], REFUSED),
        ("doas", "bad", [DOAS, ("<", ""), ("out", "\r\ndoas: Authentication failed\r\n"), ("exit", "1")], WRONG),
        ("doas", None, [("err", "doas: Operation not permitted\n"), ("exit", "1")], REFUSED),
        ("doas", None, [("err", "doas: Authentication required\n"), ("exit", "1")], NEEDED),
        ("sudo", "x", [("err", "One-time code: ")], "nothing more was heard in 0.2 seconds"),
    ],
)  # fmt: skip
async def test_is_refused(method: str, password: str | None, says: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(BecomeError) as caught:
        await enter(Transcript(*says), gate("true", become(method, password), TOKEN), 0.2)
    assert caught.value.message == f"cannot become root with {method}: {message}"
    assert TOKEN not in caught.value.found
    if method == "sudo" and "One-time" in says[0][1]:
        assert caught.value.found == "One-time code:"


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (become("sudo", None), "LC_MESSAGES=C sudo -H -S -n -u root /bin/sh -c "),
        (become("sudo"), f"LC_MESSAGES=C sudo -H -S -p '{PROMPT}' -u root /bin/sh -c "),
        (become("sudo", flags="-n -E"), f"LC_MESSAGES=C sudo -E -S -p '{PROMPT}' -u root /bin/sh -c "),
        (become("sudo", None, exe="/opt/my sudo"), "LC_MESSAGES=C '/opt/my sudo' -H -S -n -u root /bin/sh -c "),
        (become("su", None, flags="-s /bin/sh -"), "LC_MESSAGES=C su -s /bin/sh - root -c "),
        (become("doas", None), "LC_MESSAGES=C doas -n -u root /bin/sh -c "),
    ],
)
def test_what_is_run(given: Become, command: str) -> None:
    entry = gate("true", given, TOKEN)
    assert entry.command.startswith(command)
    assert "secret" not in entry.command
    assert entry.pty is (given.method != "sudo" and given.password is not None)


@pytest.mark.parametrize(("password", "message"), [("right", None), ("bad", WRONG), (None, NEEDED)])
async def test_agents_and_commands_as_another_user(linked: Linked, password: str | None, message: str | None) -> None:
    host = FakeHost(answers={"ping": {"ping": "pong"}}, become_password="right", shell={"id": (0, b"root", b"")})
    address = Address(name="f", kind="fake")
    async with linked(address, FakeConnection(address, host)) as link:
        calls = (
            link.call(Request("ping", {}, become=become("sudo", password))),
            link.shell("id", become=become("sudo", password)),
        )
        answers = await asyncio.gather(*calls, return_exceptions=True)
    if message is None:
        assert (answers[0].result["ping"], answers[1].stdout) == ("pong", b"root")  # type: ignore[union-attr]
    else:
        assert [message in str(each) for each in answers] == [True, True]
