"""Ensures a working copy (or an export) of a subversion repository; needs svn on the host. Source: svn(1)."""

import re
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "repo": option("str", "Address in the repository.", aliases=["name", "repository"]),
        "dest": option("path", "Folder of the working copy."),
        "revision": option("str", "Revision to check out.", "HEAD", aliases=["rev", "version"]),
        "force": option("bool", "Throw local modifications away; without it they fail the task.", False),
        "in_place": option("bool", "Check out over a folder that is there and is no working copy.", False),
        "username": option("str", "User at the server."),
        "password": option("str", "Password; given to svn on its standard input, or as an argument before 1.10.", secret=True),
        "executable": option("path", "The svn program."),
        "checkout": option("bool", "False: do not check out what is not there.", True),
        "update": option("bool", "False: leave a working copy that is there as it is.", True),
        "export": option("bool", "Export the files instead of a working copy.", False),
        "switch": option("bool", "False: do not switch the working copy to `repo` before the update.", True),
        "validate_certs": option("bool", "Check the server's certificate.", False),
    },
    "required": ["repo"],
}
RETURNS = {"before": "revision and address of the working copy before", "after": "the same now"}
EXAMPLES = """
- name: The configuration
  subversion: {repo: "https://svn.example.org/trunk", dest: /srv/configuration}
"""


class Subversion:
    """svn as this task runs it."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.args = args
        self.system = system
        self.path = args["executable"] or program(system, "svn")

    def ask(self, *words: str, check: bool = True) -> str:
        """Run a command of svn and return its output; raises ModuleFailed when it fails."""
        line = [self.path, "--non-interactive", "--no-auth-cache"]
        stdin: Optional[str] = None
        if not self.args["validate_certs"]:
            line.append("--trust-server-cert")
        if self.args["username"]:
            line += ["--username", self.args["username"]]
        if self.args["password"]:
            if self.recent():
                line.append("--password-from-stdin")
                stdin = self.args["password"] + "\n"
            else:
                self.system.warn("svn before 1.10 takes the password as an argument: other users of the host can see it.")
                line += ["--password", self.args["password"]]
        ran = self.system.run(line + list(words), stdin=stdin)
        if check and ran.rc != 0:
            raise ModuleFailed(ran.err.strip(), cmd="svn " + " ".join(words), rc=ran.rc, stdout=ran.out, stderr=ran.err)
        return str(ran.out)

    def recent(self) -> bool:
        """Tell whether svn reads a password from its standard input."""
        found = re.match(r"(\d+)\.(\d+)", self.system.run([self.path, "--version", "--quiet"]).out)
        return found is not None and (int(found.group(1)), int(found.group(2))) >= (1, 10)

    def state(self) -> List[str]:
        """Return the lines of `svn info` that say revision and address."""
        return sorted(line for line in self.ask("info", self.args["dest"]).splitlines() if line.startswith(("Revision:", "URL:")))

    def modified(self) -> bool:
        """Tell whether a file under version control was changed."""
        lines = self.ask("status", "--quiet", "--ignore-externals", self.args["dest"]).splitlines()
        return any(line[:1] not in ("", "?", "X", " ") or line[1:2] not in ("", " ") for line in lines if line[:1] != ">")

    def newest(self, address: str) -> int:
        """Return the number of the wanted revision at an address or of a working copy."""
        found = re.search(r"^Revision:\s*(\d+)", self.ask("info", "-r", self.args["revision"], address), re.M)
        return int(found.group(1)) if found else 0


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Check out, export, or bring the working copy to the revision."""
    dest = args["dest"]
    if not dest and (args["checkout"] or args["update"] or args["export"]):
        raise ModuleFailed("the destination directory must be specified unless checkout=no, update=no, and export=no")
    svn = Subversion(args, system)
    if not dest:
        found = re.search(r"^Revision:\s*\d+", svn.ask("info", "-r", args["revision"], args["repo"]), re.M)
        return {"changed": False, "after": found.group(0) if found else None}
    copy = system.exists(dest) and system.run([svn.path, "info", dest]).rc == 0
    if args["export"] or not system.exists(dest):
        return _first(svn)
    if copy:
        return _update(svn)
    if not args["in_place"]:
        raise ModuleFailed("ERROR: %s folder already exists, but its not a subversion repository." % dest)
    if system.check:
        return {"changed": True}
    svn.ask("checkout", "--force", "-r", args["revision"], args["repo"], dest)
    if args["force"] and svn.modified():
        svn.ask("revert", "-R", dest)
    return {"changed": True, "before": None, "after": svn.state()}


def _first(svn: Subversion) -> Dict[str, Any]:
    args = svn.args
    if svn.system.check:
        return {"changed": True}
    if not args["export"] and not args["checkout"]:
        return {"changed": False}
    force = ["--force"] if args["force"] and args["export"] else []
    svn.ask("export" if args["export"] else "checkout", *(force + ["-r", args["revision"], args["repo"], args["dest"]]))
    return {"changed": True} if args["export"] else {"changed": True, "before": None, "after": svn.state()}


def _update(svn: Subversion) -> Dict[str, Any]:
    args, dest = svn.args, svn.args["dest"]
    if not args["update"]:
        return {"changed": False}
    before = svn.state()
    modified = svn.modified()
    if modified and not args["force"]:
        raise ModuleFailed("ERROR: modified files exist in the repository.")
    if svn.system.check:
        now = int(re.sub(r"\D", "", next(line for line in before if line.startswith("Revision:"))))
        newest = svn.newest(dest)
        changed = now != newest or (args["switch"] and "URL: %s" % args["repo"] not in before)
        return {"changed": changed or modified, "before": "Revision: %s" % now, "after": "Revision: %s" % newest}
    if modified:
        svn.ask("revert", "-R", dest)
    switched = args["switch"] and "URL: %s" % args["repo"] not in before
    if switched:
        svn.ask("switch", "--ignore-ancestry", args["repo"], dest)
    # a working copy of mixed revisions changes without its own revision changing
    moved = re.search(r"^(?:[ABCDEGRU][ACGUR ]?| [CGU])\s+\S", svn.ask("update", "-r", args["revision"], dest), re.M) is not None
    after = svn.state()
    return {"changed": before != after or moved or modified or switched, "before": before, "after": after}
