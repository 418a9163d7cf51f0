"""The docker command of the host, for what only it can do (compose, BuildKit)."""

import json
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.docker.engine import CONNECTION
from runner.target.option import option
from runner.target.programs import program

CLI: Dict[str, Dict[str, Any]] = dict(
    {key: rule for key, rule in CONNECTION.items() if key not in ("timeout", "use_ssh_client", "debug")},
    docker_cli=option("path", "The docker command. Default: the one on PATH."),
    cli_context=option("str", "Docker context to use."),
)


class DockerCommand:
    """The docker command with the options that say which engine."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.system = system
        if args["cli_context"] and args["docker_host"]:
            raise ModuleFailed("parameters are mutually exclusive: docker_host|cli_context")
        self.argv = [args["docker_cli"] or program(system, "docker")]
        for key, flag in (("docker_host", "--host"), ("cli_context", "--context"), ("ca_path", "--tlscacert"), ("client_cert", "--tlscert"),
                          ("client_key", "--tlskey")):  # fmt: skip
            if args[key]:
                self.argv += [flag, args[key]]
        if args["validate_certs"]:
            self.argv.append("--tlsverify")
        elif args["tls"]:
            self.argv.append("--tls")
        version = args["api_version"]
        self.environ = {} if version in (None, "auto") else {"DOCKER_API_VERSION": version}

    def run(self, words: List[str], environ: Optional[Dict[str, str]] = None, **options: Any) -> Any:
        """Run it and return the `Ran`."""
        return self.system.run(self.argv + words, environ=dict(self.environ, **(environ or {})), **options)

    def shown(self, words: List[str]) -> List[str]:
        """Return the whole command, for the result."""
        return self.argv + words

    def plugin(self, name: str) -> bool:
        """Tell whether the command has a plugin (buildx, compose)."""
        return bool(self.run([name, "version"]).rc == 0)

    def inspect(self, kind: str, name: str) -> Optional[Dict[str, Any]]:
        """Return an inspection; None when there is no such thing. Raises ModuleFailed when the engine does not answer."""
        done = self.run([kind, "inspect", name])
        if done.rc == 0:
            rows = json.loads(done.out)
            return dict(rows[0]) if rows else None
        if "no such" in done.err.lower():
            return None
        raise ModuleFailed("docker %s inspect failed: %s" % (kind, done.err.strip()), rc=done.rc)
