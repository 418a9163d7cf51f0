"""The scripts of the role certificates, with the machine's own openssl: what they make, strict clients take."""

import getpass
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "roles" / "certificates" / "files"
NAMES = "DNS:one,IP:10.0.0.1"


def script(name: str, *words: str, stdin: str = "") -> str:
    argv = ["/bin/sh", "-c", (SCRIPTS / f"{name}.sh").read_text("utf-8"), name, *words]
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """The directories of an authority and of a member with a certificate of it."""
    authority, member = tmp_path / "authority", tmp_path / "member"
    member.mkdir()
    assert script("authority", str(authority), "Test", "30") == "made\n"
    request = script("request", "member", str(member), "one", getpass.getuser())
    (member / "member.crt").write_text(script("sign", str(authority), NAMES, "30", stdin=request))
    return authority, member


def look(made: tuple[Path, Path], names: str = NAMES, days: str = "10") -> str:
    authority, member = made
    return script("look", "member", str(member), names, days, stdin=(authority / "ca.crt").read_text()).strip()


def test_a_made_certificate_is_good(made: tuple[Path, Path]) -> None:
    assert look(made) == "good"
    assert look(made, names="DNS:two") == f"has the names {NAMES}"
    assert look(made, days="31") == "ends within 31 days"
    assert script("authority", str(made[0]), "Test", "30") == ""


def test_strict_clients_take_it(made: tuple[Path, Path]) -> None:
    """Python 3.13 verifies so by default (VERIFY_X509_STRICT)."""
    authority, member = made
    argv = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(authority / "ca.crt"), str(member / "member.crt")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_one_without_identifiers_is_made_again(made: tuple[Path, Path]) -> None:
    authority, member = made
    request = script("request", "member", str(member), "one", getpass.getuser())
    argv = ["openssl", "x509", "-req", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "30", "-extfile", "old.cnf"]
    (authority / "old.cnf").write_text(
        f"basicConstraints=critical,CA:FALSE\nsubjectAltName={NAMES}\nauthorityKeyIdentifier=none\nsubjectKeyIdentifier=none\n"
    )
    done = subprocess.run(argv, cwd=authority, input=request, capture_output=True, text=True, timeout=60, check=True)
    (member / "member.crt").write_text(done.stdout)
    assert look(made) == "not strictly of RFC 5280"
