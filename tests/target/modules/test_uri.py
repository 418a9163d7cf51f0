"""uri against a server on the loopback; results compared with those of ansible-core 2.18 when they were written."""

import contextlib
import http.server
import json
import socket
import ssl
import subprocess

import pytest

from runner.target.modules import uri
from runner.target.perform import perform
from runner.target.system import System
from tests.target.web import CONTENT, Handler, UnixServer, serving, website


@pytest.fixture(scope="module")
def site():
    with website() as address:
        yield address


def ask(site, path, system=None, **args):
    return perform(uri, {"url": site + path, "use_netrc": False, **args}, system or System())


def echoed(site, path="/echo", **args):
    return ask(site, path, **args)["json"]


def test_get(site):
    result = ask(site, "/file.txt", return_content=True)
    assert result["status"] == 200
    assert result["content"] == CONTENT.decode()
    assert result["msg"] == "OK (16 bytes)"
    assert result["url"] == site + "/file.txt"
    assert (result["redirected"], result["changed"], result["elapsed"]) == (False, False, 0)
    assert (result["cookies"], result["cookies_string"]) == ({}, "")
    assert result["last_modified"] == "Wed, 21 Oct 2015 07:28:00 GMT"
    assert "content" not in ask(site, "/file.txt")


def test_json(site):
    assert ask(site, "/json")["json"] == {"a": [1, 2]}
    assert "json" not in ask(site, "/badjson")


def test_status_that_is_not_wanted_fails(site):
    result = ask(site, "/500", return_content=True)
    assert result["failed"]
    assert result["msg"] == "Status code was 500 and not [200]: HTTP Error 500: Internal Server Error"
    assert (result["status"], result["x_foo"], result["content"]) == (500, "bar", "broken")
    assert not ask(site, "/500", status_code=[200, 500]).get("failed")
    assert not ask(site, "/204", status_code=[204]).get("failed")


@pytest.mark.parametrize(
    ("path", "method", "policy", "status", "then"),
    [
        ("/redir", "GET", "safe", 200, None),
        ("/redir", "GET", "none", 302, None),
        ("/redir", "POST", "safe", 302, None),
        ("/redir", "POST", "all", 200, None),
        ("/see", "POST", "all", 200, "GET"),
        ("/again", "POST", "all", 200, "POST"),
        ("/moved", "PUT", "all", 200, "PUT"),
        ("/moved", "GET", "urllib2", 200, "GET"),
    ],
)
def test_redirects(site, path, method, policy, status, then):
    result = ask(site, path, method=method, follow_redirects=policy, body="x" if method != "GET" else None, status_code=[status])
    assert not result.get("failed"), result["msg"]
    assert result["status"] == status
    assert result["redirected"] is (status == 200)
    if then:
        assert result["json"]["method"] == then
        assert result["json"]["body"] == ("x" if then in ("POST", "PUT") else "")
    if status == 302:
        assert result["location"] == site + "/file.txt"


def test_a_loop_of_redirects_ends(site):
    result = ask(site, "/loop")
    assert result["status"] == 302
    assert "infinite loop" in result["msg"]


def test_credentials_do_not_go_to_another_host(site):
    answer = ask(site, "/away", url_username="u", url_password="p", force_basic_auth=True, headers={"X-A": "b"})
    assert answer["redirected"]
    assert "authorization" not in answer["json"]["headers"]
    assert answer["json"]["headers"]["x-a"] == "b"


@pytest.mark.parametrize(
    ("args", "status"),
    [
        ({}, 401),
        ({"url_username": "u", "url_password": "p"}, 200),
        ({"url_username": "u", "url_password": "p", "force_basic_auth": True}, 200),
        ({"url_username": "u", "url_password": "bad"}, 401),
    ],
)
def test_authentication(site, args, status):
    assert ask(site, "/auth", **args)["status"] == status


def test_credentials_in_the_address_and_in_netrc(site, tmp_path):
    result = ask(site.replace("//", "//u:p@"), "/auth")
    assert (result["status"], result["url"]) == (200, site + "/auth")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n")
    system = System()
    system.environ = {"NETRC": str(tmp_path / "netrc")}
    assert ask(site, "/auth", system, use_netrc=True)["status"] == 200


def test_json_body(site):
    told = echoed(site, method="POST", body={"a": [1]}, body_format="json", headers={"X-A": "b"})
    assert (told["method"], told["body"]) == ("POST", '{"a": [1]}')
    assert told["headers"]["content-type"] == "application/json"
    assert told["headers"]["user-agent"] == "ansible-httpget"
    assert told["headers"]["x-a"] == "b"


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": [1, 2], "b": "x y"}, "a=1&a=2&b=x+y"),
        ([["a", "1"], ["a", "2"]], "a=1&a=2"),
        ("ready=1", "ready=1"),
    ],
)
def test_form_body(site, body, sent):
    told = echoed(site, method="POST", body=body, body_format="form-urlencoded")
    assert told["body"] == sent
    assert told["headers"]["content-type"] == "application/x-www-form-urlencoded"


def test_form_that_is_no_pairs_fails(site):
    result = ask(site, "/echo", method="POST", body=["a"], body_format="form-urlencoded")
    assert result["failed"]
    assert "is not a pair" in result["msg"]


