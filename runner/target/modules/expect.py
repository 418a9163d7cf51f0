"""Runs a command on a terminal and answers its questions; needs nothing on the host but Python. Source: pty(7)."""

import datetime
import re
import shlex
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.terminal import converse

ARGUMENTS = {
    "type": "object",
    "properties": {
        "command": option("str", "The command; no shell looks at it."),
        "responses": option("dict", "Question (a regular expression) -> answer, or a list of answers for its repetitions."),
        "chdir": option("path", "Change into this directory first."),
        "creates": option("path", "Do nothing if this path (or glob pattern) exists."),
        "removes": option("path", "Do nothing unless this path (or glob pattern) exists."),
        "timeout": {"format": "raw", "default": 30, "description": "Seconds to wait for a question; null waits for ever."},
        "echo": option("bool", "Show the answers in the output.", False),
    },
    "required": ["command", "responses"],
}
RETURNS = {
    "cmd": "the command",
    "rc": "exit status",
    "stdout": "all that the terminal showed",
    "start": "when it began",
    "end": "when it ended",
    "delta": "how long it took",
}
EXAMPLES = """
- name: A password, asked twice
  expect: {command: passwd alice, responses: {"(?i)password": "{{ alice_password }}"}}
  no_log: true
"""


class Answers:
    """What to type for which question. Raises ModuleFailed for a question that is no regular expression."""

    def __init__(self, responses: Dict[str, Any]) -> None:
        self.rules: List[Tuple[Any, Any, List[str]]] = []
        for question, given in responses.items():
            try:
                pattern = re.compile(str(question), re.DOTALL)
            except re.error as error:
                raise ModuleFailed("the question %r is not a regular expression: %s" % (question, error))
            self.rules.append((pattern, isinstance(given, list), [str(each) for each in (given if isinstance(given, list) else [given])]))

    def __call__(self, text: str) -> Optional[Tuple[int, str]]:
        """Return (end of the first question in the text, the line to type), or None when there is none."""
        found = [(match.start(), number, match) for number, match in enumerate(rule[0].search(text) for rule in self.rules) if match]
        found = [each for each in found if each[2].end() > each[2].start()]
        if not found:
            return None
        _start, number, match = min(found, key=lambda each: each[:2])
        pattern, is_list, given = self.rules[number]
        if not given:
            raise ModuleFailed("No remaining responses for '%s', output was '%s'" % (pattern.pattern, text[: match.end()]))
        line = given.pop(0) if is_list else given[0]
        return match.end(), line.rstrip("\n") + "\n"


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Run the command; raises ModuleFailed for another status than 0 and for a question nobody answers in time."""
    command = args["command"]
    if not command.strip():
        raise ModuleFailed("no command given", rc=256)
    if system.check:
        return {"changed": False, "skipped": True, "msg": "remote module (expect) does not support check mode"}
    cwd = args["chdir"]
    for name, unwanted, words in (("creates", True, "exists"), ("removes", False, "does not exist")):
        path = args[name]
        if path and bool(system.glob(path if path.startswith("/") or not cwd else "%s/%s" % (cwd, path))) is unwanted:
            return {"changed": False, "cmd": command, "rc": 0, "stdout": "skipped, since %s %s" % (path, words)}
    timeout = _timeout(args["timeout"])
    start = datetime.datetime.fromtimestamp(system.now())
    try:
        environ = dict(system.environ)
        status, output = converse(shlex.split(command), Answers(args["responses"]), cwd, environ, timeout, args["echo"])
    except (OSError, ValueError) as error:
        raise ModuleFailed(str(error), cmd=command)
    if any("\udc80" <= letter <= "\udcff" for letter in output):
        raise ModuleFailed("the command returned non UTF-8 data; encode it, for example with `| base64`", cmd=command, rc=status)
    end = datetime.datetime.fromtimestamp(system.now())
    result = {"cmd": command, "stdout": output.rstrip("\r\n"), "rc": status, "changed": True}
    result.update(start=str(start), end=str(end), delta=str(end - start))
    if status is None:
        raise ModuleFailed("command exceeded timeout", **result)
    if status != 0:
        raise ModuleFailed("non-zero return code", **result)
    return result


def _timeout(value: Any) -> Optional[float]:
    if value is None or str(value).lower() in ("null", "none", ""):
        return None
    try:
        return float(value)
    except ValueError:
        raise ModuleFailed("argument timeout: %r is not a number of seconds" % (value,))
