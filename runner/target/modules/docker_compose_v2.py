"""Ensures that the services of a Compose project run, are stopped, restarted or gone, with the `docker compose` plugin."""

import json
import os
import shlex
from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.docker.command_line import CLI, DockerCommand
from runner.target.docker.compose_events import Event, changes, events, failures, rows
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CLI,
        project_src=option("path", "Folder with the Compose file."),
        project_name=option("str", "Name of the project. Default: that of the folder."),
        files=option("paths", "Compose files, relative to project_src."),
        definition=option("dict", "The Compose file's content, instead of a folder."),
        env_files=option("paths", "Files with variables."),
        profiles=option("strs", "Profiles."),
        check_files_existing=option("bool", "Fail early when project_src has no Compose file.", True),
        state=option("str", "present: up; absent: down.", "present", enum=["absent", "stopped", "restarted", "present"]),
        pull=option("str", "When images are pulled.", "policy", enum=["always", "missing", "never", "policy"]),
        build=option("str", "When images are built.", "policy", enum=["always", "never", "policy"]),
        dependencies=option("bool", "Also the services that those depend on.", True),
        ignore_build_events=option("bool", "A build alone is no change.", True),
        recreate=option("str", "When containers are made anew.", "auto", enum=["always", "never", "auto"]),
        renew_anon_volumes=option("bool", "Make anonymous volumes anew.", False),
        remove_images=option("str", "absent: which images go too.", enum=["all", "local"]),
        remove_volumes=option("bool", "absent: volumes go too.", False),
        remove_orphans=option("bool", "Remove containers of services that are no longer named.", False),
        timeout=option("int", "Seconds to stop in."),
        services=option("strs", "Only these services."),
        scale=option("dict", "Service -> how many."),
        wait=option("bool", "Wait until they run and are healthy.", False),
        wait_timeout=option("int", "Seconds to wait at most."),
        assume_yes=option("bool", "Answer yes to questions.", False),
    ),
    "mutually_exclusive": [["definition", "project_src"], ["definition", "files"]],
    "required_one_of": [["definition", "project_src"]],
    "required_by": {"definition": ["project_name"]},
}
RETURNS = {"actions": "what, id and status of each change", "containers": "the project's containers", "images": "their images",
           "stdout": "output of the command", "stderr": "its events"}  # fmt: skip
EXAMPLES = """
- docker_compose_v2: {project_src: /srv/monitoring, remove_orphans: true}
"""
NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OLDEST = (2, 18)


