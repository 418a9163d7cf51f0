"""Ensures a private key, made by the openssl program: never readable by others, put in place in one step.

The passphrase goes to the program through a pipe. Source: openssl-genpkey(1), openssl-pkey(1).
"""

from typing import Any, Dict, Optional

from runner.target.decision import ModuleFailed
from runner.target.openssl.keys import Key, conforms, generate, read, shape_fits, shaped, wanted_shape
from runner.target.openssl.program import OpenSsl
from runner.target.openssl.written import BACKEND, FILE_OPTIONS, current, put, require_folder, take_away
from runner.target.openssl.x509 import fingerprints
from runner.target.option import option

_CURVES = ("secp224r1 secp256k1 secp256r1 secp384r1 secp521r1 secp192r1 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 sect163k1 "
           "sect163r2 sect233k1 sect233r1 sect283k1 sect283r1 sect409k1 sect409r1 sect571k1 sect571r1")  # fmt: skip
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        FILE_OPTIONS,
        type=option("str", "Kind of key.", "RSA", enum=["DSA", "ECC", "Ed25519", "Ed448", "RSA", "X25519", "X448"]),
        size=option("int", "Bits, for RSA and DSA.", 4096),
        curve=option("str", "Curve, for ECC.", enum=_CURVES.split()),
        passphrase=option("str", "Encrypt it with this.", secret=True),
        cipher=option("str", "Cipher for that; only auto (AES-256-CBC).", "auto"),
        format=option("str", "How it is written; auto: pkcs1 where there is such a form. raw is not supported.", "auto_ignore",
                      enum=["pkcs1", "pkcs8", "raw", "auto", "auto_ignore"]),
        format_mismatch=option("str", "What to do with a key in another format.", "regenerate", enum=["regenerate", "convert"]),
        regenerate=option("str", "When a key that is there is made anew.", "full_idempotence",
                          enum=["never", "fail", "partial_idempotence", "full_idempotence", "always"]),
        select_crypto_backend=BACKEND,
    ),
    "required": ["path"],
}  # fmt: skip
RETURNS = {"type": "kind", "size": "bits", "curve": "for ECC", "filename": "the file", "fingerprint": "of the public key, by algorithm",
           "privatekey": "with return_content", "backup_file": "name of the copy"}  # fmt: skip
EXAMPLES = """
- openssl_privatekey: {path: /etc/ssl/private/web.key, type: ECC, curve: secp256r1, owner: root, group: ssl-cert, mode: "0640"}
"""


def needed(key: Optional[Key], args: Dict[str, Any]) -> str:
    """Return what is to be done: generate, convert or nothing. Raises ModuleFailed where `regenerate` forbids it."""
    how = args["regenerate"]
    if key is None or args["force"] or how == "always":
        return "generate"
    if key.problem:
        if how != "full_idempotence":
            raise ModuleFailed("Unable to read the key %s: %s. Will not proceed. To force regeneration, call the module with `regenerate` "
                               "set to `full_idempotence` or `always`, or with `force=true`." % (args["path"], key.problem))  # fmt: skip
        return "generate"
    if how == "never":
        return "nothing"
    if not conforms(key, args):
        if how == "fail":
            raise ModuleFailed("Key has wrong type and/or size. Will not proceed. To force regeneration, call the module with `regenerate` "
                               "set to `partial_idempotence`, `full_idempotence` or `always`, or with `force=true`.")  # fmt: skip
        return "generate"
    if shape_fits(key, args):
        return "nothing"
    if args["format_mismatch"] == "convert":
        return "convert"
    if how == "fail":
        raise ModuleFailed("Key has wrong format. Will not proceed. To force regeneration, call the module with `regenerate` set to "
                           "`partial_idempotence`, `full_idempotence` or `always`, or with `force=true`. To convert the key, set "
                           "`format_mismatch` to `convert`.")  # fmt: skip
    return "generate"


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the file to its state. Raises ModuleFailed."""
    result: Dict[str, Any] = {"filename": args["path"]}
    if args["state"] == "absent":
        return dict(result, type=args["type"], size=args["size"], **take_away(args, system))
    if args["cipher"] != "auto":
        raise ModuleFailed("cipher must be auto")
    openssl = OpenSsl(system)
    require_folder(args, system)
    old = current(args, system)
    key = read(openssl, old, args["passphrase"]) if old is not None else None
    what = needed(key, args)
    wanted_shape(args, args["type"])
    content = None
    if what == "convert" and key is not None:
        content = shaped(openssl, _plain(openssl, key, args), wanted_shape(args, key.kind), args["passphrase"])
    elif what == "generate":
        # also in a dry run nothing is lost by not making one: it would be another key anyway
        content = b"" if system.check else generate(openssl, args)
    before = _facts(key, args)
    result.update(put(args, system, content, mode=0o600))
    now = read(openssl, content, args["passphrase"]) if content else key
    result.update(_facts(now, args) if what != "generate" or not system.check else {"type": args["type"], "size": args["size"]})
    if args["return_content"]:
        shown = content or old
        result["privatekey"] = shown.decode("ascii", "replace") if shown else None
    if system.diff:
        result["diff"] = {"before": before, "after": _facts(now, args) if now is not key else ({} if what == "generate" else before)}
    return result


def _plain(openssl: OpenSsl, key: Key, args: Dict[str, Any]) -> bytes:
    return openssl.must(["pkey"], "cannot read the key", key.text, {"-passin": args["passphrase"] or ""})


def _facts(key: Optional[Key], args: Dict[str, Any]) -> Dict[str, Any]:
    if key is None or key.spki is None:
        return {}
    facts = {"type": key.kind, "size": key.facts.get("size", args["size"]), "fingerprint": fingerprints(key.spki)}
    if key.kind == "ECC":
        facts["curve"] = key.facts["curve"]
    return facts
