"""How git reaches a remote: the ssh command, and what the remote says of a version. Source: git(1), git-ls-remote(1)."""

import re
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.processes import Ran, quoted
from runner.target.programs import program


def environment(args: Dict[str, Any], system: Any) -> Dict[str, str]:
    """Return the variables git runs with: never a question on a terminal, and ssh with the key and host key rules asked for."""
    base = system.environ.get("GIT_SSH_COMMAND") or quoted("%s", [system.environ.get("GIT_SSH") or "ssh"])
    words = [args["ssh_opts"]] if args["ssh_opts"] else []
    given = args["ssh_opts"] or ""
    if args["accept_hostkey"] and "StrictHostKeyChecking" not in given:
        words.append("-o StrictHostKeyChecking=no")
    elif args["accept_newhostkey"] and "StrictHostKeyChecking" not in given:
        words.append("-o StrictHostKeyChecking=accept-new")
    if "BatchMode" not in given:
        words.append("-o BatchMode=yes")
    if args["key_file"]:
        words.append(quoted("-i %s -o IdentitiesOnly=yes", [args["key_file"]]))
    return {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": " ".join([base] + words)}


def plain_url(url: str) -> str:
    """Return a remote's address in the form that two ways of writing the same one share (the path of a local repository)."""
    return url[7:] if url.startswith("file://") else url


class Git:
    """git as this task runs it. args: of the module."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.args = args
        self.system = system
        self.path = args["executable"] or program(system, "git")
        self.environ = environment(args, system)

    def ask(self, *words: str, **options: Any) -> Ran:
        """Run a git command in `dest` (or the folder in `cwd`), whatever its status."""
        environ = dict(self.environ, **options.pop("environ", {}))
        cwd = options.pop("cwd", self.args["dest"])
        return self.start([self.path] + list(words), cwd=cwd, environ=environ, **options)

    def start(self, words: List[str], **options: Any) -> Ran:
        """Run a program under the umask asked for."""
        umask = self.args["umask"]
        if umask is not None:
            # a number of YAML is the mask itself, text is octal as written
            mask = "%04o" % umask if isinstance(umask, int) else str(umask)
            words = ["/bin/sh", "-c", 'umask "$0" && exec "$@"', mask] + words
        return self.system.run(words, **options)  # type: ignore[no-any-return]

    def do(self, complaint: str, *words: str, **options: Any) -> str:
        """Run a git command and return what it prints; raises ModuleFailed with the complaint when it fails."""
        ran = self.ask(*words, **options)
        if ran.rc != 0:
            said = (ran.err or ran.out).strip()
            text = "%s: %s" % (complaint, said) if said else complaint
            raise ModuleFailed(text, cmd=[self.path] + list(words), rc=ran.rc, stdout=ran.out, stderr=ran.err)
        return str(ran.out)

    def version(self, name: str = "HEAD", cwd: Optional[str] = None) -> Optional[str]:
        """Return the commit a name stands for in the repository; None when there is none."""
        ran = self.ask("rev-parse", "--verify", "--quiet", name, **({"cwd": cwd} if cwd else {}))
        return ran.out.strip() if ran.rc == 0 and ran.out.strip() else None

    def references(self, remote: str, cwd: Optional[str] = None) -> Dict[str, str]:
        """Return the remote's references: name -> commit (of an annotated tag: `name^{}` is the commit)."""
        text = self.do("Failed to read the references of %s" % remote, "ls-remote", remote, cwd=cwd)
        pairs = [line.split("\t", 1) for line in text.splitlines() if "\t" in line]
        return {name: commit for commit, name in pairs}

    def remote_head(self, remote: str, cwd: Optional[str]) -> str:
        """Return the commit that `version` is at the remote; a full commit id is taken at its word."""
        version = self.args["version"]
        found = commit_of(self.references(remote, cwd), version)
        if found is None and is_commit(version):
            return str(version)
        if found is None:
            raise ModuleFailed("Could not determine remote revision for %s" % version)
        return found


def commit_of(references: Dict[str, str], version: str) -> Optional[str]:
    """Return the commit of HEAD, a branch, a tag or a whole reference name, or None."""
    names: List[str] = [version] if version == "HEAD" or version.startswith("refs/") else []
    names += ["refs/heads/" + version, "refs/tags/" + version + "^{}", "refs/tags/" + version]
    for name in names:
        if name in references:
            return references.get(name + "^{}", references[name])
    return None


def is_commit(version: str) -> bool:
    """Tell whether a version is written as a whole commit id."""
    return re.match(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$", version, re.I) is not None
