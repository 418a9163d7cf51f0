"""Ensures a repository's section in a .repo file of yum or dnf. Source: dnf.conf(5), yum.conf(5)."""

import configparser
import io
import os
from typing import Any, Dict

from runner.target.attributes import FILE_ARGUMENTS
from runner.target.decision import Decision, ModuleFailed
from runner.target.edit import edited, look_text, write_back
from runner.target.option import option

TEXTS = (
    "bandwidth cost deltarpm_metadata_percentage deltarpm_percentage gpgcakey include metadata_expire metalink mirrorlist "
    "mirrorlist_expire password priority proxy proxy_password proxy_username retries throttle timeout ui_repoid_vars username"
).split()
SWITCHES = (
    "async countme enabled enablegroups gpgcheck keepalive module_hotfixes protect repo_gpgcheck s3_enabled skip_if_unavailable "
    "ssl_check_cert_permissions"
).split()
CHOICES = {
    "failovermethod": ["roundrobin", "priority"],
    "http_caching": ["all", "packages", "none"],
    "ip_resolve": ["4", "6", "IPv4", "IPv6", "whatever"],
    "keepcache": ["0", "1"],
    "metadata_expire_filter": ["never", "read-only:past", "read-only:present", "read-only:future"],
}
# how the items of a list are joined in the file
LISTS = {"baseurl": "\n", "exclude": " ", "gpgkey": "\n", "includepkgs": " "}
GONE = (
    "async deltarpm_metadata_percentage gpgcakey http_caching keepalive metadata_expire_filter mirrorlist_expire "
    "protect ssl_check_cert_permissions ui_repoid_vars"
).split()
SAID = "Option of that name in the .repo file."
SECRET = {"password": True, "proxy_password": True}


def _properties() -> Dict[str, Any]:
    found = {name: option("str", SAID, **({"secret": True} if name in SECRET else {})) for name in TEXTS}
    found.update((name, option("bool", SAID)) for name in SWITCHES)
    found.update((name, option("str", SAID, enum=choices)) for name, choices in CHOICES.items())
    found.update((name, option("strs", SAID, **({"aliases": ["excludepkgs"]} if name == "exclude" else {}))) for name in LISTS)
    found.update(
        name=option("str", "The repository's id: the name of the section."),
        description=option("str", "What it is, in words: the option `name` of the file."),
        file=option("str", "Name of the file, without .repo; the id without it."),
        reposdir=option("path", "Folder of the .repo files.", "/etc/yum.repos.d"),
        state=option("str", "Whether the section is there.", "present", enum=["absent", "present"]),
        sslcacert=option("str", SAID, aliases=["ca_cert"]),
        sslclientcert=option("str", SAID, aliases=["client_cert"]),
        sslclientkey=option("str", SAID, aliases=["client_key"]),
        sslverify=option("bool", SAID, aliases=["validate_certs"]),
    )
    return dict(found, **FILE_ARGUMENTS)


ARGUMENTS = {"type": "object", "properties": _properties(), "required": ["name"]}
RETURNS = {"repo": "the repository's id", "state": "as asked"}
EXAMPLES = """
- name: Extra packages
  yum_repository: {name: epel, description: EPEL, metalink: "https://mirrors.example.org/metalink?repo=epel-9"}
"""
OURS = set(TEXTS) | set(SWITCHES) | set(CHOICES) | set(LISTS) | {"sslcacert", "sslclientcert", "sslclientkey", "sslverify"}


def look(args: Dict[str, Any], system: Any) -> Any:
    """Return the file as it is; raises ModuleFailed for what cannot be a repository."""
    if args["state"] == "present":
        if not (args["baseurl"] or args["metalink"] or args["mirrorlist"]):
            raise ModuleFailed("state is present but any of the following are missing: baseurl, mirrorlist, metalink")
        if args["description"] is None:
            raise ModuleFailed("state is present but all of the following are missing: description")
        if not system.is_dir(args["reposdir"]):
            raise ModuleFailed("Repo directory '%s' does not exist." % args["reposdir"])
    for name in GONE:
        if args[name] is not None:
            system.deprecate("'%s' parameter is deprecated as it has been removed on systems supported by ansible-core" % name, "2.22")
    path = os.path.join(args["reposdir"], "%s.repo" % (args["file"] or args["name"]))
    return look_text(path, dict(args, path=path, validate=None), system)


def decide(args: Dict[str, Any], file: Any) -> Decision:
    """Return the new text of the file, and whether nothing is left of it."""
    before = parse(file.text or "")
    after = parse(file.text or "")
    after.remove_section(args["name"])
    if args["state"] == "present":
        after.add_section(args["name"])
        for name, value in sorted(options(args).items()):
            after.set(args["name"], name, value)
    old, new = shown(before), shown(after)
    text = written(after) if new != old else None
    place = dict(args, path=file.path, **({} if args["state"] == "present" else {"mode": None, "owner": None, "group": None}))
    decision = edited(place, file, text, "")
    decision.plan.update(gone=not after.sections(), there=file.text is not None, place=place)
    if decision.plan["gone"]:
        decision.changed = file.text is not None
    decision.result = {"repo": args["name"], "state": args["state"]}
    decision.diff = {"before": old, "after": new, "before_header": file.path, "after_header": file.path}
    return decision


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Write the file, or remove one that has no section left."""
    if decision.plan["gone"]:
        system.remove(decision.plan["path"])
    else:
        write_back(dict(decision.plan["place"], backup=False, validate=None), decision, system)


def options(args: Dict[str, Any]) -> Dict[str, str]:
    """Return what the section holds: name -> text of the file."""
    values = {name: args[name] for name in OURS if args[name] is not None}
    values["name"] = args["description"]
    plain: Dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            plain[name] = "1" if value else "0"
        elif name in LISTS:
            plain[name] = LISTS[name].join(str(each) for each in value)
        else:
            plain[name] = str(value)
    return {name: value for name, value in plain.items() if value != ""}


def parse(text: str) -> configparser.RawConfigParser:
    """Return the sections of a .repo file; raises ModuleFailed for one that is none."""
    found = configparser.RawConfigParser()
    try:
        found.read_string(text)
    except configparser.Error as error:
        raise ModuleFailed("The repository file cannot be read: %s" % error)
    return found


def shown(repositories: configparser.RawConfigParser) -> str:
    """Return the sections, sorted, as a diff shows them."""
    pieces = []
    for name in sorted(repositories.sections()):
        pieces.append("[%s]\n" % name)
        pieces += ["%s = %s\n" % pair for pair in sorted(repositories.items(name))]
        pieces.append("\n")
    return "".join(pieces)


def written(repositories: configparser.RawConfigParser) -> str:
    """Return the text of the file."""
    file = io.StringIO()
    repositories.write(file)
    return file.getvalue()
