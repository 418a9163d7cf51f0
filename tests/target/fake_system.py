"""A host in memory, for tests of modules without touching a machine (one file: it mirrors every method of System).

system = FakeSystem(files={"/etc/motd": "hi\n"}, commands={"systemctl is-active x": (3, "inactive\n", "")})
result = system.perform(module, path="/etc/motd", ...)      # runs look/decide/apply or run; check/diff from the system
system.files["/etc/motd"].data, .mode, .uid;  system.ran -> [["systemctl", "is-active", "x"]]
system.again() -> the same host with a fresh task (second run, for idempotence)
"""

import errno
import fnmatch
import grp
import hashlib
import io
import os
import posixpath
import pwd
import re
import shlex
import stat
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runner.target.decision import ModuleFailed
from runner.target.perform import perform
from runner.target.processes import CommandTimeout, Ran, quoted
from runner.target.system import Blob, System

KINDS = {"file": stat.S_IFREG, "dir": stat.S_IFDIR, "link": stat.S_IFLNK}


class Node:
    """One file, directory or symlink of the fake host."""

    def __init__(
        self, kind: str = "file", data: bytes = b"", mode: int | None = None, uid: int = 0, gid: int = 0, target: str = ""
    ) -> None:
        self.kind, self.data, self.uid, self.gid, self.target = kind, data, uid, gid, target
        self.mode = mode if mode is not None else {"file": 0o644, "dir": 0o755, "link": 0o777}[kind]
        self.mtime = self.atime = 1_000_000.0
        self.links = 1

    def stat(self, inode: int) -> os.stat_result:
        size = len(self.data) if self.kind == "file" else len(self.target) or 4096
        times = (int(self.atime), int(self.mtime), int(self.mtime))
        return os.stat_result(
            (
                KINDS[self.kind] | self.mode,
                inode,
                1,
                self.links,
                self.uid,
                self.gid,
                size,
                *times,
                self.atime,
                self.mtime,
                self.mtime,
            )
        )


Command = tuple[int, str, str] | str | int | Callable[..., Any]


