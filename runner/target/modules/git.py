"""Ensures a checkout of a git repository at a version; needs git on the host. Source: git(1) and the manual pages of its commands."""

import os
from typing import Any, Dict, Optional

from runner.target import git_checkout
from runner.target.decision import ModuleFailed
from runner.target.git_remote import Git, plain_url
from runner.target.option import option

ARGUMENTS = {
    "type": "object",
    "properties": {
        "repo": option("str", "Address of the repository: https, ssh, git@host:path, or a path of the host.", aliases=["name"]),
        "dest": option("path", "Folder of the checkout."),
        "version": option("str", "Branch, tag, whole commit id or HEAD.", "HEAD"),
        "remote": option("str", "Name of the remote.", "origin"),
        "refspec": option("str", "A further refspec to fetch, for commits that no branch or tag reaches."),
        "force": option("bool", "Throw local modifications away; without it they fail the task.", False),
        "depth": option("int", "Length of the history to fetch; the whole without it."),
        "clone": option("bool", "False: do not clone what is not there, only say what the remote has.", True),
        "update": option("bool", "False: leave a checkout that is there as it is.", True),
        "bare": option("bool", "A bare repository, without a checkout.", False),
        "recursive": option("bool", "Bring submodules along.", True),
        "track_submodules": option("bool", "Submodules at the newest commit of their branch.", False),
        "single_branch": option("bool", "Clone the history of the version only.", False),
        "reference": option("str", "A repository of the host to borrow objects from (`git clone --reference`)."),
        "separate_git_dir": option("path", "Where the repository's data lives, apart from the checkout."),
        "archive": option("path", "Also write the version as an archive: .zip, .tar, .tar.gz or .tgz."),
        "archive_prefix": option("str", "Folder to put before each path in the archive."),
        "verify_commit": option("bool", "Fail unless the tag or commit carries a good signature.", False),
        "gpg_allowlist": option("strs", "Fingerprints of the keys that may have signed it.", aliases=["gpg_whitelist"]),
        "accept_hostkey": option("bool", "Accept any host key of the server (a known weakness; known_hosts is better).", False),
        "accept_newhostkey": option("bool", "Accept the host key of a server that was not met before.", False),
        "key_file": option("path", "Private key for ssh, on the host."),
        "ssh_opts": option("str", "Further options for ssh."),
        "executable": option("path", "The git program."),
        "umask": {"format": "raw", "description": "File creation mask for what git writes, octal text."},
    },
    "required": ["repo"],
    "mutually_exclusive": [["separate_git_dir", "bare"], ["accept_hostkey", "accept_newhostkey"]],
    "required_by": {"archive_prefix": ["archive"]},
}
RETURNS = {
    "before": "commit that was checked out, null for a new clone",
    "after": "commit that is checked out",
    "remote_url_changed": "whether the remote had another address",
    "submodules_changed": "whether a submodule moved",
    "git_dir_before": "where the repository's data was, when it was moved",
    "git_dir_now": "where it is",
}
EXAMPLES = """
- name: The application, at its release
  git: {repo: "https://git.example.org/app.git", dest: /srv/app, version: v1.4.2}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Clone, or bring what is there to the version; in check mode ask the remote and the checkout only."""
    if not args["dest"] and args["clone"]:
        raise ModuleFailed("the destination directory must be specified unless clone=no")
    if args["gpg_allowlist"] and not args["verify_commit"]:
        raise ModuleFailed("gpg_allowlist is of use with verify_commit only")
    git = Git(args, system)
    result: Dict[str, Any] = {"before": None, "changed": False}
    folder = git_checkout.git_folder(git) if args["dest"] else None
    if folder is None:
        if _new(git, result):
            return result
    else:
        _move_data(git, folder, result)
        if not args["update"]:
            result["before"] = result["after"] = git.version()
            return _archived(git, result)
        if _bring(git, result):
            return result
    if not args["bare"]:
        git_checkout.switch(git)
        if args["recursive"] and git_checkout.submodules(git):
            result.update(submodules_changed=True, changed=True)
    result["after"] = git.version()
    if result["before"] != result["after"]:
        result["changed"] = True
    _diff(git, result)
    return _archived(git, result)


def _new(git: Git, result: Dict[str, Any]) -> bool:
    """Clone; True when the answer is complete because nothing may be cloned."""
    args, system = git.args, git.system
    if args["separate_git_dir"] and system.exists(args["separate_git_dir"]):
        raise ModuleFailed("Separate-git-dir path %s already exists." % args["separate_git_dir"])
    if system.check or not args["clone"]:
        result.update(changed=True, after=git.remote_head(args["repo"], "/"))
        if system.diff:
            result["diff"] = {"prepared": "%s was added at %s" % (args["dest"] or args["repo"], result["after"])}
        return True
    git_checkout.clone(git)
    return False


def _bring(git: Git, result: Dict[str, Any]) -> bool:
    """Fetch what the remote has; True when the answer is complete because this is check mode."""
    args, system = git.args, git.system
    result["before"] = git.version()
    if not args["bare"] and git.do("Failed to get the status", "status", "--porcelain", "--untracked-files=no").strip():
        text = "Local modifications exist in the destination: %s" % args["dest"]
        if not args["force"]:
            raise ModuleFailed(text + " (force=no).", **result)
        result.update(changed=True, msg=text)
        if not system.check:
            git.do("Failed to throw local modifications away", "reset", "--hard", "HEAD", "--")
    result["remote_url_changed"] = _address(git)
    if result["remote_url_changed"]:
        result["changed"] = True
    if system.check:
        result["after"] = git.remote_head(args["repo"], args["dest"])
        if result["before"] != result["after"]:
            result["changed"] = True
        _diff(git, result)
        return True
    git_checkout.fetch(git)
    return False


def _address(git: Git) -> bool:
    """Give the remote the address asked for; True when it had another."""
    args = git.args
    found = git.ask("config", "--get", "remote.%s.url" % args["remote"])
    now = found.out.strip() if found.rc == 0 else None
    if now == args["repo"]:
        return False
    if not git.system.check:
        words = ["set-url", args["remote"], args["repo"]] if now else ["add", args["remote"], args["repo"]]
        git.do("Failed to set the remote's address", "remote", *words)
    # a remote that has no address yet, and another way of writing the same one, are no change
    return now is not None and plain_url(now) != plain_url(args["repo"])


def _move_data(git: Git, folder: str, result: Dict[str, Any]) -> None:
    wanted: Optional[str] = git.args["separate_git_dir"]
    if wanted is None or os.path.normpath(wanted) == os.path.normpath(folder):
        return
    result.update(changed=True, git_dir_before=folder, git_dir_now=wanted)
    if not git.system.check:
        git.do("Unable to move git dir", "init", "--separate-git-dir", wanted)


def _diff(git: Git, result: Dict[str, Any]) -> None:
    if not git.system.diff or result["before"] == result["after"]:
        return
    if not result["before"]:
        result["diff"] = {"prepared": "%s was added at %s" % (git.args["dest"], result["after"])}
        return
    ran = git.ask("diff", result["before"], result["after"])
    result["diff"] = {"prepared": ran.out if ran.rc == 0 else "%s..%s" % (result["before"], result["after"])}


def _archived(git: Git, result: Dict[str, Any]) -> Dict[str, Any]:
    if git.args["archive"]:
        if git.system.check or git_checkout.archive(git):
            result["changed"] = True
    return result
