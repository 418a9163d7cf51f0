"""Becoming another user on the host: one table row a program, and the talk until it lets us in or refuses."""

import asyncio
import re
import shlex

from runner.connect.base import Stream
from runner.errors import BecomeError
from runner.model.request import Become
from runner.record import dataclass

# Seconds without any word from sudo, su or doas after which we stop waiting (separate from connect and task limits).
PROMPT_TIMEOUT = 12.0
_SHOWN = 600


@dataclass(frozen=True, slots=True)
class Method:
    """How one program is called and what it says.

    line: program, flags, user and command in their places. flags: its default words. ask / no_ask: words for when there is
    or is no password. prompt: what asks for the password ({token} is ours). terminal: whether it takes a password only
    from a terminal. wrong, refused, needs: what it says when the password was wrong, the user may not, a password is needed.
    """

    line: str
    flags: str
    ask: str
    no_ask: str
    prompt: str
    terminal: bool
    wrong: str
    refused: str
    needs: str


_WORD = (
    r"(?:[Pp]assword|[Pp]asswort|[Mm]ot de passe|[Cc]ontraseñ|[Ss]enha|[Pp]arola|[Ww]achtwoord|[Hh]asło"
    r"|[Пп]ароль|パスワード|密码|密碼|암호)"
)
METHODS = {
    "sudo": Method(
        line="{exe} {flags} -u {user} /bin/sh -c {command}",
        flags="-H -S",
        ask="-S -p {prompt}",
        no_ask="-n",
        prompt=r"\[muster {token}\] password:",
        terminal=False,
        wrong=r"[Ss]orry, try again|incorrect password attempt",
        refused=r"not in the sudoers|may not run sudo|is not allowed to (?:execute|run)|not allowed to run sudo",
        needs=r"a password is required|terminal is required to read the password|no tty present|must have a tty",
    ),
    "su": Method(
        line="{exe} {flags} {user} -c {shell}",
        flags="",
        ask="",
        no_ask="",
        prompt=_WORD + r"[^\n]{{0,60}}[:：]\s*$",
        terminal=True,
        wrong=r"[Aa]uthentication failure|incorrect password|\bSorry\b",
        refused=r"[Pp]ermission denied|not permitted to su|account is currently not available",
        needs=r"must be run from a terminal",
    ),
    "doas": Method(
        line="{exe} {flags} -u {user} /bin/sh -c {command}",
        flags="",
        ask="",
        no_ask="-n",
        prompt=_WORD + r"[^\n]{{0,60}}[:：]\s*$",
        terminal=True,
        wrong=r"[Aa]uthentication failed|[Aa]uthorization failed",
        refused=r"[Oo]peration not permitted",
        needs=r"[Aa]uthentication required|a tty is required",
    ),
}


@dataclass(frozen=True, slots=True)
class Gate:
    """A command that runs as another user. pty: whether it needs a terminal. mark: what standard output says once inside."""

    command: str
    pty: bool
    mark: bytes
    become: Become
    token: str


def needs_terminal(become: Become) -> bool:
    """Tell whether the program will take the password only from a terminal, which then carries all else too."""
    method = METHODS.get(become.method)
    return method is not None and method.terminal and become.password is not None


def gate(inner: str, become: Become, token: str) -> Gate:
    """Return how to run shell text `inner` as another user. Raises BecomeError for a method that is not known."""
    method = METHODS.get(become.method)
    if method is None:
        raise BecomeError(f"become_method {become.method!r} is not known", expected=", ".join(METHODS), found=become.method)
    pty = needs_terminal(become)
    # A terminal must carry our bytes unchanged; LC_MESSAGES is only for the program's own words.
    inner = f"unset LC_MESSAGES; {'stty raw -echo; ' if pty else ''}printf %s {token}IN\\;; {inner}"
    return Gate(f"LC_MESSAGES=C {_line(method, become, token, shlex.quote(inner))}", pty, f"{token}IN;".encode(), become, token)


def shown(become: Become) -> str:
    """Return the command line by which another user is become, for people: `...` stands for what runs as that user."""
    method = METHODS.get(become.method)
    return _line(method, become, "...", "...") if method is not None else become.method


def _line(method: Method, become: Become, token: str, command: str) -> str:
    return method.line.format(
        exe=shlex.quote(become.exe or become.method),
        flags=_flags(method, become, token),
        user=shlex.quote(become.user),
        command=command,
        shell=shlex.quote(f"exec /bin/sh -c {command}"),
    )


