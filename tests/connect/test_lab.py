"""A lab host: another user with and without a password, logins, a paused container."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.errors import BecomeError, Unreachable
from runner.model.address import Address
from runner.model.request import Become, Request
from tests.connect.conftest import Linked
from tests.own_lab import own_lab

NAME = "connecttest"
LAB = """\
name: connecttest
network: {subnet: 172.30.245.0/24}
hosts:
  one: {address: 172.30.245.11}
"""
pytestmark = pytest.mark.lab
WHO = Request("command", {"cmd": "id -un"})
Reached = Callable[..., Address]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a lab of one host."""
    with own_lab(LAB, tmp_path_factory.mktemp("lab")) as made:
        yield made.folder.path


@pytest.fixture
def passwords(folder: Path) -> dict[str, str]:
    return dict(yaml.safe_load((folder / "passwords.yml").read_text()))


@pytest.fixture
def address(folder: Path) -> Reached:
    """Return what makes the host's address for a user, with changes."""

    def made(user: str = "root", **changes: Any) -> Address:
        common = ("-F", "none", "-o", f"UserKnownHostsFile={folder}/known_hosts", "-o", "IdentitiesOnly=yes")
        values = {"private_key_file": str(folder / "id_ed25519"), "drop_after": 3.0, "timeout": 5.0, **changes}
        return Address(name="one", host="172.30.245.11", user=user, common_args=common, **values)

    return made


def as_user(become: Become) -> Request:
    return Request("command", {"cmd": "id -un"}, become=become)


async def test_to_other_users_without_a_password(linked: Linked, address: Reached) -> None:
    async with linked(address("ops")) as link:
        assert (await link.call(WHO)).result["stdout"] == "ops"
        assert (await link.call(as_user(Become()))).result["stdout"] == "root"
        # one user without rights to another: there is nothing on disk that could be in the way
        assert (await link.call(as_user(Become("alice")))).result["stdout"] == "alice"
        assert (await link.shell("id -un; cat", stdin=b"in\n", become=Become("alice"))).stdout == b"alice\nin\n"
        with pytest.raises(BecomeError, match="there is no such user on the host"):
            await link.call(as_user(Become("nosuch")))


async def test_with_sudos_password(linked: Linked, address: Reached, passwords: dict[str, str]) -> None:
    password = passwords["alice"]
    async with linked(address("alice")) as link:
        assert (await link.call(as_user(Become(password=password)))).result["stdout"] == "root"
        assert (await link.shell("id -un; cat", stdin=b"in\n", become=Become(password=password))).stdout == b"root\nin\n"
        with pytest.raises(BecomeError, match="a password is needed"):
            await link.call(as_user(Become()))
        with pytest.raises(BecomeError, match="the password is wrong") as caught:
            await link.call(as_user(Become(password="no")))
        assert "muster-" not in caught.value.found


async def test_with_sus_password_over_a_terminal(linked: Linked, tmp_path: Path, address: Reached, passwords: dict[str, str]) -> None:
    root = Become("root", "su", password=passwords["root"])
    content = os.urandom(1_500_000)
    async with linked(address("alice")) as link:
        assert (await link.call(as_user(root))).result["stdout"] == "root"
        answer = await link.shell("id -un; cat; echo $A; exit 3", stdin=b"in\n", become=root, environment={"A": "it's"})
        assert (answer.rc, answer.stdout) == (3, b"root\nin\nit's\n")
        copied = await link.call(Request("copy", {"dest": "/root/muster-test"}, blob=content, become=root))
        assert not copied.result.get("failed"), copied.result
        await link.call(Request("fetch", {"src": "/root/muster-test"}, receive_to=tmp_path / "back", become=root))
        assert (tmp_path / "back").read_bytes() == content
        await link.call(Request("command", {"cmd": "rm /root/muster-test"}, become=root))
        with pytest.raises(BecomeError, match="the password is wrong"):
            await link.call(as_user(Become("root", "su", password="no")))


async def test_login_by_password(linked: Linked, address: Reached, passwords: dict[str, str]) -> None:
    async with linked(address("alice", private_key_file=None, password=passwords["alice"])) as link:
        assert (await link.call(WHO)).result["stdout"] == "alice"
    async with linked(address("alice", private_key_file=None, password="no")) as link:
        with pytest.raises(Unreachable, match="refused the login of alice") as caught:
            await link.call(WHO)
        assert caught.value.found == "tried: password"


async def test_nothing_stays_on_the_host(linked: Linked, address: Reached) -> None:
    async with linked(address()) as link:
        await link.call(WHO)
        await link.call(as_user(Become("alice")))
    await asyncio.sleep(0.5)
    async with linked(address()) as link:
        seen = await link.shell("pgrep -fc '[m]uster-[0-9a-f]{16}-' ; find / -xdev -newermt '-1 minute' -name '*muster*' 2>/dev/null")
    assert seen.stdout == b"0\n"


@pytest.mark.parametrize("kind", ["ssh", "docker"])
async def test_a_paused_container_is_unreachable_in_time_and_comes_back(linked: Linked, kind: str, address: Reached) -> None:
    container = f"muster-{NAME}-one"
    where = address() if kind == "ssh" else Address(name="one", kind="docker", host=container, drop_after=3)
    async with linked(where) as link:
        await link.call(WHO)
        for work in (link.call(Request("command", {"cmd": "sleep 20"})), link.shell("sleep 20")):
            task = asyncio.ensure_future(work)
            await asyncio.sleep(0.5)
            subprocess.run(["docker", "pause", container], check=True, capture_output=True)
            began = time.monotonic()
            try:
                with pytest.raises(Unreachable):
                    await task
            finally:
                subprocess.run(["docker", "unpause", container], check=True, capture_output=True)
            assert time.monotonic() - began < 5
            assert (await link.call(WHO)).result["stdout"] == "root"


async def test_a_container_that_is_not_there(linked: Linked) -> None:
    async with linked(Address(name="c", kind="docker", host="muster-no-such")) as link:
        with pytest.raises(Unreachable, match=r"No such (container|object)"):
            await link.call(WHO)
