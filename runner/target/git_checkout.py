"""Brings a git repository to a version: clone, fetch, switch, submodules, signatures, archive. Source: the git-*(1) manual pages."""

import os
import re
from typing import Dict, Optional

from runner.target.decision import ModuleFailed
from runner.target.git_remote import Git, commit_of, is_commit

ARCHIVES = {".zip": "zip", ".gz": "tar.gz", ".tar": "tar", ".tgz": "tgz"}


def clone(git: Git) -> None:
    """Clone the repository into `dest`; a shallow clone only where the version is a branch or a tag of the remote."""
    args = git.args
    parent = os.path.dirname(args["dest"].rstrip("/")) or "/"
    if not git.system.is_dir(parent):
        git.start(["mkdir", "-p", parent])
    words = ["clone", "--bare" if args["bare"] else "--origin"] + ([] if args["bare"] else [args["remote"]])
    references: Dict[str, str] = {}
    named = args["version"] != "HEAD"
    if args["depth"] or args["single_branch"]:
        references = git.references(args["repo"], parent)
    movable = any(kind + args["version"] in references for kind in ("refs/heads/", "refs/tags/"))
    if args["depth"] and (not named or movable or args["refspec"]):
        words += ["--depth", str(args["depth"])]
    elif args["depth"]:
        text = "Shallow clones are only available for HEAD, branches, tags or in combination with refspec."
        git.system.warn("Ignoring depth argument. " + text)
    if movable:
        words += ["--branch", args["version"]]
    if args["single_branch"]:
        words.append("--single-branch")
    if args["reference"]:
        words += ["--reference", args["reference"]]
    if args["separate_git_dir"]:
        words.append("--separate-git-dir=" + args["separate_git_dir"])
    git.do("Failed to clone", *(words + [args["repo"], args["dest"]]), cwd=parent)
    if args["bare"] and args["remote"] != "origin":
        git.do("Failed to name the remote", "remote", "add", args["remote"], args["repo"])
    if args["refspec"]:
        fetched = ["fetch"] + (["--depth", str(args["depth"])] if args["depth"] else []) + [args["remote"], args["refspec"]]
        git.do("Failed to fetch the refspec", *fetched)


def fetch(git: Git) -> None:
    """Bring branches and tags up to date with the remote; tags and, in a bare repository, branches are overwritten."""
    args = git.args
    words = ["fetch", "--force"]
    specs = []
    if args["depth"]:
        references = git.references(args["remote"], args["dest"])
        version = args["version"]
        if version == "HEAD":
            specs, words = [version], words + ["--depth", str(args["depth"])]
        elif "refs/heads/" + version in references:
            # a shallow clone tracks its first branch only
            git.ask("remote", "set-branches", "--add", args["remote"], version)
            specs = ["+refs/heads/%s:refs/remotes/%s/%s" % (version, args["remote"], version)]
            words += ["--depth", str(args["depth"])]
        elif "refs/tags/" + version in references:
            specs, words = ["+refs/tags/%s:refs/tags/%s" % (version, version)], words + ["--depth", str(args["depth"])]
    elif git.system.exists(os.path.join(git_folder(git) or "", "shallow")) and args["depth"] is None:
        words.append("--unshallow")
    if args["bare"]:
        specs = specs or ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    elif not specs:
        words.append("--tags")
        specs = ["+refs/heads/*:refs/remotes/%s/*" % args["remote"]] if not args["single_branch"] else []
    if args["refspec"]:
        specs = specs + [args["refspec"]]
    git.do("Failed to download remote objects and refs", *(words + [args["remote"]] + specs))


def git_folder(git: Git) -> Optional[str]:
    """Return the folder that holds the repository's data, or None where `dest` is not a repository."""
    dest = git.args["dest"]
    if git.args["bare"]:
        return str(dest) if git.system.exists(os.path.join(dest, "config")) else None
    inner = os.path.join(dest, ".git")
    if not git.system.is_file(inner):
        return inner if git.system.exists(os.path.join(inner, "config")) else None
    found = re.match(r"gitdir: (.+)", git.system.read_text(inner))
    folder = os.path.normpath(os.path.join(dest, found.group(1).strip())) if found else inner
    return folder if git.system.exists(os.path.join(folder, "config")) else None


