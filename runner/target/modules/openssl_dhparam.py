"""Ensures Diffie-Hellman parameters. Source: openssl-dhparam(1)."""

import re
from typing import Any, Dict

from runner.target.openssl.program import OpenSsl
from runner.target.openssl.written import BACKEND, FILE_OPTIONS, current, put, require_folder, take_away
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        FILE_OPTIONS,
        size=option("int", "Bits.", 4096),
        select_crypto_backend=dict(BACKEND, enum=["auto", "cryptography", "openssl"]),
    ),
    "required": ["path"],
}
RETURNS = {"size": "bits", "filename": "the file", "dhparams": "with return_content", "backup_file": "name of the copy"}
EXAMPLES = """
- openssl_dhparam: {path: /etc/ssl/dhparams.pem, size: 2048}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the file to its state; making parameters takes minutes."""
    result: Dict[str, Any] = {"filename": args["path"]}
    if args["state"] == "absent":
        return dict(result, **take_away(args, system))
    openssl = OpenSsl(system)
    require_folder(args, system)
    result["size"] = args["size"]
    old = current(args, system)
    content = None
    if args["force"] or old is None or _bits(openssl, old) != args["size"]:
        content = b"" if system.check else openssl.must(["dhparam", str(args["size"])], "cannot make the parameters")
    result.update(put(args, system, content))
    if args["return_content"]:
        result["dhparams"] = (content or old or b"").decode("ascii", "replace") or None
    return result


def _bits(openssl: OpenSsl, text: bytes) -> int:
    done = openssl.run(["dhparam", "-check", "-text", "-noout"], text)
    found = re.search(r"\((\d+) bit\)", done.out)
    return int(found.group(1)) if done.rc == 0 and found else 0