class Compose:
    """The compose plugin, for one project."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.args, self.system = args, system
        self.docker = DockerCommand(args, system)
        self.folder = self._folder()
        self._require_plugin()

    def _folder(self) -> str:
        if self.args["definition"] is not None:
            folder = self.system.temporary_folder()
            # JSON is YAML
            text = json.dumps(self.args["definition"], indent=2, sort_keys=True)
            self.system.write_atomic(os.path.join(folder, "compose.yaml"), text.encode("utf-8"), mode=0o600)
            return str(folder)
        folder = os.path.abspath(str(self.args["project_src"]))
        if not self.system.is_dir(folder):
            raise ModuleFailed('"%s" is not a directory' % folder)
        names = self.args["files"] or NAMES
        found = [name for name in names if self.system.exists(os.path.join(folder, name))]
        if self.args["files"] and len(found) < len(names):
            raise ModuleFailed('Cannot find Compose file "%s" relative to project directory "%s"'
                               % (next(name for name in names if name not in found), folder))  # fmt: skip
        if not found and self.args["check_files_existing"]:
            raise ModuleFailed('"%s" does not contain %s' % (folder, ", ".join(NAMES[:-1]) + ", or " + NAMES[-1]))
        return folder

    def _require_plugin(self) -> None:
        done = self.docker.run(["compose", "version", "--short"])
        if done.rc != 0:
            raise ModuleFailed("Docker CLI %s does not have the compose plugin installed (docker-compose-plugin, or docker-compose-v2)"
                               % self.docker.argv[0], stderr=done.err)  # fmt: skip
        version = done.out.strip().lstrip("v").split("-")[0].split("+")[0]
        parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if parts and parts < _OLDEST:
            raise ModuleFailed("Docker CLI %s has the compose plugin with version %s; need version 2.18.0 or later"
                               % (self.docker.argv[0], version))  # fmt: skip

    def base(self) -> List[str]:
        """Return the words that name the project."""
        argv = ["compose", "--ansi", "never", "--progress", "plain", "--project-directory", self.folder]
        for key, flag in (("project_name", "--project-name"),):
            argv += [flag, self.args[key]] if self.args[key] else []
        for key, flag in (("files", "--file"), ("env_files", "--env-file"), ("profiles", "--profile")):
            for each in self.args[key] or []:
                argv += [flag, each]
        return argv

    def listing(self, words: List[str]) -> List[Dict[str, Any]]:
        """Return the rows of a command that lists in JSON."""
        done = self.docker.run(self.base() + words, cwd=self.folder)
        return rows(done.out) if done.rc == 0 else []

    def runs(self) -> bool:
        """Tell whether a container of the services runs."""
        wanted = self.args["services"]
        found = [row for row in self.listing(["ps", "--format", "json", "--all"]) if not wanted or row.get("Service") in wanted]
        return any(row.get("State") in ("running", "paused", "restarting") for row in found)


def words(args: Dict[str, Any], stopped: bool = False) -> List[str]:
    """Return the words after those that name the project. stopped: make containers without starting them."""
    limit = ["--timeout", str(args["timeout"])] if args["timeout"] is not None else []
    services = ["--"] + list(args["services"] or [])
    state = args["state"]
    if state == "restarted":
        return ["restart"] + ([] if args["dependencies"] else ["--no-deps"]) + limit + services
    if state == "absent":
        argv = ["down"] + (["--remove-orphans"] if args["remove_orphans"] else []) + (["--volumes"] if args["remove_volumes"] else [])
        argv += ["--rmi", args["remove_images"]] if args["remove_images"] else []
        return argv + limit + services
    if state == "stopped" and not stopped:
        return ["stop"] + limit + services
    return _up(args, stopped) + limit + services


def _up(args: Dict[str, Any], stopped: bool) -> List[str]:
    argv = ["up", "--detach", "--no-color", "--quiet-pull"] + (["--no-start"] if stopped else [])
    argv += ["--pull", args["pull"]] if args["pull"] != "policy" else []
    argv += {"always": ["--build"], "never": ["--no-build"]}.get(args["build"], [])
    argv += {"always": ["--force-recreate"], "never": ["--no-recreate"]}.get(args["recreate"], [])
    for key, flag in (("remove_orphans", "--remove-orphans"), ("renew_anon_volumes", "--renew-anon-volumes"), ("assume_yes", "-y")):
        argv += [flag] if args[key] else []
    argv += [] if args["dependencies"] else ["--no-deps"]
    for service, count in sorted((args["scale"] or {}).items()):
        argv += ["--scale", "%s=%s" % (service, count)]
    if args["wait"] and not stopped:
        argv += ["--wait"] + (["--wait-timeout", str(args["wait_timeout"])] if args["wait_timeout"] is not None else [])
    return argv


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the project to its state. Raises ModuleFailed with what compose said."""
    compose = Compose(args, system)
    dry = ["--dry-run"] if system.check else []
    found: List[Event] = []
    result: Dict[str, Any] = {"stdout": "", "stderr": ""}
    commands = [words(args)]
    if args["state"] == "stopped":
        # what is not there yet is made, but not started
        commands.insert(0, words(args, stopped=True))
    for argv in commands:
        if argv[0] == "stop" and not compose.runs():
            # compose says that it stops containers also when they do not run
            continue
        done = compose.docker.run(compose.base() + dry + argv, cwd=compose.folder)
        result["stdout"] += done.out
        result["stderr"] += done.err
        found += events(done.err)
        if done.rc != 0:
            _fail(compose, argv, done, found, result)
    actions = changes(found, args["ignore_build_events"])
    result = {key: text for key, text in result.items() if text}
    result.update(changed=bool(actions), actions=actions)
    result["containers"] = compose.listing(["ps", "--format", "json", "--all"])
    result["images"] = compose.listing(["images", "--format", "json"])
    return result


def _fail(compose: Compose, argv: List[str], done: Any, found: List[Event], result: Dict[str, Any]) -> None:
    lines = done.err.strip().splitlines()
    why = "Error when processing %s" % "; ".join(failures(found)) if failures(found) else "General error: %s" % (
        lines[-1] if lines else "exit status %d" % done.rc)  # fmt: skip
    actions = changes(found, compose.args["ignore_build_events"])
    command = " ".join(shlex.quote(word) for word in compose.docker.shown(compose.base() + argv))
    raise ModuleFailed(why, rc=done.rc, cmd=command, actions=actions, **dict(result, changed=bool(actions)))
