"""Vault texts: what ansible-vault wrote opens here, damage and wrong passwords are told apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import UsageError, VaultError
from runner.model.text import Encrypted
from runner.position import Position
from runner.vault.envelope import is_vault, open_envelope, seal, unfold
from runner.vault.secrets import Secrets, choose, decrypt, decrypt_text, encrypt

# Written by ansible-vault 2.18 with the password "pw1" and the plain text "hello\n".
FROM_ANSIBLE = """\
$ANSIBLE_VAULT;1.2;AES256;dev
37353530313438303263656139666363663436316539616235353136383166373836613630316562
3233356435613430623462626664323365643462313134610a323664376162633234396466323838
33643336373532363465323266356139373333356565373734373335366239636266636337366538
3763613837653938650a663132663165383830353064306164616136313565373539643035383937
3533
"""
ONE = Secrets((("dev", b"pw1"),))
TWO = Secrets((("prod", b"pw2"), ("dev", b"pw1")))


def test_opens_what_ansible_vault_wrote() -> None:
    assert decrypt(FROM_ANSIBLE, ONE) == b"hello\n"
    assert unfold(FROM_ANSIBLE).vault_id == "dev"


def test_the_text_is_the_same_for_the_same_salt() -> None:
    salt = unfold(FROM_ANSIBLE).salt
    assert seal(b"hello\n", b"pw1", "dev", salt) == FROM_ANSIBLE


@settings(max_examples=15, deadline=None)
@given(st.binary(max_size=200), st.text(min_size=1, max_size=20))
def test_opens_what_it_sealed(plain: bytes, password: str) -> None:
    text = seal(plain, password.encode(), "x")
    assert open_envelope(unfold(text), password.encode()) == plain
    assert open_envelope(unfold(text), password.encode() + b"!") is None


def test_no_id_gives_the_old_header() -> None:
    assert seal(b"a", b"p").startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert seal(b"a", b"p", "default").startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert is_vault(seal(b"a", b"p"))
    assert max(map(len, seal(b"a" * 500, b"p").splitlines())) == 80


def test_every_password_is_tried_and_named_when_none_fits() -> None:
    assert decrypt(FROM_ANSIBLE, TWO) == b"hello\n"
    with pytest.raises(VaultError) as caught:
        decrypt(FROM_ANSIBLE, Secrets((("prod", b"no"), ("dev", b"neither"))), Position("f.yml", 3, 4))
    assert caught.value.found == "tried the passwords of dev, prod"
    assert caught.value.position == Position("f.yml", 3, 4)


def test_the_id_must_match_when_asked() -> None:
    renamed = Secrets((("other", b"pw1"),), match_id=True)
    assert decrypt(FROM_ANSIBLE, Secrets(renamed.pairs)) == b"hello\n"
    with pytest.raises(VaultError, match="Decryption failed"):
        decrypt(FROM_ANSIBLE, renamed)


def test_no_password_at_all_says_how_to_give_one() -> None:
    with pytest.raises(VaultError) as caught:
        decrypt(FROM_ANSIBLE, Secrets())
    assert "--vault-password-file" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "not vault encrypted"),
        ("", "not vault encrypted"),
        ("$ANSIBLE_VAULT;1.1;AES256\nzz", "unhexlify error: Non-hexadecimal"),
        ("$ANSIBLE_VAULT;1.1;AES256\n", "not complete"),
        ("$ANSIBLE_VAULT;1.0;AES\n00", "not supported"),
    ],
)
def test_damaged_texts_are_named(text: str, message: str) -> None:
    with pytest.raises(VaultError, match=message):
        decrypt(text, ONE)


def test_a_changed_digit_is_refused() -> None:
    lines = FROM_ANSIBLE.splitlines()
    lines[-1] = lines[-1][:-2] + ("31" if lines[-1][-2:] != "31" else "32")
    with pytest.raises(VaultError):
        decrypt("\n".join(lines), ONE)


def test_vault_values_decrypt_at_their_position() -> None:
    assert decrypt_text(Encrypted(FROM_ANSIBLE, Position("f", 1)), ONE) == "hello\n"
    with pytest.raises(VaultError) as caught:
        decrypt_text(Encrypted("junk", Position("f", 7, 2)), ONE)
    assert caught.value.position == Position("f", 7, 2)


def test_the_id_to_encrypt_with() -> None:
    assert encrypt(b"x", ONE).startswith("$ANSIBLE_VAULT;1.2;AES256;dev\n")
    assert choose(TWO, "dev") == ("dev", b"pw1")
    with pytest.raises(VaultError):
        choose(Secrets())
    for several in (TWO, Secrets((("default", b"a"), ("default", b"b")))):
        with pytest.raises(UsageError, match="available to encrypt"):
            choose(several)
    with pytest.raises(VaultError) as caught:
        choose(TWO, "dve")
    assert caught.value.nearest == ("dev",)


def test_passwords_are_never_shown() -> None:
    assert "pw1" not in repr(TWO)
