"""Ensures an image of the engine: pulled, built, loaded or just there; named, pushed, archived; or not there."""

from typing import Any, Dict, Optional

from runner.target.decision import ModuleFailed
from runner.target.docker.archive import inside, load, save
from runner.target.docker.build import BUILD, build
from runner.target.docker.engine import CONNECTION, Engine
from runner.target.docker.image_push import push
from runner.target.docker.images import find, is_id, joined, pull, split_name
from runner.target.option import option, record

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONNECTION,
        name=option("str", "Image, with registry and tag."),
        tag=option("str", "Tag, when the name has none.", "latest"),
        state=option("str", "Whether it is there.", "present", enum=["absent", "present"]),
        source=option("str", "Where it comes from.", enum=["build", "load", "pull", "local"]),
        build=record("How it is built.", BUILD, ["path"]),
        pull=record("How it is pulled.", {"platform": option("str", "os[/arch[/variant]].")}),
        load_path=option("path", "source load: the archive."),
        archive_path=option("path", "Write it to this archive."),
        repository=option("str", "A further name."),
        push=option("bool", "Send it to its registry.", False),
        force_source=option("bool", "Pull, build or load also when it is there.", False),
        force_absent=option("bool", "Remove it with all its names.", False),
        force_tag=option("bool", "Give the further name also when another image has it.", False),
    ),
    "required": ["name"],
    "required_if": [["state", "present", ["source"]], ["source", "build", ["build"]], ["source", "load", ["load_path"]]],
}
RETURNS = {"image": "inspection of the image", "actions": "what was done", "stdout": "output of a build"}
EXAMPLES = """
- docker_image: {name: "registry:2", source: pull}

- docker_image:
    name: "10.0.0.5:5000/app:5"
    source: build
    build: {path: /srv/app}
    push: true
"""


class _Image:
    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.args, self.system = args, system
        self.engine = Engine(args, system)
        self.repository, self.tag = split_name(args["name"], args["tag"])
        self.name = args["name"] if is_id(args["name"]) else joined(self.repository, self.tag)
        self.result: Dict[str, Any] = {"changed": False, "actions": [], "image": {}}

    def did(self, text: str) -> bool:
        """Note an action; tell whether it is to be done now."""
        self.result["actions"].append(text)
        self.result["changed"] = True
        return not self.system.check

    def absent(self) -> None:
        image = find(self.engine, self.name)
        if image is None:
            return
        if self.did("Removed image %s" % self.name):
            self.engine.call("DELETE", "/images/%s" % self.name, {"force": self.args["force_absent"]})
        self.result["image"] = {"state": "Deleted"}

    def present(self) -> None:
        image = find(self.engine, self.name)
        if image is None or self.args["force_source"]:
            image = self.obtain(image)
        if image is not None:
            self.result["image"] = image
        if self.args["archive_path"]:
            self.archive(image)
        if self.args["push"] and not self.args["repository"]:
            self.push(self.repository, self.tag)
        elif self.args["repository"]:
            self.named(image)

    def obtain(self, before: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
        if is_id(self.name) and self.args["source"] in ("pull", "build"):
            raise ModuleFailed("An image cannot be %s by ID; give its name" % ("pulled" if self.args["source"] == "pull" else "built"))
        getattr(self, "by_" + self.args["source"])()
        if self.system.check and self.args["source"] != "local":
            # what would come is not known
            return None
        image = find(self.engine, self.name)
        if not self.system.check and before is not None and image is not None and self.args["source"] != "local":
            self.result["changed"] = before["Id"] != image["Id"]
        return image

    def by_local(self) -> None:
        if find(self.engine, self.name) is None:
            raise ModuleFailed("Cannot find the image %s locally." % self.name)

    def by_pull(self) -> None:
        if self.did("Pulled image %s" % self.name):
            pull(self.engine, self.system, self.repository, self.tag, (self.args["pull"] or {}).get("platform"))

    def by_build(self) -> None:
        if self.did("Built image %s from %s" % (self.name, self.args["build"]["path"])):
            self.result["stdout"] = "\n".join(build(self.engine, self.system, self.name, self.args["build"]))

    def by_load(self) -> None:
        path = self.args["load_path"]
        if not self.system.is_file(path):
            raise ModuleFailed("Error loading image %s. Specified path %s does not exist." % (self.args["name"], path))
        if self.did("Loaded image %s from %s" % (self.name, path)):
            names, lines = load(self.engine, self.system, path)
            self.result["stdout"] = "\n".join(lines)
            if self.name not in names:
                found = ", ".join("'%s'" % each for each in names) or "none"
                raise ModuleFailed("The archive did not contain image '%s'. Instead, found %s." % (self.name, found), **self.result)

    def archive(self, image: Optional[Dict[str, Any]]) -> None:
        path = self.args["archive_path"]
        if image is None:
            if self.did("Archived image %s to %s" % (self.name, path)):
                raise ModuleFailed("Error archiving: there is no image %s" % self.name)
            return
        held = inside(path) if self.system.exists(path) else None
        if held is not None and "sha256:" + held[0] == image["Id"] and held[1] == [self.name]:
            return
        why = "since none present" if not self.system.exists(path) else "overwriting what is there"
        if self.did("Archived image %s to %s, %s" % (self.name, path, why)):
            save(self.engine, self.system, self.name, path)

    def push(self, repository: str, tag: str) -> None:
        name = "%s:%s" % (repository, tag)
        before = self.result["changed"]
        if self.did("Pushed image %s to %s" % (name, repository)):
            taken = push(self.engine, self.system, repository, tag)
            self.result["changed"] = before or taken
            self.result["image"] = dict(find(self.engine, name) or {}, push_status="Pushed" if taken else None)

    def named(self, image: Optional[Dict[str, Any]]) -> None:
        repository, tag = split_name(self.args["repository"], self.tag)
        there = find(self.engine, joined(repository, tag))
        if there is None or (self.args["force_tag"] and (image is None or there["Id"] != image["Id"])):
            if self.did("Tagged image %s to %s:%s" % (self.name, repository, tag)):
                self.engine.call("POST", "/images/%s/tag" % self.name, {"repo": repository, "tag": tag, "force": True})
                self.result["image"] = find(self.engine, joined(repository, tag)) or {}
        if self.args["push"]:
            self.push(repository, tag)


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the image to its state. Raises ModuleFailed."""
    if args["source"] == "build" and not args["build"]:
        raise ModuleFailed("build is needed with source: build")
    task = _Image(args, system)
    if args["state"] == "absent":
        task.absent()
    else:
        task.present()
    return task.result
