"""Runs a command in a running container and returns its output and exit status."""

import shlex
from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.docker.demux import outputs
from runner.target.docker.engine import CONNECTION, Engine, EngineError
from runner.target.docker.hijack import converse
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        container=option("str", "The container."),
        argv=option("strs", "The command as a list of words."),
        command=option("str", "The command as one text; split as a shell would, but without one."),
        chdir=option("str", "Directory to run it in."),
        detach=option("bool", "Do not wait for it.", False),
        user=option("str", "User to run it as."),
        stdin=option("str", "What it reads."),
        stdin_add_newline=option("bool", "End stdin with a newline.", True),
        strip_empty_ends=option("bool", "Take empty lines off the end of the output.", True),
        tty=option("bool", "Give it a terminal.", False),
        env=option("dict", "Environment; values are text."),
    ),
    "required": ["container"],
    "mutually_exclusive": [["argv", "command"]],
    "required_one_of": [["argv", "command"]],
}
RETURNS = {"stdout": "output", "stderr": "errors", "rc": "exit status", "exec_id": "with detach: the engine's name for it"}
EXAMPLES = """
- docker_container_exec: {container: db, argv: [/usr/bin/pg_isready]}
"""


def environment(given: Any) -> List[str]:
    """Return NAME=value texts. Raises ModuleFailed for a value that is not text."""
    for name, value in (given or {}).items():
        if not isinstance(value, str):
            raise ModuleFailed("Non-string value found for env option. Ambiguous env options must be wrapped in quotes to avoid them "
                               "being interpreted when directly specified. Key: %s" % name)  # fmt: skip
    return ["%s=%s" % pair for pair in (given or {}).items()]


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Run the command. Raises ModuleFailed when the container is not there or does not run."""
    if system.check:
        return {"skipped": True, "msg": "remote module (docker_container_exec) does not support check mode"}
    argv = args["argv"] if args["argv"] is not None else shlex.split(args["command"])
    stdin = args["stdin"]
    if stdin is not None and args["detach"]:
        raise ModuleFailed("If detach=true, stdin cannot be provided.")
    if stdin is not None and args["stdin_add_newline"]:
        stdin += "\n"
    engine = Engine(args, system)
    attached = not args["detach"]
    body = {
        "Cmd": argv, "User": args["user"] or "", "Tty": args["tty"], "AttachStdin": bool(stdin), "AttachStdout": attached,
        "AttachStderr": attached, "Env": environment(args["env"]), "WorkingDir": args["chdir"] or "",
    }  # fmt: skip
    try:
        exec_id = engine.call("POST", "/containers/%s/exec" % args["container"], None, body)["Id"]
    except EngineError as error:
        if error.status == 404:
            raise ModuleFailed('Could not find container "%s"' % args["container"])
        if error.status == 409:
            raise ModuleFailed('The container "%s" has been paused or does not run (%s)' % (args["container"], error.said))
        raise
    start = {"Detach": args["detach"], "Tty": args["tty"]}
    if args["detach"]:
        engine.call("POST", "/exec/%s/start" % exec_id, None, start)
        return {"changed": True, "exec_id": exec_id}
    data = converse(engine, "/exec/%s/start" % exec_id, start, (stdin or "").encode("utf-8", "surrogateescape"))
    out, err = (data, b"") if args["tty"] else outputs(data)
    rc = engine.get("/exec/%s/json" % exec_id)["ExitCode"]
    texts = [each.decode("utf-8", "replace") for each in (out, err)]
    if args["strip_empty_ends"]:
        texts = [each.rstrip("\r\n") for each in texts]
    return {"changed": True, "stdout": texts[0], "stderr": texts[1], "rc": rc or 0}