def switch(git: Git) -> None:
    """Check the version out: a branch follows the remote's, a tag or a commit is a detached head."""
    args = git.args
    version, remote = args["version"], args["remote"]
    if version == "HEAD":
        version = _head_branch(git)
    tracked = git.version("refs/remotes/%s/%s" % (remote, version))
    if tracked and not is_commit(version):
        exists = git.version("refs/heads/" + version) is not None
        words = ["checkout", "--force"]
        words += [version, "--"] if exists else ["--track", "-b", version, "%s/%s" % (remote, version)]
        git.do("Failed to checkout branch %s" % version, *words)
        git.do("Failed to reset the branch", "reset", "--hard", "refs/remotes/%s/%s" % (remote, version), "--")
    else:
        if is_commit(version) and git.version(version + "^{commit}") is None:
            _fetch_commit(git, version)
        name = "refs/tags/" + version if git.version("refs/tags/" + version) else version
        git.do("Failed to checkout %s" % version, "checkout", "--force", name, "--")
    if args["verify_commit"]:
        verify(git, version)


def _fetch_commit(git: Git, version: str) -> None:
    words = ["fetch"] + (["--depth", str(git.args["depth"])] if git.args["depth"] else [])
    git.ask(*(words + [git.args["remote"], git.args["refspec"] or version]))


def _head_branch(git: Git) -> str:
    """Return the branch the remote's HEAD points at; raises ModuleFailed for a remote without one."""
    text = git.do("Could not determine remote revision for HEAD", "ls-remote", "--symref", git.args["remote"], "HEAD")
    found = re.search(r"^ref: refs/heads/(\S+)\tHEAD", text, re.M)
    if found:
        return found.group(1)
    references = git.references(git.args["remote"])
    head = commit_of(references, "HEAD")
    same = [name[11:] for name, commit in sorted(references.items()) if name.startswith("refs/heads/") and commit == head]
    return same[0] if same else (head or "HEAD")


def verify(git: Git, version: str) -> None:
    """Check the signature of the tag, else of the commit; with gpg_allowlist its key must be one of these."""
    annotated = git.ask("cat-file", "-t", "refs/tags/" + version).out.strip() == "tag"
    words = ["verify-tag" if annotated else "verify-commit", "--raw" if git.args["gpg_allowlist"] else "-v"]
    words.append(version if annotated else "HEAD")
    ran = git.ask(*words)
    if ran.rc != 0:
        text = 'Failed to verify GPG signature of commit/tag "%s"' % version
        raise ModuleFailed(text, cmd=[git.path] + words, rc=ran.rc, stdout=ran.out, stderr=ran.err)
    if git.args["gpg_allowlist"]:
        prints = re.findall(r"\[GNUPG:\] VALIDSIG (\S+)(?:.* (\S+))?", ran.err)
        known = {each.replace(" ", "").upper() for each in git.args["gpg_allowlist"]}
        if not any(each.upper() in known for pair in prints for each in pair if each):
            shown = prints[0][0] if prints else "(none)"
            raise ModuleFailed("The gpg_allowlist does not include the public key \"%s\" for this commit" % shown, rc=1)


def submodules(git: Git) -> bool:
    """Bring submodules to what the checkout (or, with track_submodules, their branch) says; True when one moved."""
    args = git.args
    if not git.system.exists(os.path.join(args["dest"], ".gitmodules")):
        return False
    before = git.ask("submodule", "status", "--recursive").out
    git.do("Failed to sync submodules", "submodule", "sync", "--recursive")
    words = ["submodule", "update", "--init", "--recursive"]
    words += ["--remote"] if args["track_submodules"] else []
    words += ["--force"] if args["force"] else []
    git.do("Failed to init/update submodules", *words)
    return bool(git.ask("submodule", "status", "--recursive").out != before)


def archive(git: Git) -> bool:
    """Write the version as an archive; False when the one there holds the same. Raises ModuleFailed for an unknown extension."""
    path = git.args["archive"]
    kind = ARCHIVES.get(os.path.splitext(path)[1])
    if kind is None:
        raise ModuleFailed("Unable to get file extension from archive file name : %s" % path)
    prefix = git.args["archive_prefix"]
    name = git.args["version"]
    words = ["archive", "--format=" + kind] + (["--prefix=" + prefix] if prefix else [])
    ran = git.ask(*(words + [name if git.version(name) else "HEAD"]))
    if ran.rc != 0:
        text = "Git archive command failed to create archive %s: %s" % (path, ran.err)
        raise ModuleFailed("Failed to perform archive operation", details=text)
    if git.system.exists(path) and git.system.read(path) == ran.out_bytes:
        return False
    git.system.write_atomic(path, ran.out_bytes)
    return True
