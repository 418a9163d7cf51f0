"""Ensures the answer to a question of a Debian package's configuration. Source: debconf-show(1), debconf-set-selections(1)."""

from typing import Any, Dict, List

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "aliases": ["pkg"], "description": "The package."},
        "question": {"type": "string", "aliases": ["selection", "setting"], "description": "The question, such as tzdata/Areas."},
        "vtype": {
            "type": "string",
            "enum": ["boolean", "error", "multiselect", "note", "password", "seen", "select", "string", "text", "title"],
            "description": "Kind of the answer. Answers of kind password are shown nowhere.",
        },
        "value": {"aliases": ["answer"], "description": "The answer; a list for multiselect."},
        "unseen": {
            "type": "boolean",
            "default": False,
            "description": "Leave the question to be asked in a later interactive run.",
        },
    },
    "required": ["name"],
    "required_together": [["question", "vtype", "value"]],
}
RETURNS = {"current": "question -> answer after the change", "previous": "question -> answer before", "msg": "what debconf said"}
EXAMPLES = """
- name: Do not ask for the postfix set-up
  debconf: {name: postfix, question: postfix/main_mailer_type, vtype: select, value: No configuration}
"""


_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def parse(text: str) -> Dict[str, str]:
    """Return question -> answer of `debconf-show PACKAGE`; a star before a question means that it was asked."""
    found = {}
    for line in text.splitlines():
        key, mark, value = line.lstrip("* ").partition(":")
        if mark:
            found[key.strip()] = value.strip()
    return found


def wanted_text(args: Dict[str, Any]) -> str:
    """Return the answer as debconf writes it."""
    value, kind = args["value"], args["vtype"]
    if kind == "boolean":
        return "true" if str(value).lower() in ("true", "yes", "on", "1") else "false"
    if kind == "multiselect":
        if isinstance(value, (list, tuple)) and not all(isinstance(each, str) for each in value):
            raise ModuleFailed("Invalid value provided for 'multiselect': a list of texts is wanted")
        return ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
    return str(value)


def look(args: Dict[str, Any], system: Any) -> Dict[str, str]:
    """Return question -> answer of the package."""
    answer = system.run([program(system, "debconf-show"), args["name"]])
    if answer.rc != 0:
        raise ModuleFailed(answer.err.strip() or answer.out.strip(), rc=answer.rc)
    found = parse(answer.out)
    if args["vtype"] == "password":
        # debconf-show does not tell passwords
        asked = system.run([program(system, "debconf-communicate"), args["name"]], stdin="GET %s\n" % args["question"], environ=_QUIET)
        found.pop(args["question"], None)
        if asked.out.startswith("0"):
            found[args["question"]] = asked.out.rstrip("\n")[2:]
    return found


def _options(text: str) -> List[str]:
    return sorted(each.strip() for each in text.split(",") if each.strip())


def decide(args: Dict[str, Any], state: Dict[str, str]) -> Decision:
    """Return whether the question has another answer."""
    question = args["question"]
    if question is None:
        return Decision(False, {"current": state})
    value, have = wanted_text(args), state.get(question)
    same = have == value
    if isinstance(args["value"], (list, tuple)) and have is not None:
        # a list has no order; a text is taken as it is written
        same = _options(have) == _options(value)
    if args["vtype"] == "boolean" and have is not None:
        same = have.lower() == value
    secret = args["vtype"] == "password"
    shown = {question: "********" if secret else value}
    previous = {question: "********" if secret else (have or "")}
    changed = not same
    diff = {"before": _text(previous), "after": _text(shown)} if changed and not secret else None
    return Decision(changed, {"current": dict(state, **shown), "previous": dict(state, **previous) if secret else state}, diff, value)


def _text(answers: Dict[str, str]) -> str:
    return "".join("%s: %s\n" % pair for pair in answers.items())


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Give the answer by standard input: answers may be passwords."""
    words = [program(system, "debconf-set-selections")] + (["-u"] if args["unseen"] else [])
    line = " ".join([args["name"], args["question"], args["vtype"], decision.plan]) + "\n"
    done = system.run(words, stdin=line, environ=_QUIET)
    if done.rc != 0:
        raise ModuleFailed(done.err.strip().replace(decision.plan, "********") if args["vtype"] == "password" else done.err.strip())
    return {"msg": done.out}
