"""Ensures Python packages, in the host's Python or in a virtual environment. Source: pip's documentation."""

import os
import re
import sys
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.programs import program
from runner.target.replace_file import split_words

INTERRUPT = "finish"
ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Packages, with or without a version as pip writes it (name==1.2), or URLs.",
        },
        "version": {"type": "string", "description": "Version of the one package in `name`."},
        "requirements": {"type": "string", "description": "A requirements file on the host."},
        "virtualenv": {"type": "string", "format": "path", "description": "Virtual environment; made when it is missing."},
        "virtualenv_command": {
            "type": "string",
            "format": "path",
            "default": "virtualenv",
            "description": "What makes it: a program, or one with words, such as `python3 -m venv`.",
        },
        "virtualenv_python": {"type": "string", "description": "Python for virtualenv (not for venv)."},
        "virtualenv_site_packages": {"type": "boolean", "default": False, "description": "Let it see the host's packages."},
        "state": {
            "type": "string",
            "enum": ["absent", "forcereinstall", "latest", "present"],
            "default": "present",
            "description": "Whether they are installed, and how.",
        },
        "extra_args": {"type": "string", "description": "More words for pip."},
        "editable": {"type": "boolean", "default": False, "description": "Install in place (pip install -e)."},
        "chdir": {"type": "string", "format": "path", "description": "Directory to run pip in."},
        "executable": {"type": "string", "format": "path", "description": "The pip to use; not with virtualenv."},
        "umask": {"type": "string", "description": "Octal umask for what pip writes."},
        "break_system_packages": {
            "type": "boolean",
            "default": False,
            "description": "Install beside packages of the distribution.",
        },
    },
    "required_one_of": [["name", "requirements"]],
    "mutually_exclusive": [["name", "requirements"], ["executable", "virtualenv"]],
}
RETURNS = {
    "cmd": "pip's command line",
    "name": "packages asked for",
    "version": "version asked for",
    "requirements": "the file",
    "virtualenv": "the virtual environment",
    "stdout": "output of pip",
    "stderr": "its error output",
}
EXAMPLES = """
- name: An application's own environment
  pip: {name: ["gunicorn==22.0.0", flask], virtualenv: /srv/app/venv, virtualenv_command: python3 -m venv}
"""
_SPEC = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*((?:[<>=!~]=?|===).*)?$")


def plain(name: str) -> str:
    """Return a package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_freeze(text: str) -> Dict[str, str]:
    """Return package -> version of `pip list --format=freeze`."""
    rows = (line.strip().split("==", 1) for line in text.splitlines() if "==" in line)
    return {plain(name): version for name, version in rows}


def joined(items: List[str]) -> List[str]:
    """Return one text a package; lists written with commas (`a,b`) are taken apart, but not a version's (`a>=1,<2`)."""
    names: List[str] = []
    for item in (part.strip() for each in items for part in str(each).split(",")):
        if re.match(r"^[<>=!~]", item) and names:
            names[-1] += "," + item
        elif item:
            names.append(item)
    return names


def _numbers(version: str) -> Tuple[int, ...]:
    parts = [int(each) for each in re.findall(r"\d+", version.split("+")[0])]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def satisfied(version: str, wanted: str) -> Optional[bool]:
    """Return whether a version meets a specification such as `>=1.2,<2`; None where only pip itself can tell."""
    for part in (each.strip() for each in wanted.split(",") if each.strip()):
        found = re.match(r"^(===|==|!=|<=|>=|<|>|~=)\s*(\S+)$", part)
        if not found or found.group(1) == "~=" or not re.match(r"^v?\d+(\.\d+)*(\.\*)?$", found.group(2)):
            return None
        if not re.match(r"^\d+(\.\d+)*$", version):
            return None if found.group(1) not in ("==", "===") else version == found.group(2)
        sign, other = found.groups()
        if other.endswith(".*"):
            inside = (version + ".").startswith(other[:-1])
            if (sign == "==" and not inside) or (sign == "!=" and inside):
                return False
            continue
        left, right = _numbers(version), _numbers(other)
        held = {"==": left == right, "===": version == other, "!=": left != right, "<=": left <= right}
        held.update({">=": left >= right, "<": left < right, ">": left > right})
        if not held[sign]:
            return False
    return True


def needed(names: List[str], have: Dict[str, str], state: str) -> bool:
    """Whether pip has something to do; what cannot be told from here (URLs, latest) counts as yes."""
    for name in names:
        found = _SPEC.match(name)
        if not found:
            return True
        version = have.get(plain(found.group(1)))
        if state == "absent":
            if version is not None:
                return True
        elif version is None or not satisfied(version, found.group(3) or ""):
            return True
    return state in ("latest", "forcereinstall")


