"""An engine over TCP with TLS: who answers is checked, we show our certificate, and other names are refused."""

import http.server
import shutil
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner import find
from runner.plan.arguments import prepare
from runner.target.perform import perform
from runner.target.system import System
from tests.target.engine import Engine, Handler

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")


def do(name: str, /, **given: Any) -> dict[str, Any]:
    module = find.load_module(name)
    return perform(module, prepare(name, module.ARGUMENTS, given), System())


class Quiet(http.server.ThreadingHTTPServer):
    """Says nothing when a handshake is refused, which these tests want."""

    def handle_error(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("tls")
    for name in ("ca", "key"):
        do("openssl_privatekey", path=f"{folder}/{name}.key", type="ECC", curve="secp256r1")
    do("openssl_csr", path=f"{folder}/ca.csr", privatekey_path=f"{folder}/ca.key", common_name="CA", basic_constraints=["CA:TRUE"],
       basic_constraints_critical=True, key_usage=["keyCertSign", "cRLSign"], key_usage_critical=True)  # fmt: skip
    do("x509_certificate", path=f"{folder}/ca.pem", csr_path=f"{folder}/ca.csr", privatekey_path=f"{folder}/ca.key", provider="selfsigned")
    do("openssl_csr", path=f"{folder}/c.csr", privatekey_path=f"{folder}/key.key", common_name="engine", subject_alt_name=["DNS:engine"])
    do("x509_certificate", path=f"{folder}/cert.pem", csr_path=f"{folder}/c.csr", provider="ownca", ownca_path=f"{folder}/ca.pem",
       ownca_privatekey_path=f"{folder}/ca.key")  # fmt: skip
    (folder / "key.pem").write_bytes((folder / "key.key").read_bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=f"{folder}/ca.pem")
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    handler = type("Bound", (Handler,), {"engine": Engine()})
    with Quiet(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, server.server_address[1]
        server.shutdown()
        thread.join()


def info(engine: tuple[Path, int], **given: Any) -> dict[str, Any]:
    folder, port = engine
    files = {"ca_path": f"{folder}/ca.pem", "client_cert": f"{folder}/cert.pem", "client_key": f"{folder}/key.pem"}
    return do("docker_host_info", docker_host=f"tcp://127.0.0.1:{port}", **{"validate_certs": True, **files, **given})


def test_the_right_name_is_taken_and_another_is_not(engine: tuple[Path, int]) -> None:
    assert info(engine, tls_hostname="engine")["host_info"]["Name"] == "host"
    assert "CERTIFICATE_VERIFY_FAILED" in info(engine)["msg"], "127.0.0.1 is not in the certificate"
    assert info(engine, validate_certs=False, tls=True)["can_talk_to_docker"]


def test_without_our_certificate_nobody_talks_to_us(engine: tuple[Path, int]) -> None:
    assert info(engine, tls_hostname="engine", client_cert=None, client_key=None)["failed"]


def test_the_environment_names_the_engine(engine: tuple[Path, int], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, port = engine
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(folder))
    monkeypatch.setenv("DOCKER_TLS_HOSTNAME", "engine")
    assert do("docker_host_info")["can_talk_to_docker"]
