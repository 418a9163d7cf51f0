"""apt_repository, deb822_repository, apt_key, dpkg_selections, debconf: recorded from Debian 12."""

import http.server
import json
import re
from collections.abc import Iterator

import pytest

from runner.target import deb822
from runner.target.modules import apt_key, apt_repository, deb822_repository, debconf, dpkg_selections
from tests.target.fake_system import FakeSystem
from tests.target.web import serving

SOURCE = "deb http://deb.debian.org/debian bookworm-backports main"
MAIN = "/etc/apt/sources.list"
ADDED = "/etc/apt/sources.list.d/deb_debian_org_debian.list"
KEY = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"
PRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


def sources(update: object = 0, **options):
    files = {MAIN: "deb http://deb.debian.org/debian bookworm main\n", "/etc/apt/sources.list.d/": ""} | options.pop("files", {})
    return FakeSystem(files, {"apt-get update": update}, **options)


def test_a_source_is_added_once_and_removed_with_its_file():
    system = sources(diff=True)
    result = system.perform(apt_repository, repo=SOURCE)
    assert (result["changed"], result["sources_added"]) == (True, [ADDED])
    assert system.text(ADDED) == SOURCE + "\n"
    assert system.ran == [["/usr/bin/apt-get", "update"]]
    assert not system.again().perform(apt_repository, repo=SOURCE.replace(" ", "  "))["changed"]
    removed = system.again().perform(apt_repository, repo=SOURCE, state="absent", update_cache=False)
    assert removed["sources_removed"] == [ADDED]
    assert ADDED not in system.files


def test_a_commented_source_is_enabled_where_it_stands():
    system = sources(files={MAIN: f"# {SOURCE}\n"})
    assert system.perform(apt_repository, repo=SOURCE)["changed"]
    assert system.text(MAIN) == SOURCE + "\n"


def test_a_source_that_cannot_be_loaded_is_taken_back():
    system = sources((100, "", "E: Failed to fetch http://x  404  Not Found\n"))
    result = system.perform(apt_repository, repo=SOURCE, update_cache_retries=1)
    assert "404" in result["msg"]
    assert ADDED not in system.files
    checked = sources(check=True)
    assert checked.perform(apt_repository, repo=SOURCE)["changed"]
    assert checked.ran == []
    assert "Invalid repository string" in sources().perform(apt_repository, repo="junk")["msg"]


PPA = "https://ppa.launchpadcontent.net"
PPA_LIST, PPA_KEY = "/etc/apt/sources.list.d/ppa_ops_keepalived_jammy.list", "/etc/apt/trusted.gpg.d/ppa-ops-keepalived.asc"


@pytest.fixture
def launchpad() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a stand-in of Launchpad's web service, and what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            known = self.path == "/1.0/~ops/+archive/ubuntu/keepalived?ws.op=getSigningKeyData"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps(KEY.decode()).encode() if known else b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}/1.0", asked


def ubuntu(address: str, update: object = 0, **options):
    release = {"/etc/os-release": 'ID=ubuntu\nVERSION_CODENAME=jammy\nUBUNTU_CODENAME="jammy"\n'}
    return sources(update, files=release, environ={"MUSTER_LAUNCHPAD_API": address}, **options)


def test_a_ppa_comes_with_its_key_and_goes_with_it(launchpad):
    address, asked = launchpad
    system = ubuntu(address)
    result = system.perform(apt_repository, repo="ppa:ops/keepalived")
    assert (result["changed"], result["sources_added"], result["repo"]) == (True, [PPA_LIST], "ppa:ops/keepalived")
    assert system.text(PPA_LIST) == f"deb {PPA}/ops/keepalived/ubuntu jammy main\n"
    assert system.text(PPA_KEY) == KEY.decode()
    # nobody is asked when all is well
    assert not system.again().perform(apt_repository, repo="ppa:~ops/ubuntu/keepalived")["changed"]
    assert len(asked) == 1
    assert system.again().perform(apt_repository, repo="ppa:ops/keepalived", state="absent")["sources_removed"] == [PPA_LIST]
    assert not system.exists(PPA_KEY)


def test_a_ppa_for_another_release_and_what_is_refused(launchpad):
    address, asked = launchpad
    system = ubuntu(address, check=True, diff=True)
    result = system.perform(apt_repository, repo="ppa:ops", codename="noble", filename="mine")
    assert result["diff"][0]["after"] == f"deb {PPA}/ops/ppa/ubuntu noble main\n"
    assert asked == []
    assert "Not Found" in ubuntu(address).perform(apt_repository, repo="ppa:ops/other")["msg"]
    assert "ppa:owner/name" in ubuntu(address).perform(apt_repository, repo="ppa:ops/../x")["msg"]
    assert "codename" in sources().perform(apt_repository, repo="ppa:ops/keepalived")["msg"]
    failing = ubuntu(address, (100, "", "E: Failed to fetch http://x  404  Not Found\n"))
    assert failing.perform(apt_repository, repo="ppa:ops/keepalived", update_cache_retries=1)["failed"]
    assert not failing.exists(PPA_LIST)
    assert not failing.exists(PPA_KEY)


