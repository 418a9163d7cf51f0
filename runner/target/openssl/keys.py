"""Private keys: made, read and converted by the openssl program."""

from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.openssl.der import pem_blocks
from runner.target.openssl.program import OpenSsl
from runner.target.openssl.x509 import key_facts

# openssl's names where they differ from those of the option `curve`
CURVES = {"secp256r1": "prime256v1", "secp192r1": "prime192v1"}
TRADITIONAL = ("RSA", "DSA", "ECC")
_LABELS = {"RSA PRIVATE KEY": "pkcs1", "EC PRIVATE KEY": "pkcs1", "DSA PRIVATE KEY": "pkcs1", "PRIVATE KEY": "pkcs8",
           "ENCRYPTED PRIVATE KEY": "pkcs8"}  # fmt: skip


class Key:
    """A private key as it was found. problem: why it cannot be read, or None. shape: pkcs1 or pkcs8."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        words = text.decode("utf-8", "replace")
        labels = [label for label, _ in pem_blocks(words)] if "-----BEGIN" in words else []
        label = next((each for each in labels if each in _LABELS), None)
        self.shape = _LABELS.get(label or "")
        self.encrypted = label == "ENCRYPTED PRIVATE KEY" or "Proc-Type: 4,ENCRYPTED" in words
        self.problem: Optional[str] = None if label else "it holds no private key in PEM"
        self.spki: Optional[bytes] = None
        self.kind = ""
        self.facts: Dict[str, Any] = {}


def read(openssl: OpenSsl, text: bytes, passphrase: Optional[str]) -> Key:
    """Return what a key file holds; `problem` says why it is of no use."""
    key = Key(text)
    if key.problem:
        return key
    if key.encrypted and passphrase is None:
        key.problem = "it is encrypted and no passphrase was given"
    elif not key.encrypted and passphrase is not None:
        key.problem = "a passphrase was given but it is not encrypted"
    if key.problem:
        return key
    done = openssl.run(["pkey", "-pubout", "-outform", "DER"], text, {"-passin": passphrase or ""})
    if done.rc != 0:
        key.problem = "it cannot be read; is the passphrase right?" if key.encrypted else "it cannot be read"
        return key
    key.spki = done.out_bytes
    key.kind, key.facts = key_facts(done.out_bytes)
    return key


def generate(openssl: OpenSsl, args: Dict[str, Any]) -> bytes:
    """Return a new key, PEM, in the wanted format and encrypted when there is a passphrase. Raises ModuleFailed."""
    kind = args["type"]
    if kind == "DSA":
        parameters = openssl.must(["dsaparam", str(args["size"])], "cannot make DSA parameters")
        path = openssl.system.temporary(parameters)
        plain = openssl.must(["genpkey", "-paramfile", path], "cannot make a DSA key")
    else:
        plain = openssl.must(["genpkey", "-algorithm"] + _algorithm(kind, args), "cannot make a key of type %s" % kind)
    return shaped(openssl, plain, wanted_shape(args, kind), args["passphrase"])


def _algorithm(kind: str, args: Dict[str, Any]) -> List[str]:
    if kind == "RSA":
        return ["RSA", "-pkeyopt", "rsa_keygen_bits:%d" % args["size"]]
    if kind == "ECC":
        if not args["curve"]:
            raise ModuleFailed("type is ECC but all of the following are missing: curve")
        return ["EC", "-pkeyopt", "ec_paramgen_curve:" + CURVES.get(args["curve"], args["curve"]), "-pkeyopt", "ec_param_enc:named_curve"]
    return [kind.upper() if kind.startswith("X") else kind]


def wanted_shape(args: Dict[str, Any], kind: str) -> str:
    """Return pkcs1 or pkcs8. Raises ModuleFailed for a format that cannot be had."""
    if args["format"] == "raw":
        raise ModuleFailed("format: raw is not supported here; the openssl program writes PEM: use pkcs8")
    if args["format"] in ("auto", "auto_ignore"):
        return "pkcs1" if kind in TRADITIONAL else "pkcs8"
    if args["format"] == "pkcs1" and kind not in TRADITIONAL:
        raise ModuleFailed("a key of type %s cannot be written as pkcs1; use pkcs8" % kind)
    return str(args["format"])


def shaped(openssl: OpenSsl, text: bytes, shape: str, passphrase: Optional[str]) -> bytes:
    """Return an unencrypted key in a shape, encrypted with the passphrase if there is one."""
    words = ["pkey"] + (["-traditional"] if shape == "pkcs1" else []) + (["-aes-256-cbc"] if passphrase is not None else [])
    return openssl.must(words, "cannot write the key", text, {"-passout": passphrase})


def decrypted(openssl: OpenSsl, text: bytes, passphrase: Optional[str]) -> bytes:
    """Return a key without encryption, for the program's standard input only."""
    return openssl.must(["pkey"], "cannot read the private key", text, {"-passin": passphrase or ""})


def conforms(key: Key, args: Dict[str, Any]) -> bool:
    """Tell whether a key is of the wanted type and size or curve."""
    if key.kind != args["type"]:
        return False
    if key.kind in ("RSA", "DSA"):
        return bool(key.facts["size"] == args["size"])
    return key.kind != "ECC" or key.facts["curve"] == args["curve"]


def shape_fits(key: Key, args: Dict[str, Any]) -> bool:
    """Tell whether a key is in the wanted format."""
    return args["format"] == "auto_ignore" or key.shape == wanted_shape(args, key.kind)


def load(openssl: OpenSsl, text: Optional[bytes], passphrase: Optional[str]) -> Tuple[bytes, bytes]:
    """Return (key without encryption, its public key as DER). Raises ModuleFailed when it cannot be read."""
    if text is None:
        raise ModuleFailed("a private key is needed: privatekey_path or privatekey_content")
    plain = decrypted(openssl, text, passphrase)
    return plain, openssl.public_key(plain, None, "cannot read the private key")