def own_python(executable: str) -> Optional[str]:
    """Return the Python that modules run with where that was chosen, None for a system's own and for that of the runner itself."""
    if os.path.realpath(os.path.dirname(executable)) == "/usr/bin" or executable.startswith("/usr/libexec/"):
        return None
    return None if os.path.exists(os.path.join(os.path.dirname(executable), "muster")) else executable


def _pip(args: Dict[str, Any], system: Any, own: Optional[str]) -> List[str]:
    """Return how pip is called. own: a Python whose pip comes before those on the PATH."""
    if args["virtualenv"]:
        python = os.path.join(args["virtualenv"], "bin", "python")
        return [python, "-m", "pip"]
    if args["executable"]:
        return [args["executable"] if "/" in args["executable"] else program(system, args["executable"])]
    if own and system.run([own, "-m", "pip", "--version"]).rc == 0:
        return [own, "-m", "pip"]
    for name in ("pip3", "pip"):
        if system.which(name):
            return [system.which(name)]
    python = system.which("python3")
    if python and system.run([python, "-m", "pip", "--version"]).rc == 0:
        return [python, "-m", "pip"]
    raise ModuleFailed("Unable to find any of pip3, pip to use. pip needs to be installed.")


def _make_environment(args: Dict[str, Any], system: Any) -> Tuple[str, str]:
    words = args["virtualenv_command"].split()
    words[0] = words[0] if "/" in words[0] else program(system, words[0])
    words += ["--system-site-packages"] if args["virtualenv_site_packages"] else []
    if args["virtualenv_python"]:
        if "venv" in words or os.path.basename(words[0]).startswith("pyvenv"):
            raise ModuleFailed("virtualenv_python should not be used when using the venv module or pyvenv as virtualenv_command")
        words += ["-p", args["virtualenv_python"]]
    done = system.run(words + [args["virtualenv"]], cwd=args["chdir"])
    if done.rc != 0:
        raise ModuleFailed("Unable to create the virtual environment: %s" % (done.err or done.out).strip(), cmd=" ".join(words))
    return done.out, done.err


def command(args: Dict[str, Any], names: List[str]) -> List[str]:
    """Return the words for pip."""
    words = ["uninstall", "-y"] if args["state"] == "absent" else ["install"]
    words += {"latest": ["-U"], "forcereinstall": ["-U", "--force-reinstall"]}.get(args["state"], [])
    if args["break_system_packages"]:
        words.append("--break-system-packages")
    words += split_words(args["extra_args"] or "")
    if args["requirements"]:
        return words + ["-r", args["requirements"]]
    editable = args["editable"] and args["state"] != "absent"
    return words + [word for name in names for word in ((["-e"] if editable else []) + [name])]


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Make the environment where asked, look at what is installed, and call pip when something is missing."""
    names = joined(args["name"] or [])
    if args["version"]:
        if len(names) != 1:
            raise ModuleFailed(
                "'version' argument is ambiguous when installing multiple package distributions. "
                "Please specify version restrictions next to each package in 'name' argument."
            )
        names = [names[0] + "==" + args["version"]]
    result: Dict[str, Any] = {"changed": False, "name": args["name"], "version": args["version"], "state": args["state"]}
    result.update(requirements=args["requirements"], virtualenv=args["virtualenv"], stdout="", stderr="")
    made = bool(args["virtualenv"]) and not system.exists(os.path.join(args["virtualenv"], "bin", "activate"))
    if made:
        result["changed"] = True
        if system.check:
            return result
        result["stdout"], result["stderr"] = _make_environment(args, system)
    pip = _pip(args, system, own_python(sys.executable))
    before = system.run(pip + ["list", "--format=freeze"], cwd=args["chdir"]).out
    result["cmd"] = pip + command(args, names)
    if not args["requirements"] and not needed(names, parse_freeze(before), args["state"]):
        return result
    if system.check:
        return dict(result, changed=True)
    argv: Any = result["cmd"]
    if args["umask"]:
        argv = ["/bin/sh", "-c", 'umask "$1" && shift && exec "$@"', "sh", args["umask"]] + argv
    done = system.run(argv, cwd=args["chdir"])
    result["stdout"] += done.out
    result["stderr"] += done.err
    if done.rc != 0:
        raise ModuleFailed((done.err or done.out).strip(), **dict(result, rc=done.rc, changed=False))
    after = system.run(pip + ["list", "--format=freeze"], cwd=args["chdir"]).out
    moved = before != after or args["state"] == "forcereinstall" or "Successfully installed" in done.out
    return dict(result, changed=made or moved)