def test_multipart_body(site, tmp_path):
    (tmp_path / "small.bin").write_bytes(b"\x00bin")
    body = {
        "text": "v",
        "file": {"content": "abc", "filename": "f.txt", "mime_type": "text/x-own"},
        "disk": {"filename": str(tmp_path / "small.bin")},
        "carried": {"filename": "c.bin", "content_base64": "AAE="},
    }
    told = echoed(site, method="POST", body=body, body_format="form-multipart")
    kind, _, boundary = told["headers"]["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = told["body"].split("--" + boundary)
    assert parts[0] == ""
    assert parts[-1] == "--\r\n"
    assert 'name="carried"; filename="c.bin"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\x01\r\n' in parts[1]
    assert 'name="disk"; filename="small.bin"' in parts[2]
    assert parts[2].endswith("\r\n\r\n\x00bin\r\n")
    assert 'name="file"; filename="f.txt"\r\nContent-Type: text/x-own\r\n\r\nabc\r\n' in parts[3]
    assert 'name="text"\r\nContent-Type: text/plain\r\n\r\nv\r\n' in parts[4]


def test_source_file(site, tmp_path):
    (tmp_path / "body").write_bytes(b"from disk")
    told = echoed(site, method="PUT", src=str(tmp_path / "body"), remote_src=True)
    assert (told["method"], told["body"]) == ("PUT", "from disk")
    assert "Unable to open source file" in ask(site, "/echo", method="PUT", src=str(tmp_path / "none"))["msg"]


def test_compressed_answer(site):
    assert ask(site, "/gz", return_content=True)["content"] == "hello gz"
    assert ask(site, "/gz", return_content=True, decompress=False)["content"].startswith("\x1f")


def test_cookies(site):
    result = ask(site, "/cookie")
    assert (result["cookies"], result["cookies_string"]) == ({"a": "1"}, "a=1")


def test_no_server_and_no_url(site):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        result = ask(f"http://127.0.0.1:{unused.getsockname()[1]}", "/")
    assert (result["failed"], result["status"]) == (True, -1)
    assert result["msg"].startswith("Status code was -1 and not [200]: Request failed: <urlopen error [Errno 111]")
    result = ask("foo", "")
    assert result["msg"] == "unknown url type: 'foo'"


def test_a_silent_server_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        result = ask(f"http://127.0.0.1:{silent.getsockname()[1]}", "/", timeout=0.2)
    assert result["status"] == -1
    assert "timed out" in result["msg"]


def test_an_answer_that_breaks_off_is_told(site):
    result = ask(site, "/short")
    assert result["failed"]
    assert "the connection broke" in result["msg"]


def test_content_to_a_file_is_idempotent(site, tmp_path):
    dest = tmp_path / "out"
    first = ask(site, "/file.txt", dest=str(dest), mode="0640")
    assert (first["changed"], first["path"], first["mode"]) == (True, str(dest), "0640")
    assert dest.read_bytes() == CONTENT
    second = ask(site, "/file.txt", dest=str(dest), mode="0640")
    assert (second["changed"], second["status"]) == (False, 304)
    assert not second.get("failed")
    forced = ask(site, "/file.txt", dest=str(dest), force=True)
    assert (forced["changed"], forced["status"]) == (False, 200)


def test_directory_takes_the_servers_name_without_its_folders(site, tmp_path):
    assert ask(site, "/file.txt", dest=str(tmp_path))["path"] == str(tmp_path / "file.txt")
    assert ask(site, "/named", dest=str(tmp_path))["path"] == str(tmp_path / "named.bin")


def test_creates_and_removes(site, tmp_path):
    (tmp_path / "there").touch()
    assert ask(site, "/500", creates=str(tmp_path / "there"))["stdout"] == f"skipped, since '{tmp_path}/there' exists"
    assert ask(site, "/500", removes=str(tmp_path / "no"))["stdout"] == f"skipped, since '{tmp_path}/no' does not exist"


def test_check_mode_asks_nothing(site):
    assert ask(site, "/500", System(check=True))["skipped"]


def test_unix_socket(tmp_path):
    path = str(tmp_path / "sock")
    with serving(UnixServer(path, Handler)):
        result = ask("http://anything", "/json", unix_socket=path)
    assert result["json"] == {"a": [1, 2]}


def test_proxy_is_taken_from_the_tasks_environment(site):
    system = System()
    system.environ = {"http_proxy": site, "no_proxy": "direct.example"}
    # a proxy is asked with the whole address, which the server does not know
    assert perform(uri, {"url": "http://far.example/x"}, system)["status"] == 404
    system.environ = {"http_proxy": site, "no_proxy": "127.0.0.1"}
    assert ask(site, "/json", system)["status"] == 200
    system.environ = {"HTTP_PROXY": "http://127.0.0.1:1"}
    assert ask(site, "/json", system)["status"] == -1
    assert ask(site, "/json", system, use_proxy=False)["status"] == 200


def test_certificates(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with website_tls(context) as address:
        refused = ask(address, "/json")
        assert refused["status"] == -1
        assert "Failed to validate the SSL certificate for 127.0.0.1" in refused["msg"]
        assert ask(address, "/json", ca_path=str(certificate))["status"] == 200
        assert ask(address, "/json", validate_certs=False)["status"] == 200
        assert "cannot use the TLS settings" in ask(address, "/json", client_cert=str(tmp_path / "none"))["msg"]


@contextlib.contextmanager
def website_tls(context):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None
    with serving(server):
        yield f"https://127.0.0.1:{server.server_address[1]}"


def test_a_result_is_json(site):
    json.dumps(ask(site, "/echo", return_content=True))