def test_deb822():
    system = FakeSystem({"/etc/apt/sources.list.d/": ""}, diff=True)
    args = {"name": "My Vendor", "uris": ["http://a.b"], "suites": ["s"], "components": ["main", "x"], "enabled": True}
    result = system.perform(deb822_repository, signed_by=KEY.decode(), **args)
    assert result["dest"] == "/etc/apt/sources.list.d/my-vendor.sources"
    assert system.text(result["dest"]) == (
        "Components: main x\nEnabled: yes\nX-Repolib-Name: My Vendor\n"
        "Signed-By:\n    -----BEGIN PGP PUBLIC KEY BLOCK-----\n    .\n    abc\n"
        "    -----END PGP PUBLIC KEY BLOCK-----\nSuites: s\nTypes: deb\nURIs: http://a.b\n"
    )
    assert not system.again().perform(deb822_repository, signed_by=KEY.decode(), **args)["changed"]
    assert system.again(check=True).perform(deb822_repository, name="My Vendor", state="absent")["changed"]
    assert result["dest"] in system.files
    assert system.again().perform(deb822_repository, name="My Vendor", state="absent")["changed"]
    assert not system.again().perform(deb822_repository, name="My Vendor", state="absent")["changed"]


def keys(*trusted: str, **options):
    files = {"/etc/apt/trusted.gpg.d/": "", "/k.asc": KEY} | {f"/etc/apt/trusted.gpg.d/{name}.asc": KEY for name in trusted}

    def show(_argv, _stdin):
        return f"pub:-:4096:1:89ABCDEF01234567:1:::-:::\nfpr:::::::::{PRINT}:\n"

    commands = {re.compile(r"gpg --batch --no-default-keyring --with-colons --show-keys --fingerprint \S+"): show}
    return FakeSystem(files, commands, programs=["gpg"], **options)


def test_apt_key():
    system = keys()
    result = system.perform(apt_key, file="/k.asc", id="0x01234567")
    assert (result["changed"], result["fp"], result["short_id"]) == (True, PRINT, "01234567")
    assert system.read(f"/etc/apt/trusted.gpg.d/{PRINT.lower()}.asc") == KEY
    assert not system.again().perform(apt_key, file="/k.asc")["changed"]
    assert "not DEADBEEF" in keys().perform(apt_key, file="/k.asc", id="DEADBEEF")["msg"]
    assert keys().perform(apt_key, id="xyz", file="/k.asc")["msg"] == "Invalid key_id"
    assert keys("a").perform(apt_key, id="01234567", state="absent")["changed"]
    checked = keys(check=True)
    assert checked.perform(apt_key, file="/k.asc")["changed"]
    assert checked.listdir("/etc/apt/trusted.gpg.d") == []


def test_dpkg_selections():
    commands = {"dpkg --get-selections cron": "cron\t\t\tinstall\n", "dpkg --set-selections": 0, "dpkg --get-selections nope": ""}
    system = FakeSystem(commands=commands)
    result = system.perform(dpkg_selections, name="cron", selection="hold")
    assert (result["changed"], result["before"], result["after"]) == (True, "install", "hold")
    assert system.inputs[-1] == b"cron hold\n"
    assert not FakeSystem(commands=commands).perform(dpkg_selections, name="cron", selection="install")["changed"]
    assert FakeSystem(commands=commands, check=True).perform(dpkg_selections, name="cron", selection="hold")["changed"]
    missing = FakeSystem(commands=commands).perform(dpkg_selections, name="nope", selection="hold")
    assert missing["msg"] == "Failed to find package 'nope' to perform selection 'hold'."


def test_debconf():
    show = "* tzdata/Areas: Etc\n  tzdata/Zones/Etc: UTC\n  x/many: b, a\n"
    commands = {"debconf-show tzdata": show, "debconf-set-selections": 0}
    system = FakeSystem(commands=commands, diff=True)
    result = system.perform(debconf, name="tzdata", question="tzdata/Areas", vtype="select", value="Europe")
    assert result["changed"]
    assert result["diff"] == {"before": "tzdata/Areas: Etc\n", "after": "tzdata/Areas: Europe\n"}
    assert system.inputs[-1] == b"tzdata tzdata/Areas select Europe\n"
    same = FakeSystem(commands=commands)
    assert not same.perform(debconf, name="tzdata", question="x/many", vtype="multiselect", value=["a", "b"])["changed"]
    for stored in ("10 x/p doesn't exist\n", "0 old\n", "0 hunter2\n"):
        told = commands | {"debconf-communicate tzdata": stored}
        args = {"name": "tzdata", "question": "x/p", "vtype": "password", "value": "hunter2"}
        secret = FakeSystem(commands=told, diff=True).perform(debconf, **args)
        assert secret["changed"] == ("hunter2" not in stored)
        assert "hunter2" not in str(secret)
        assert "old" not in str(secret)
    bad = FakeSystem(commands=commands).perform(debconf, name="tzdata", question="x/many", vtype="multiselect", value=[{"a": 1}])
    assert "Invalid value provided" in bad["msg"]
    assert FakeSystem(commands={"debconf-show x": (1, "", "no\n")}).perform(debconf, name="x")["failed"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("deb [arch=amd64] https://download.docker.com/linux/debian bookworm stable", "download_docker_com_linux_debian"),
        ("deb https://user:secret@host.example/x y z", "host_example_x"),
    ],
)
def test_file_names(source, name):
    assert deb822.file_name(source) == name
