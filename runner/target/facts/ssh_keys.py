"""The public keys by which this host proves itself over SSH."""

from runner.target.facts.source import text

FOLDERS = ("/etc/ssh", "/etc/openssh", "/etc")
KINDS = ("dsa", "rsa", "ecdsa", "ed25519")


def collect(system):
    """Return ssh_host_key_KIND_public and ssh_host_key_KIND_public_keytype, from the first folder that has any."""
    for folder in FOLDERS:
        facts = {}
        for kind in KINDS:
            words = text(system, "%s/ssh_host_%s_key.pub" % (folder, kind)).split()
            if len(words) > 1:
                facts["ssh_host_key_%s_public" % kind] = words[1]
                facts["ssh_host_key_%s_public_keytype" % kind] = words[0]
        if facts:
            return facts
    return {}
