"""Returns what a private key is: type, public data, fingerprints. The key itself stays on the host unless it is asked for."""

from typing import Any, Dict

from runner.target.decision import ModuleFailed
from runner.target.openssl.keys import read
from runner.target.openssl.program import OpenSsl
from runner.target.openssl.secret_numbers import secret_numbers
from runner.target.openssl.written import BACKEND
from runner.target.openssl.x509 import fingerprints
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": option("path", "The key's file."),
        "content": option("str", "The key itself.", secret=True),
        "passphrase": option("str", "What it is encrypted with.", secret=True),
        "return_private_key_data": option("bool", "Also return its secret numbers.", False),
        "check_consistency": option("bool", "Have openssl check that its parts belong together.", False),
        "select_crypto_backend": BACKEND,
    },
    "required_one_of": [["path", "content"]],
    "mutually_exclusive": [["path", "content"]],
}
RETURNS = {
    "can_load_key": "whether the file could be read",
    "can_parse_key": "whether it is a key",
    "key_is_consistent": "with check_consistency",
    "type": "RSA, ECC, Ed25519 ...",
    "public_key": "public half, PEM",
    "public_key_fingerprints": "algorithm -> fingerprint",
    "public_data": "numbers of the public half",
    "private_data": "with return_private_key_data",
}
EXAMPLES = """
- openssl_privatekey_info: {path: /etc/ssl/private/web.key}
  register: key
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell. Raises ModuleFailed when it cannot be read."""
    result: Dict[str, Any] = {"changed": False, "can_load_key": False, "can_parse_key": False}
    if args["content"] is not None:
        text = args["content"].encode("utf-8")
    elif system.is_file(args["path"]):
        text = system.read(args["path"])
    else:
        raise ModuleFailed("cannot read the private key %s: there is no such file" % args["path"], **result)
    result["can_load_key"] = True
    openssl = OpenSsl(system)
    key = read(openssl, text, args["passphrase"])
    if key.spki is None:
        raise ModuleFailed("Unable to load the private key: %s" % key.problem, **result)
    secrets = {"-passin": args["passphrase"] or ""}
    result.update(can_parse_key=True, type=key.kind, public_data=key.facts, public_key_fingerprints=fingerprints(key.spki))
    result["public_key"] = openssl.must(["pkey", "-pubout"], "cannot read the key", text, secrets).decode("ascii")
    result["key_is_consistent"] = None
    if args["check_consistency"]:
        done = openssl.run(["pkey", "-check", "-noout"], text, secrets)
        result["key_is_consistent"] = done.rc == 0
        if done.rc != 0:
            raise ModuleFailed("Private key is not consistent! (See https://en.wikipedia.org/wiki/RSA_(cryptosystem)#Faults)", **result)
    if args["return_private_key_data"]:
        plain = openssl.must(["pkey", "-outform", "DER"], "cannot read the key", text, secrets)
        result["private_data"] = secret_numbers(key.kind, plain)
    return result
