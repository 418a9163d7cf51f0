"""Keys, requests and certificates, made and read with the real openssl program in a temporary folder."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runner import find
from runner.plan.arguments import prepare
from runner.target.openssl import der, names, request_config, sign, x509
from runner.target.openssl.program import OpenSsl
from runner.target.perform import perform
from runner.target.system import System

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")


def do(name: str, /, check: bool = False, **given: Any) -> dict[str, Any]:
    """Run a module on this machine."""
    module = find.load_module(name)
    return perform(module, prepare(name, module.ARGUMENTS, given), System(check=check, diff=True))


def key(path: Path, **given: Any) -> dict[str, Any]:
    return do("openssl_privatekey", path=str(path), **{"type": "ECC", "curve": "secp256r1", **given})


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "k"
    assert key(path, check=True)["changed"]
    assert not path.exists()
    first = key(path)
    assert (first["changed"], first["type"], first["curve"], path.stat().st_mode & 0o777) == (True, "ECC", "secp256r1", 0o600)
    again = key(path)
    assert (again["changed"], again["fingerprint"]) == (False, first["fingerprint"])
    assert path.read_text().startswith("-----BEGIN EC PRIVATE KEY-----")
    assert key(path, mode="0640")["changed"]
    other = key(path, curve="secp384r1", backup=True)
    assert other["changed"]
    assert Path(other["backup_file"]).exists()
    assert path.stat().st_mode & 0o777 == 0o640 or path.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == sorted(["k", Path(other["backup_file"]).name])


def test_formats_and_what_regenerate_allows(tmp_path: Path) -> None:
    path = tmp_path / "k"
    first = key(path, format="pkcs8")
    assert not key(path)["changed"], "auto_ignore takes any format"
    converted = key(path, format="pkcs1", format_mismatch="convert")
    assert (converted["changed"], converted["fingerprint"]) == (True, first["fingerprint"])
    failed = key(path, curve="secp384r1", regenerate="fail")
    assert failed["msg"].startswith("Key has wrong type and/or size. Will not proceed.")
    assert not key(path, curve="secp384r1", regenerate="never")["changed"]
    assert key(path, regenerate="always")["changed"]
    assert "format: raw is not supported here" in key(tmp_path / "x", format="raw")["msg"]
    assert key(tmp_path / "none" / "k")["msg"].startswith("The directory ")
    assert do("openssl_privatekey", path=str(path), state="absent")["changed"]
    assert not do("openssl_privatekey", path=str(path), state="absent")["changed"]


def test_passphrases_stay_out_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    real = System.run

    def spy(self: System, command: Any, *values: Any, **options: Any) -> Any:
        seen.append(list(command))
        return real(self, command, *values, **options)

    monkeypatch.setattr(System, "run", spy)
    path = tmp_path / "k"
    assert key(path, passphrase="hush hush")["changed"]
    assert "ENCRYPTED" in path.read_text()
    assert not key(path, passphrase="hush hush")["changed"]
    assert "is the passphrase right?" in key(path, passphrase="wrong", regenerate="partial_idempotence")["msg"]
    info = do("openssl_privatekey_info", path=str(path), passphrase="hush hush")
    assert (info["type"], info["public_data"]["curve"]) == ("ECC", "secp256r1")
    asked = {"path": str(tmp_path / "c"), "privatekey_path": str(path), "common_name": "x"}
    assert do("openssl_csr", privatekey_passphrase="hush hush", **asked)["changed"]
    assert "cannot read the private key" in do("openssl_csr", **asked)["msg"]
    assert not any("hush" in word or "wrong" in word for words in seen for word in words)


def test_key_info_of_other_kinds(tmp_path: Path) -> None:
    key(tmp_path / "rsa", type="RSA", size=2048)
    info = do("openssl_privatekey_info", path=str(tmp_path / "rsa"), check_consistency=True, return_private_key_data=True)
    assert (info["type"], info["public_data"]["size"], info["key_is_consistent"]) == ("RSA", 2048, True)
    assert info["private_data"]["p"] * info["private_data"]["q"] == info["public_data"]["modulus"]
    key(tmp_path / "ed", type="Ed25519")
    assert do("openssl_privatekey_info", path=str(tmp_path / "ed"))["type"] == "Ed25519"
    (tmp_path / "bad").write_text("nothing")
    failed = do("openssl_privatekey_info", path=str(tmp_path / "bad"))
    assert (failed["can_load_key"], failed["can_parse_key"]) == (True, False)


ASKED: dict[str, Any] = {
    "common_name": "www.example.com", "organization_name": 'A, "B" #1 $x', "organizational_unit_name": "Ünit",
    "subject_alt_name": ["DNS:www.example.com", "IP:10.0.0.5", "IP:2001:db8:0::1", "email:a@b.c", "RID:1.2.3.4"],
    "key_usage": ["digitalSignature", "Key Encipherment"], "key_usage_critical": True, "extended_key_usage": ["serverAuth", "1.2.3.4.5"],
    "ocsp_must_staple": True, "create_subject_key_identifier": True,
}  # fmt: skip


def test_a_request_says_what_was_asked_and_is_made_once(tmp_path: Path) -> None:
    key(tmp_path / "k")
    want = {"path": str(tmp_path / "c"), "privatekey_path": str(tmp_path / "k"), **ASKED}
    assert do("openssl_csr", check=True, **want)["changed"]
    assert not (tmp_path / "c").exists()
    result = do("openssl_csr", **want)
    assert (result["changed"], result["subject"][0]) == (True, ["O", 'A, "B" #1 $x'])
    assert not do("openssl_csr", **want)["changed"]
    info = do("openssl_csr_info", path=str(tmp_path / "c"))
    assert info["subject"] == {"organizationName": 'A, "B" #1 $x', "organizationalUnitName": "Ünit", "commonName": "www.example.com"}
    assert info["subject_alt_name"] == ["DNS:www.example.com", "IP:10.0.0.5", "IP:2001:db8::1", "email:a@b.c", "RID:1.2.3.4"]
    assert (info["key_usage"], info["key_usage_critical"]) == (["Digital Signature", "Key Encipherment"], True)
    assert info["extended_key_usage"] == ["1.2.3.4.5", "TLS Web Server Authentication"]
    assert info["ocsp_must_staple"] is True
    other = do("openssl_csr", **{**want, "subject_alt_name": ["DNS:other"]})
    assert (other["changed"], other["diff"]["after"]["subject_alt_name"]) == (True, ["DNS:other"])
    for wrong in ({"subject_alt_name": ["www"]}, {"key_usage": ["nope"]}, {"subject": {"nope": "x"}}, {"common_name": "a\nb"}):
        assert do("openssl_csr", **{**want, **wrong})["failed"]
    assert "not supported" in do("openssl_csr", **want, crl_distribution_points=[{"full_name": ["URI:x"]}])["msg"]


def authority(folder: Path) -> dict[str, str]:
    """Make a CA and return the arguments that name it."""
    key(folder / "ca.key")
    do("openssl_csr", path=str(folder / "ca.csr"), privatekey_path=str(folder / "ca.key"), common_name="CA", use_common_name_for_san=False,
       basic_constraints=["CA:TRUE", "pathlen:0"], basic_constraints_critical=True, key_usage=["keyCertSign"],
       name_constraints_permitted=["DNS:example.com", "IP:10.0.0.0/8"])  # fmt: skip
    made = do("x509_certificate", path=str(folder / "ca.crt"), csr_path=str(folder / "ca.csr"), privatekey_path=str(folder / "ca.key"),
              provider="selfsigned")  # fmt: skip
    assert made["changed"], made
    return {"provider": "ownca", "ownca_path": str(folder / "ca.crt"), "ownca_privatekey_path": str(folder / "ca.key")}


def test_a_ca_signs_once_and_the_chain_is_good(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    key(tmp_path / "k")
    do("openssl_csr", path=str(tmp_path / "c"), privatekey_path=str(tmp_path / "k"), common_name="www.example.com")
    want = {"path": str(tmp_path / "crt"), "csr_path": str(tmp_path / "c"), "ownca_not_after": "+30d", **ca}
    assert do("x509_certificate", check=True, **want)["changed"]
    first = do("x509_certificate", **want)
    assert first["changed"]
    words = ["openssl", "verify", "-CAfile", str(tmp_path / "ca.crt"), str(tmp_path / "crt")]
    verified = subprocess.run(words, capture_output=True, text=True)
    assert verified.stdout.endswith(": OK\n"), verified.stderr
    again = do("x509_certificate", **want)
    assert (again["changed"], again["serial_number"]) == (False, first["serial_number"])
    info = do("x509_certificate_info", path=str(tmp_path / "crt"), valid_at={"soon": "+29d", "late": "+31d"})
    assert (info["issuer"], info["version"], info["expired"]) == ({"commonName": "CA"}, 3, False)
    assert info["valid_at"] == {"soon": True, "late": False}
    assert info["authority_key_identifier"] == do("x509_certificate_info", path=str(tmp_path / "ca.crt"))["subject_key_identifier"]
    key(tmp_path / "other")
    do("openssl_csr", path=str(tmp_path / "c"), privatekey_path=str(tmp_path / "other"), common_name="www.example.com")
    assert do("x509_certificate", **want)["changed"], "another key"
    wrong = do("x509_certificate", **{**want, "ownca_privatekey_path": str(tmp_path / "other")})
    assert wrong["msg"] == "The CA private key does not belong to the CA certificate"


def test_a_certificate_of_another_authority_of_the_same_name_is_not_taken(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = authority(tmp_path / "one"), authority(tmp_path / "two")
    key(tmp_path / "k")
    do("openssl_csr", path=str(tmp_path / "c"), privatekey_path=str(tmp_path / "k"), common_name="www.example.com")
    want = {"path": str(tmp_path / "crt"), "csr_path": str(tmp_path / "c"), "ownca_create_authority_key_identifier": False}
    assert do("x509_certificate", **want, **one)["changed"]
    assert do("x509_certificate", **want, **two)["changed"]
    assert not do("x509_certificate", **want, **two)["changed"]


def test_self_signed_dates_and_refusals(tmp_path: Path) -> None:
    key(tmp_path / "k", type="Ed25519")
    want = {"path": str(tmp_path / "crt"), "privatekey_path": str(tmp_path / "k"), "provider": "selfsigned", "ignore_timestamps": False,
            "selfsigned_not_before": "20200101000000Z", "selfsigned_not_after": "20210101000000Z"}  # fmt: skip
    assert do("x509_certificate", **want)["notAfter"] == "20210101000000Z"
    assert not do("x509_certificate", **want)["changed"]
    assert do("x509_certificate", **{**want, "selfsigned_not_after": "20600101000000Z"})["changed"]
    assert not do("x509_certificate_info", path=str(tmp_path / "crt"))["expired"]
    assert "provider acme is not supported here" in do("x509_certificate", **{**want, "provider": "acme"})["msg"]
    assert "is invalid: write +30d" in do("x509_certificate", **{**want, "selfsigned_not_after": "later", "force": True})["msg"]
    assert do("x509_certificate_info", path=str(tmp_path / "k"))["msg"] == "Cannot parse certificate: there is no certificate"


def test_parameters(tmp_path: Path) -> None:
    want = {"path": str(tmp_path / "dh"), "size": 512}
    assert do("openssl_dhparam", check=True, **want)["changed"]
    assert do("openssl_dhparam", **want)["changed"]
    assert not do("openssl_dhparam", **want)["changed"]


def test_times_and_names() -> None:
    assert sign.moment("+1d1h", 0, "x") == "19700102010000Z"
    assert sign.moment("-60", 120, "x") == "19700101000100Z"
    assert names.normal_name("IP:2001:0db8::0") == "IP:2001:db8::"
    assert request_config._network("10.0.0.0/8") == "10.0.0.0/255.0.0.0"
    with pytest.raises(der.BadDer):
        der.read_all(b"\x30\x05\x01")
    assert x509.fingerprints(b"")["md5"].startswith("d4:1d")
    assert OpenSsl(System()).path.endswith("openssl")
