"""get_url against a server on the loopback."""

import hashlib
import os

import pytest

from runner.target.modules import get_url
from runner.target.perform import perform
from runner.target.system import System
from tests.target.web import CONTENT, website

SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def site():
    with website() as address:
        yield address


def get(url, dest, system=None, **args):
    return perform(get_url, {"url": url, "dest": str(dest), "use_netrc": False, **args}, system or System())


def test_gets_a_file_once(site, tmp_path):
    dest = tmp_path / "f"
    first = get(site + "/file.txt", dest, mode="0600")
    assert (first["changed"], first["status_code"], first["msg"]) == (True, 200, "OK (16 bytes)")
    assert (first["dest"], first["url"], first["mode"], first["size"]) == (str(dest), site + "/file.txt", "0600", 16)
    assert (first["checksum_src"], first["checksum_dest"]) == (hashlib.sha1(CONTENT).hexdigest(), None)
    assert dest.read_bytes() == CONTENT
    second = get(site + "/file.txt", dest, mode="0600")
    assert (second["changed"], second["status_code"], second["msg"]) == (False, 304, "HTTP Error 304: Not Modified")
    third = get(site + "/file.txt", dest, mode="0640")
    assert (third["changed"], third["mode"]) == (True, "0640")
    assert os.listdir(tmp_path) == ["f"]


def test_force_compares_content_and_keeps_a_backup(site, tmp_path):
    dest = tmp_path / "f"
    dest.write_bytes(CONTENT)
    same = get(site + "/file.txt", dest, force=True)
    assert (same["changed"], same["md5sum"]) == (False, hashlib.md5(CONTENT).hexdigest())
    assert os.path.dirname(same["src"]) == str(tmp_path)
    dest.write_text("other")
    result = get(site + "/file.txt", dest, force=True, backup=True)
    assert result["changed"]
    with open(result["backup_file"]) as backup:
        assert backup.read() == "other"


@pytest.mark.parametrize("checksum", [f"sha256:{SHA256}", f"sha256:{SHA256.upper()}", "sha256:{site}/sums"])
def test_checksum(site, tmp_path, checksum):
    dest = tmp_path / "f"
    checksum = checksum.replace("{site}", site)
    dest.write_text("older or newer, but wrong")
    assert get(site + "/file.txt", dest, checksum=checksum)["changed"]
    again = get(site + "/file.txt", dest, checksum=checksum)
    assert (again["changed"], again["msg"]) == (False, "file already exists")


@pytest.mark.parametrize(
    ("path", "checksum", "message"),
    [
        ("/file.txt", "sha256:abcd", "did not match abcd; it was " + SHA256),
        ("/json", "sha256:{site}/sums", "Unable to find a checksum for file 'json' in"),
        ("/json", "sha256:{site}/none", "cannot get the checksums from"),
        ("/json", "abcd", "has to be in format <algorithm>:<checksum>"),
        ("/json", "sha256:xyz", "The checksum format is invalid"),
        ("/json", "bogus:abcd", "no checksum algorithm named 'bogus'"),
        ("/nothere", "", "Request failed"),
        ("/short", "", "the connection broke"),
    ],
)
def test_failures_leave_the_file_as_it_was(site, tmp_path, path, checksum, message):
    dest = tmp_path / "f"
    dest.write_text("old")
    result = get(site + path, dest, checksum=checksum.replace("{site}", site))
    assert result["failed"]
    assert message in result["msg"]
    assert dest.read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


def test_http_error_is_told(site, tmp_path):
    result = get(site + "/nothere", tmp_path / "f")
    assert (result["status_code"], result["response"]) == (404, "HTTP Error 404: Not Found")


@pytest.mark.parametrize(
    ("path", "name"), [("/file.txt", "file.txt"), ("/redir", "file.txt"), ("/named", "named.bin"), ("/json?x=1", None)]
)
def test_name_in_a_directory(site, tmp_path, path, name):
    result = get(site + path, tmp_path)
    assert result["dest"] == str(tmp_path / name if name else tmp_path)
    assert bool(result.get("failed")) is (name is None)


def test_missing_folder(site, tmp_path):
    result = get(site + "/json", tmp_path / "no" / "f")
    assert result["msg"] == f"Destination {tmp_path}/no does not exist"


def test_unpacks_compressed_content(site, tmp_path):
    get(site + "/gz", tmp_path / "plain")
    assert (tmp_path / "plain").read_text() == "hello gz"
    get(site + "/gz", tmp_path / "packed", decompress=False)
    assert (tmp_path / "packed").read_bytes()[:2] == b"\x1f\x8b"


def test_check_mode_asks_but_writes_nothing(site, tmp_path):
    result = get(site + "/file.txt", tmp_path / "f", System(check=True))
    assert result["changed"]
    assert os.listdir(tmp_path) == []
    (tmp_path / "f").write_bytes(CONTENT)
    assert get(site + "/file.txt", tmp_path / "f", System(check=True))["changed"] is False


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a" * 64 + "  dir/x.tgz\n", "a" * 64),
        ("SHA256 (x.tgz) = " + "b" * 64 + "\n", "b" * 64),
        ("c" * 64 + "\n", "c" * 64),
        ("d" * 64 + " *y.tgz\n" + "e" * 64 + " *x.tgz\n", "e" * 64),
        ("f" * 64 + "  y.tgz\n", None),
    ],
)
def test_lists_of_checksums(text, found):
    assert get_url.in_list(text, "x.tgz") == found


def test_a_file_of_the_host_has_no_status(tmp_path):
    (tmp_path / "from").write_bytes(CONTENT)
    result = get((tmp_path / "from").as_uri(), tmp_path / "f")
    assert (result["changed"], result["status_code"]) == (True, None)
    assert (tmp_path / "f").read_bytes() == CONTENT
