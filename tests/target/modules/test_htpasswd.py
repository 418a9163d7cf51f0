"""htpasswd: hashes of every scheme are made and known again; the file keeps its lines."""

import pytest

from runner.target import password_hash
from runner.target.modules import htpasswd
from tests.target.fake_system import FakeSystem

FILE = "/etc/nginx/htpasswd"


def test_added_once_changed_and_removed() -> None:
    system = FakeSystem({FILE: "# users\nann:$apr1$abcdefgh$wrong\n"}, diff=True)
    made = system.perform(htpasswd, path=FILE, name="bob", password="s", mode="0640")
    assert (made["changed"], made["msg"]) == (True, "Add/update bob and ownership, perms or SE linux context changed")
    assert "s:" not in str(made.get("diff"))
    assert "$apr1$" not in str(made.get("diff"))
    again = system.again().perform(htpasswd, path=FILE, name="bob", password="s")
    assert (again["changed"], again["msg"]) == (False, "bob already present")
    assert system.again().perform(htpasswd, path=FILE, name="ann", password="new", hash_scheme="ldap_sha1")["changed"]
    lines = system.text(FILE).splitlines()
    assert lines[0] == "# users"
    assert lines[1].startswith("ann:{SHA}")
    assert lines[2].startswith("bob:$apr1$")
    assert system.again(check=True).perform(htpasswd, path=FILE, name="ann", state="absent")["changed"]
    assert system.again().perform(htpasswd, path=FILE, name="ann", state="absent")["msg"] == "Remove ann"
    assert system.again().perform(htpasswd, path=FILE, name="ann", state="absent")["changed"] is False
    assert [line.partition(":")[0] for line in system.text(FILE).splitlines()] == ["# users", "bob"]


def test_a_file_that_is_not_there() -> None:
    system = FakeSystem({"/etc/nginx/": ""})
    refused = system.perform(htpasswd, path=FILE, name="ann", password="s", create=False)
    assert refused["msg"] == f"Destination {FILE} does not exist"
    gone = system.again().perform(htpasswd, path=FILE, name="ann", state="absent")
    assert gone["changed"] is False
    assert gone["warnings"] == [f"{FILE} does not exist"]
    assert system.again().perform(htpasswd, path=FILE, name="ann", password="s")["msg"] == f"Created {FILE} and added ann"
    assert "password is required" in system.again().perform(htpasswd, path=FILE, name="new")["msg"]
    assert "no colon" in system.again().perform(htpasswd, path=FILE, name="a:b", password="x")["msg"]
    assert "Unknown hash_scheme" in system.again().perform(htpasswd, path=FILE, name="b", password="x", hash_scheme="rot13")["msg"]


# made by openssl passwd; the third by htpasswd -s
KNOWN = {
    "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/": "secret",
    "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1": "secret",
    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=": "secret",
    "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.": "secret",
}


@pytest.mark.parametrize("held", KNOWN)
def test_hashes_of_other_programs_are_known(held: str) -> None:
    assert password_hash.matches(KNOWN[held], held, FakeSystem())
    assert not password_hash.matches(KNOWN[held] + "x", held, FakeSystem())


@pytest.mark.parametrize("scheme", ["apr_md5_crypt", "plaintext", "ldap_sha1", "ldap_salted_sha1", "md5_crypt", "portable"])
@pytest.mark.parametrize("password", ["", "secret", "päss wörd that is longer than sixteen bytes"])
def test_made_and_known_again(scheme: str, password: str) -> None:
    held = password_hash.made(password, scheme, FakeSystem())
    assert password_hash.matches(password, held, FakeSystem())
    assert not password_hash.matches(password + "!", held, FakeSystem())


def test_bcrypt_by_the_program_where_the_library_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_hash, "by_libcrypt", lambda password, setting: None)
    system = FakeSystem(commands={"htpasswd -niB -C 12 x": "x:$2y$12$abc\n\n", "htpasswd -vi /tmp/muster-1 x": 0})
    assert password_hash.made("secret", "bcrypt", system) == "$2y$12$abc"
    assert password_hash.matches("secret", "$2y$12$abc", system)
    assert system.inputs == [b"secret\n", b"secret\n"]
    assert not any("secret" in word for argv in system.ran for word in argv)
    result = FakeSystem({FILE: ""}).perform(htpasswd, path=FILE, name="a", password="x", hash_scheme="bcrypt")
    assert "does not know bcrypt" in result["msg"]
