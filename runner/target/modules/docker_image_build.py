"""Builds an image with the docker command (BuildKit where buildx is installed)."""

from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.docker.amounts import size
from runner.target.docker.command_line import CLI, DockerCommand
from runner.target.docker.images import is_id, joined, split_name
from runner.target.option import option, records

_OUTPUT = {
    "type": option("str", "Exporter.", enum=["docker", "image", "local", "oci", "tar"]),
    "dest": option("path", "Where to."),
    "context": option("str", "Docker context to import to."),
    "name": option("strs", "Names of the image."),
    "push": option("bool", "Push it.", False),
}
_SECRET = {
    "id": option("str", "Its name in the build."),
    "type": option("str", "Where it comes from.", enum=["env", "file", "value"]),
    "src": option("path", "File."),
    "env": option("str", "Variable of the environment."),
    "value": option("str", "The secret itself; it travels in the environment of the command.", secret=True),
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CLI,
        name=option("str", "Image, with tag."),
        tag=option("str", "Tag, when the name has none.", "latest"),
        path=option("path", "Folder with the Dockerfile."),
        dockerfile=option("str", "Another name for the Dockerfile."),
        cache_from=option("strs", "Images whose layers may be used."),
        pull=option("bool", "Pull the FROM image.", False),
        network=option("str", "Network of RUN."),
        nocache=option("bool", "Build everything anew.", False),
        etc_hosts=option("dict", "Name -> address, for /etc/hosts."),
        args=option("dict", "Build arguments."),
        target=option("str", "Stage to end at."),
        platform=option("strs", "os[/arch[/variant]], several with buildx."),
        shm_size=option("str", "Size of /dev/shm."),
        labels=option("dict", "Labels."),
        rebuild=option("str", "Whether to build when there is such an image.", "never", enum=["never", "always"]),
        secrets=records("Secrets of the build. Needs buildx.", _SECRET, ["id", "type"]),
        outputs=records("Where the result goes. Needs buildx.", _OUTPUT, ["type"]),
    ),
    "required": ["name", "path"],
}
RETURNS = {"image": "inspection of the image", "command": "the command", "stdout": "its output", "stderr": "its errors"}
EXAMPLES = """
- docker_image_build: {name: "app:5", path: /srv/app}
"""


def words(args: Dict[str, Any], name: str, buildx: bool) -> List[str]:
    """Return the words of the command after `docker`."""
    argv = (["buildx", "build", "--progress", "plain"] if buildx else ["build"]) + ["--tag", name]
    for key, flag in (("dockerfile", "--file"), ("network", "--network"), ("target", "--target")):
        if args[key]:
            argv += [flag, _dockerfile(args) if key == "dockerfile" else args[key]]
    for key, flag in (("pull", "--pull"), ("nocache", "--no-cache")):
        argv += [flag] if args[key] else []
    for each in args["cache_from"] or []:
        argv += ["--cache-from", each]
    for host, address in sorted((args["etc_hosts"] or {}).items()):
        argv += ["--add-host", "%s:%s" % (host, address)]
    for key, flag in (("args", "--build-arg"), ("labels", "--label")):
        for pair in sorted((args[key] or {}).items()):
            argv += [flag, "%s=%s" % pair]
    if args["platform"]:
        argv += ["--platform", ",".join(args["platform"])]
    if args["shm_size"]:
        argv += ["--shm-size", str(size(args["shm_size"], "shm_size"))]
    return argv + _secrets(args) + _outputs(args, name) + ["--", args["path"]]


def _dockerfile(args: Dict[str, Any]) -> str:
    return args["dockerfile"] if args["dockerfile"].startswith("/") else "%s/%s" % (args["path"].rstrip("/"), args["dockerfile"])


def _secrets(args: Dict[str, Any]) -> List[str]:
    argv: List[str] = []
    for number, secret in enumerate(args["secrets"] or []):
        kind = secret["type"]
        needed = {"env": "env", "file": "src", "value": "value"}[kind]
        if not secret[needed]:
            raise ModuleFailed("secrets: type %s needs %s (secret %s)" % (kind, needed, secret["id"]))
        source = "type=file,src=%s" % secret["src"] if kind == "file" else "type=env,env=%s" % (secret["env"] or _variable(number))
        argv += ["--secret", "id=%s,%s" % (secret["id"], source)]
    return argv


def _variable(number: int) -> str:
    return "MUSTER_BUILD_SECRET_%d" % number


def _outputs(args: Dict[str, Any], name: str) -> List[str]:
    argv: List[str] = []
    for output in args["outputs"] or []:
        parts = ["type=%s" % output["type"]]
        if output["type"] in ("local", "tar", "oci") and not output["dest"]:
            raise ModuleFailed("outputs: type %s needs dest" % output["type"])
        if output["type"] == "image":
            parts.append('"name=%s"' % ",".join(output["name"] or [name]))
        for key in ("dest", "context"):
            parts += ["%s=%s" % (key, output[key])] if output[key] else []
        parts += ["push=true"] if output["push"] else []
        argv += ["--output", ",".join(parts)]
    return argv


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Build when there is no such image, or always. Raises ModuleFailed with the build's output."""
    if is_id(args["name"]):
        raise ModuleFailed("Image name must not be a digest")
    name = joined(*split_name(args["name"], args["tag"]))
    if not system.is_dir(args["path"]):
        raise ModuleFailed('"%s" is not an existing directory' % args["path"])
    if args["dockerfile"] and not system.is_file(_dockerfile(args)):
        raise ModuleFailed('"%s" is not an existing file' % _dockerfile(args))
    docker = DockerCommand(args, system)
    image = docker.inspect("image", name)
    result: Dict[str, Any] = {"changed": False, "actions": [], "image": image or {}}
    if image is not None and args["rebuild"] == "never":
        return result
    result.update(changed=True, actions=["Built image %s" % name])
    if system.check:
        return result
    buildx = docker.plugin("buildx")
    if not buildx and (args["secrets"] or args["outputs"]):
        raise ModuleFailed("secrets and outputs need the buildx plugin of the docker command, which this host does not have")
    argv = words(args, name, buildx)
    environ = {_variable(n): each["value"] for n, each in enumerate(args["secrets"] or []) if each["type"] == "value"}
    done = docker.run(argv, environ)
    result.update(command=docker.shown(argv), stdout=done.out, stderr=done.err)
    if done.rc != 0:
        raise ModuleFailed("Building %s failed" % name, rc=done.rc, **dict(result, changed=False))
    result["image"] = docker.inspect("image", name) or {}
    return result