class FakeSystem(System):
    """A System in memory. What it does not know raises, so that a test never passes by touching the real machine.

    files: path -> text, bytes or Node (parents are made; a path that ends in / is a directory; `"-> target"` is a symlink).
    commands: command -> answer. A key is the words joined by spaces (as `shlex.join`), the shell text, or a `re.Pattern`
    that matches it whole; an answer is (rc, out, err), just the output, just an exit status, or a function of
    (argv, stdin) that returns one of those and may change `system.files`. programs: names that `which` finds in /usr/bin,
    besides the first words of the commands. users, groups: name -> number.
    """

    def __init__(
        self,
        files: Mapping[str, Any] | None = None,
        commands: Mapping[Any, Command] | None = None,
        *,
        programs: Iterable[str] = (),
        users: Mapping[str, int] | None = None,
        groups: Mapping[str, int] | None = None,
        environ: Mapping[str, str] | None = None,
        blob: bytes | None = None,
        now: float = 1_700_000_000.0,
        uid: int = 0,
        **task: Any,
    ) -> None:
        super().__init__(blob=None if blob is None else Blob(io.BytesIO(blob), len(blob)), **task)
        self.files: dict[str, Node] = {"/": Node("dir"), "/tmp": Node("dir", mode=0o1777)}
        self.commands = dict(commands or {})
        self.programs = set(programs)
        self.user_ids = {"root": 0, "daemon": 1, "alice": 1000} if users is None else dict(users)
        self.group_ids = {"root": 0, "daemon": 1, "alice": 1000} if groups is None else dict(groups)
        self.environ = {"PATH": "/usr/bin:/bin", "HOME": "/root", **(environ or {})}  # type: ignore[assignment]
        self.time = now
        self.uid = uid
        self.ran: list[list[str]] = []
        self.inputs: list[bytes | None] = []
        self.emitted: list[tuple[str, bytes]] = []
        self.sent: list[bytes] = []
        self._serial = 0
        for path, value in (files or {}).items():
            self.add(path, value)

    def add(self, path: str, value: Any = "", **attributes: Any) -> Node:
        """Put a file, directory ("/" at the end) or symlink ("-> target") on the host, with its parents."""
        if isinstance(value, Node):
            node = value
        elif path.endswith("/"):
            node = Node("dir", **attributes)
        elif isinstance(value, str) and value.startswith("-> "):
            node = Node("link", target=value[3:], **attributes)
        else:
            data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
            node = Node("file", data, **attributes)
        path = posixpath.normpath(path)
        parent = posixpath.dirname(path)
        while parent not in self.files:
            self.files[parent] = Node("dir")
            parent = posixpath.dirname(parent)
        self.files[path] = node
        return node

    def perform(self, module: Any, **args: Any) -> dict[str, Any]:
        """Run a module here as the agent would and return its result."""
        return perform(module, args, self)

    def again(self, **task: Any) -> "FakeSystem":
        """Return the same host (same files and commands) for a further task."""
        other = FakeSystem(
            commands=self.commands,
            programs=self.programs,
            users=self.user_ids,
            groups=self.group_ids,
            now=self.time,
            uid=self.uid,
            **task,
        )
        other.files, other.environ = self.files, self.environ
        return other

    def text(self, path: str) -> str:
        """Return a file's text."""
        return self.read_text(path)

    def _resolve(self, path: str, last: bool = True) -> str:
        path = posixpath.normpath(posixpath.join("/", path))
        done, parts, hops = "/", [part for part in path.split("/") if part], 0
        while parts:
            part = parts.pop(0)
            here = posixpath.normpath(posixpath.join(done, part))
            node = self.files.get(here)
            if node is not None and node.kind == "link" and (parts or last):
                hops += 1
                if hops > 40:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                target = posixpath.normpath(posixpath.join(done, node.target))
                done, parts = "/", [*[each for each in target.split("/") if each], *parts]
                continue
            if parts and node is not None and node.kind != "dir":
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            done = here
        return done

    def _node(self, path: str, follow: bool = True) -> Node:
        node = self.files.get(self._resolve(path, follow))
        if node is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return node

    def _place(self, path: str) -> str:
        real = self._resolve(path, last=False)
        parent = self._node(posixpath.dirname(real))
        if parent.kind != "dir":
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return real

    def stat(self, path: str) -> os.stat_result | None:
        try:
            return self._node(path).stat(self._inode(self._resolve(path)))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def lstat(self, path: str) -> os.stat_result | None:
        try:
            return self._node(path, follow=False).stat(self._inode(self._resolve(path, last=False)))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _inode(self, real: str) -> int:
        return id(self.files[real]) & 0xFFFFFFF

    def may(self, path: str, how: str) -> bool:
        node = self.files.get(self._resolve(path))
        if node is None:
            return False
        if self.uid == 0:
            return "x" not in how or node.kind == "dir" or bool(node.mode & 0o111)
        shift = 6 if node.uid == self.uid else 0
        return all(node.mode >> shift & {"r": 4, "w": 2, "x": 1}[letter] for letter in how)

    def read(self, path: str) -> bytes:
        node = self._node(path)
        if node.kind == "dir":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return node.data

    def open(self, path: str) -> io.BytesIO:
        return io.BytesIO(self.read(path))

    def listdir(self, path: str) -> list[str]:
        if self._node(path).kind != "dir":
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        real = self._resolve(path)
        return sorted(posixpath.basename(each) for each in self.files if each != "/" and posixpath.dirname(each) == real)

    def glob(self, pattern: str) -> list[str]:
        depth = pattern.count("/")
        return sorted(path for path in self.files if path.count("/") == depth and fnmatch.fnmatchcase(path, pattern))

    def readlink(self, path: str) -> str:
        node = self._node(path, follow=False)
        if node.kind != "link":
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return node.target

    def realpath(self, path: str) -> str:
        return self._resolve(path)

    def stage(self, path: str, data: Any, mode: int = 0o600, unsafe: bool = False) -> str:
        self._serial += 1
        staged = posixpath.join(posixpath.dirname(path), f".muster-{posixpath.basename(path)}.{self._serial}")
        self.files[self._place(staged)] = Node("file", data if isinstance(data, bytes) else data.read(), mode, self.uid, self.uid)
        self._remember(staged)
        return staged

    def commit(self, staged: str, path: str, mode: int | None = None, uid: int = -1, gid: int = -1, unsafe: bool = False) -> None:
        real, node = self._place(path), self.files.pop(self._resolve(staged))
        old = self.files.get(real)
        if old is not None and old.kind == "dir":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        keep = old if old is not None and old.kind == "file" else Node(mode=0o666 & ~self.umask(), uid=self.uid, gid=self.uid)
        node.mode = keep.mode if mode is None else mode
        node.uid, node.gid = keep.uid if uid == -1 else uid, keep.gid if gid == -1 else gid
        node.mtime = self.time
        self.files[real] = node
        self._forget(staged)

    def backup(self, path: str) -> str:
        node = self._node(path)
        copy = f"{path}.4711.2023-11-14@22:13:20~"
        self.files[self._place(copy)] = Node("file", node.data, node.mode, node.uid, node.gid)
        return copy

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        real = self._place(path)
        if real in self.files:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        self.files[real] = Node("dir", mode=mode & ~self.umask(), uid=self.uid, gid=self.uid)

    def touch(self, path: str) -> None:
        self.files.setdefault(self._place(self._resolve(path)), Node(uid=self.uid, gid=self.uid))

    def symlink(self, target: str, path: str) -> None:
        self._free_place(path)
        self.files[self._place(path)] = Node("link", target=target, uid=self.uid, gid=self.uid)

    def link(self, source: str, path: str) -> None:
        self._free_place(path)
        node = self._node(source, follow=False)
        if self.files.get(self._place(path)) is not node:
            node.links += 1
        self.files[self._place(path)] = node

    def _free_place(self, path: str) -> None:
        old = self.files.get(self._place(path))
        if old is not None and old.kind == "dir":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)

    def rename(self, source: str, path: str) -> None:
        old, new = self._resolve(source, last=False), self._place(path)
        self._node(source, follow=False)
        for each in [each for each in self.files if each == old or each.startswith(old + "/")]:
            self.files[new + each[len(old) :]] = self.files.pop(each)

    def remove(self, path: str) -> None:
        node = self._node(path, follow=False)
        if node.kind == "dir":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        node.links -= 1
        del self.files[self._resolve(path, last=False)]

    def rmtree(self, path: str) -> None:
        self.listdir(path)
        real = self._resolve(path, last=False)
        for each in [each for each in self.files if each == real or each.startswith(real + "/")]:
            del self.files[each]

    def chmod(self, path: str, mode: int) -> None:
        self._node(path).mode = mode

    def chown(self, path: str, uid: int, gid: int, follow: bool = False) -> None:
        node = self._node(path, follow)
        node.uid, node.gid = node.uid if uid == -1 else uid, node.gid if gid == -1 else gid

    def utime(self, path: str, atime: float, mtime: float, follow: bool = True) -> None:
        node = self._node(path, follow)
        node.atime, node.mtime = atime, mtime

    def umask(self) -> int:
        return 0o022

    def temporary(self, data: bytes = b"", suffix: str = "", folder: str | None = None) -> str:
        self._serial += 1
        path = posixpath.join(folder or "/tmp", f"muster-{self._serial}{suffix}")
        self.files[path] = Node("file", data, 0o600, self.uid, self.uid)
        self._remember(path)
        return path

    def temporary_folder(self, folder: str | None = None) -> str:
        self._serial += 1
        path = posixpath.join(folder or "/tmp", f"muster-{self._serial}")
        self.files[path] = Node("dir", mode=0o700, uid=self.uid, gid=self.uid)
        self._remember(path)
        return path

    def close(self) -> None:
        for path in self._temporary:
            for each in [each for each in self.files if each == path or each.startswith(path + "/")]:
                del self.files[each]
        self._temporary = []

    def emit(self, stream: str, data: bytes) -> None:
        self.emitted.append((stream, data))
        super().emit(stream, data)

    def send_blob(self, source: Any) -> None:
        data = source if isinstance(source, bytes) else source.read()
        self.sent.append(data)
        super().send_blob(data)

    def which(self, name: str, also: Iterable[str] = ()) -> str | None:
        if "/" in name:
            return name if self.may(name, "x") else None
        for folder in [*also, "/usr/bin", "/bin", "/usr/sbin", "/sbin"]:
            if posixpath.join(folder, name) in self.files:
                return posixpath.join(folder, name)
        known = self.programs | {key.split()[0] for key in self.commands if isinstance(key, str) and key}
        return f"/usr/bin/{name}" if name in {posixpath.basename(each) for each in known} else None

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def euid(self) -> int:
        return self.uid

    def egid(self) -> int:
        return self.uid

    def cwd(self) -> str:
        return "/root"

    def expand(self, path: str) -> str:
        if path == "~" or path.startswith("~/"):
            path = self.environ["HOME"] + path[1:]
        return re.sub(r"\$\{?(\w+)\}?", lambda found: self.environ.get(found[1], found[0]), path)

    def uname(self) -> os.uname_result:
        return os.uname_result(("Linux", "fake", "6.1.0", "#1 SMP", "x86_64"))

    def kill(self, pid: int, number: int) -> None:
        self.ran.append(["kill", str(number), str(pid)])

    def connect(self, host: str, port: int, timeout: float, source: Any = None) -> Any:
        raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))

    def user(self, key: str | int) -> pwd.struct_passwd | None:
        return next((each for each in self.users() if key in (each.pw_name, each.pw_uid)), None)

    def group(self, key: str | int) -> grp.struct_group | None:
        return next((each for each in self.groups() if key in (each.gr_name, each.gr_gid)), None)

    def users(self) -> list[pwd.struct_passwd]:
        home = {name: "/root" if name == "root" else f"/home/{name}" for name in self.user_ids}
        return [pwd.struct_passwd((name, "x", number, number, "", home[name], "/bin/sh")) for name, number in self.user_ids.items()]

    def groups(self) -> list[grp.struct_group]:
        return [grp.struct_group((name, "x", number, [])) for name, number in self.group_ids.items()]

    def run(self, command: Any, *values: Any, **options: Any) -> Ran:
        """Answer from `commands`; a program path /usr/bin/x, found by `which`, also matches a key that says just x."""
        argv = ["/bin/sh", "-c", quoted(command, values)] if isinstance(command, str) else [str(word) for word in command]
        text = quoted(command, values) if isinstance(command, str) else shlex.join(argv)
        stdin = options.get("stdin")
        self.ran.append([text] if isinstance(command, str) else argv)
        self.inputs.append(stdin.encode() if isinstance(stdin, str) else stdin)
        ran = self._answer(text, argv, stdin, options)
        if options.get("stream"):
            self.emit("out", ran.out_bytes)
            self.emit("err", ran.err_bytes)
        if options.get("fail") is not None and ran.rc != 0:
            raise ModuleFailed(options["fail"], rc=ran.rc, stdout=ran.out, stderr=ran.err)
        return ran

    def _answer(self, text: str, argv: list[str], stdin: Any, options: dict[str, Any]) -> Ran:
        short = re.sub(r"^/(?:usr/)?(?:local/)?s?bin/", "", text)
        for key, answer in self.commands.items():
            if key in (text, short) if isinstance(key, str) else (key.fullmatch(text) or key.fullmatch(short)):
                if callable(answer):
                    answer = answer(argv, stdin)
                if isinstance(answer, int):
                    answer = (answer, "", "")
                if isinstance(answer, str):
                    answer = (0, answer, "")
                rc, out, err = answer
                if rc == "timeout":
                    raise CommandTimeout(f"command did not end within {options.get('timeout')} seconds: {text}")
                return Ran(rc, out.encode("utf-8", "surrogateescape"), err.encode("utf-8", "surrogateescape"))
        if not isinstance(argv, list) or argv[0] == "/bin/sh" or argv[0] in self.programs or posixpath.basename(argv[0]) in self.programs:
            raise AssertionError(f"the fake host has no answer for the command: {text}")
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])


def sha1(data: bytes) -> str:
    """Return the checksum that modules put into results."""
    return hashlib.sha1(data).hexdigest()
