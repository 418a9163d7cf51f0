"""Who we are to an SSH server: the keys, agent and password that are tried, in order, and what came of each."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from paramiko import Agent, ECDSAKey, Ed25519Key, Message, PKey, RSAKey, SSHConfig, Transport
from paramiko.auth_handler import AuthHandler
from paramiko.auth_strategy import AuthResult, AuthSource, AuthStrategy
from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, PasswordRequiredException, SSHException

from runner.errors import Unreachable
from runner.record import dataclass, field

DEFAULT_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")


@dataclass(slots=True)
class Login:
    """What there is to log in with. private_key_file: must be usable; identities: files of ssh_config, used if they are there."""

    label: str
    user: str
    password: str | None = field(default=None, repr=False)
    private_key_file: str | None = None
    passphrase: str | None = field(default=None, repr=False)
    identities: tuple[str, ...] = ()
    identities_only: bool = False


def _load(path: str, passphrase: str | None) -> PKey:
    """Return a private key of any kind, with its certificate if one lies beside it. Raises SSHException, OSError, ValueError."""
    for kind in (Ed25519Key, ECDSAKey, RSAKey):
        try:
            key = kind.from_private_key_file(path, passphrase)
        except PasswordRequiredException:
            raise
        except (SSHException, ValueError) as error:
            cause = error
            continue
        if os.path.isfile(path + "-cert.pub"):
            key.load_certificate(path + "-cert.pub")
        return key
    raise cause


class _Ahead(AuthHandler):
    """Sends the proof right behind the request for the service instead of waiting a round trip for its acceptance (RFC 4252, 5).

    The server takes one after the other; where it refuses the service, it ends the connection as ever.
    """

    _early = False

    def _request_auth(self) -> None:
        # which signatures of an RSA key the server takes, it says in a message that may still be on its way (RFC 8308)
        self._early = "rsa" not in self._get_key_type_and_bits(self.private_key)[0]  # type: ignore[attr-defined]
        super()._request_auth()  # type: ignore[misc]
        if self._early:
            accepted = Message()
            accepted.add_string("ssh-userauth")
            accepted.rewind()
            super()._parse_service_accept(accepted)  # type: ignore[misc]

    def _parse_service_accept(self, m: Message) -> None:
        if not self._early:
            super()._parse_service_accept(m)  # type: ignore[misc]


def _offer(transport: Transport, user: str, key: PKey) -> list[str]:
    """Log in with a key as `Transport.auth_publickey` does, in one round trip. Returns what the server wants besides."""
    event = threading.Event()
    handler = transport.auth_handler = _Ahead(transport)
    handler.auth_publickey(user, key, event)
    wanted: list[str] = handler.wait_for_response(event)
    return wanted


class LoginStrategy(AuthStrategy):
    """Tries, in this order: the given key, ssh_config's, the agent's, the usual ones, the password, keyboard-interactive.

    A server that wants several proofs (`AuthenticationMethods publickey,password`) gets them one after the other.
    """

    def __init__(self, login: Login) -> None:
        super().__init__(ssh_config=SSHConfig())
        self.login = login
        self.tried: list[str] = []
        self.locked: list[str] = []
        self.allowed: tuple[str, ...] = ()

    def get_sources(self) -> Iterator[AuthSource]:
        """Nothing: `authenticate` is ours, as several proofs in a row are beyond paramiko's own."""
        return iter(())

    def authenticate(self, transport: Transport) -> AuthResult:
        """Log in (paramiko's protocol). Raises Unreachable saying what was tried and what the server would take."""
        wanted = self._keys(transport)
        # an empty tuple: a key alone was enough
        if wanted != () and not self._password(transport, wanted or ()):
            raise self._refused()
        return AuthResult(strategy=self)

    def _keys(self, transport: Transport) -> tuple[str, ...] | None:
        """Try every key; return what the server wants besides (empty: we are in), None when no key was taken."""
        for name, key in self._all_keys():
            if self.allowed and "publickey" not in self.allowed:
                return None
            try:
                return tuple(_offer(transport, self.login.user, key))
            except BadAuthenticationType as error:
                self.allowed = tuple(error.allowed_types)
            except AuthenticationException:
                pass
            except SSHException as error:
                # the server cuts the line after MaxAuthTries
                raise self._refused(str(error)) from error
            self.tried.append(name)
        return None

    def _all_keys(self) -> Iterator[tuple[str, PKey]]:
        if self.login.private_key_file:
            yield f"key {self.login.private_key_file}", self._given()
        paths = list(self.login.identities)
        if not paths and not self.login.private_key_file:
            paths = [] if self.login.identities_only else list(DEFAULT_KEYS)
        agent = [] if self.login.identities_only else list(Agent().get_keys())
        if self.login.identities:
            yield from self._present(paths)
        for key in agent:
            yield f"agent key {key.get_name()}", key
        if not self.login.identities:
            yield from self._present(paths)

    def _given(self) -> PKey:
        path = os.path.expanduser(self.login.private_key_file or "")
        if not os.path.isfile(path):
            raise Unreachable(f"{self.login.label}: the key file {path} does not exist", remedy="see ansible_ssh_private_key_file")
        try:
            return _load(path, self.login.passphrase)
        except OSError as error:
            raise Unreachable(f"{self.login.label}: the key file {path} cannot be read: {error.strerror}") from error
        except PasswordRequiredException as error:
            remedy = "add it to the agent with ssh-add, or set ansible_ssh_private_key_passphrase"
            raise Unreachable(f"{self.login.label}: the key {path} is locked with a passphrase", remedy=remedy) from error
        except Exception as error:
            # cryptography has errors of its own for what is no key
            wrong = " or the passphrase is wrong" if self.login.passphrase else ""
            text = str(error) or type(error).__name__
            raise Unreachable(f"{self.login.label}: the file {path} is no key that can be used{wrong}", found=text) from error

    def _present(self, paths: list[str]) -> Iterator[tuple[str, PKey]]:
        for path in (os.path.expanduser(each) for each in paths):
            if not Path(path).is_file():
                continue
            try:
                key = _load(path, self.login.passphrase)
            except Exception:
                # ssh, too, passes over a key of its list that it cannot use; the refusal names it
                self.locked.append(path)
                continue
            yield f"key {path}", key

    def _password(self, transport: Transport, wanted: tuple[str, ...]) -> bool:
        """Try the password, as such or through questions; True when we are in."""
        password = self.login.password
        if password is None:
            return False
        allowed = wanted or self.allowed
        try:
            if not allowed or "password" in allowed:
                self.tried.append("password")
                return not transport.auth_password(self.login.user, password, fallback=False)
        except BadAuthenticationType as error:
            allowed = self.allowed = tuple(error.allowed_types)
        except SSHException:
            return False
        if allowed and "keyboard-interactive" not in allowed:
            return False
        try:
            self.tried.append("keyboard-interactive")
            return not transport.auth_interactive(self.login.user, lambda _title, _text, fields: [password] * len(fields))
        except SSHException:
            return False

    def _refused(self, cause: str = "") -> Unreachable:
        tried = ", ".join(self.tried) or "nothing (no key, no agent, no password)"
        expected = f"one of {', '.join(self.allowed)}" if self.allowed else ""
        locked = f"; locked or unusable keys: {', '.join(self.locked)}" if self.locked else ""
        remedy = "check ansible_user, ansible_ssh_private_key_file and ansible_password; -k asks for a password"
        why = f" ({cause})" if cause else ""
        message = f"{self.login.label} refused the login of {self.login.user}{why}"
        return Unreachable(message, expected=expected, found=f"tried: {tried}{locked}", remedy=remedy)