def _flags(method: Method, become: Become, token: str) -> str:
    words = shlex.split(method.flags if become.flags is None else become.flags)
    if become.password is not None:
        extra = shlex.split(method.ask.format(prompt=shlex.quote(f"[muster {token}] password:")))
        words = [word for word in words if word not in ("-n", "--non-interactive")]
    else:
        extra = shlex.split(method.no_ask)
    return shlex.join([*words, *(word for word in extra if word not in words)])


class _Talk:
    """What was heard before we were let in, and what to make of it."""

    def __init__(self, entry: Gate) -> None:
        self.gate = entry
        self.method = METHODS[entry.become.method]
        self.prompt = re.compile(self.method.prompt.format(token=re.escape(entry.token)))
        self.heard = b""
        self.unread = b""
        self.answered = False

    def text(self) -> str:
        """Return what was heard, for people: without our own prompt's token, at most a few lines."""
        text = self.heard.decode("utf-8", "replace").replace(f"[muster {self.gate.token}] ", "")
        return " | ".join(line.strip() for line in text[-_SHOWN:].splitlines() if line.strip())

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.heard.decode("utf-8", "replace")) is not None

    def asks(self) -> bool:
        """Tell whether the program now asks for the password; each question counts once."""
        if self.prompt.search(self.unread.decode("utf-8", "replace")) is None:
            return False
        self.unread = b""
        return True

    def error(self, message: str, remedy: str = "") -> BecomeError:
        become = self.gate.become
        found = self.text()
        whole = f"cannot become {become.user} with {become.method}: {message}"
        result = {"msg": f"{whole} ({found})" if found else whole}
        return BecomeError(whole, found=found, remedy=remedy, result=result)

    def refusal(self, status: str) -> BecomeError:
        """Return the error for a program that ended before it let us in."""
        become = self.gate.become
        if self.says(r"unknown user|user .* does not exist|no passwd entry|[Uu]nknown login"):
            return self.error("there is no such user on the host")
        if self.says(self.method.refused):
            remedy = "give the login user the right on the host, or use another become_method or become_user"
            if self.says("currently not available"):
                remedy = "the user has no login shell: set become_flags to '-s /bin/sh'"
            return self.error("the login user may not do that", remedy)
        if self.says(self.method.wrong) or (self.answered and become.password is not None and status == "1"):
            return self.error("the password is wrong", "check ansible_become_password, or give it with -K")
        if self.says(self.method.needs):
            return self.needs_password()
        if status == "127" or self.says("not found"):
            return self.error(f"{become.exe or become.method} is not installed on the host", "install it, or set become_method")
        return self.error(f"it ended with status {status}")

    def needs_password(self) -> BecomeError:
        """Return the error for a question we have no answer to."""
        if self.says("must have a tty"):
            return self.error("sudo wants a terminal (requiretty)", "remove requiretty from the host's sudoers")
        return self.error("a password is needed", "give it with -K (--ask-become-pass) or ansible_become_password, or allow NOPASSWD")


async def enter(stream: Stream, entry: Gate, timeout: float = PROMPT_TIMEOUT) -> bytes:
    """Talk to sudo, su or doas until we are the other user; return what standard output said after that.

    The password is written only when its prompt was seen, and once. timeout: seconds of silence allowed. Raises BecomeError
    that tells apart: a password needed, a wrong one, no right, no such user or program, and silence; with what was read.
    """
    talk = _Talk(entry)
    out = b""
    while True:
        try:
            kind, data = await asyncio.wait_for(stream.read(), timeout)
        except TimeoutError:
            waited = f"nothing more was heard in {timeout:g} seconds"
            raise talk.error(waited, "the host may ask for something else than a password; see what was read") from None
        if kind == "exit":
            raise talk.refusal(data.decode())
        if kind == "out":
            out += data
            if entry.mark in out:
                return out.partition(entry.mark)[2]
        talk.heard += data
        talk.unread += data
        if talk.asks():
            if talk.answered:
                raise talk.error("the password is wrong", "check ansible_become_password, or give it with -K")
            if entry.become.password is None:
                raise talk.needs_password()
            talk.answered = True
            await stream.write(entry.become.password.encode() + b"\n")
