"""Action groups of `module_defaults`: which modules a `group/...` stands for, as collections say it in meta/runtime.yml."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.foreign import routing
from runner.foreign.locate import collection_folder
from runner.foreign.places import Places, ansible_folder

# Short names of old, where no Ansible is installed that tells what they are.
SHORT = {
    "acme": ("community.crypto.acme",),
    "aws": ("amazon.aws.aws", "community.aws.aws"),
    "azure": ("azure.azcollection.azure",),
    "cpm": ("wti.remote.cpm",),
    "docker": ("community.docker.docker",),
    "gcp": ("google.cloud.gcp",),
    "k8s": ("kubernetes.core.k8s",),
    "os": ("openstack.cloud.os",),
    "ovirt": ("ovirt.ovirt.ovirt",),
    "vmware": ("community.vmware.vmware",),
}
# Groups whose modules we carry ourselves: how their names begin, for when the collection is not installed.
NATIVE = {"community.docker.docker": "docker_", "kubernetes.core.k8s": "k8s", "kubernetes.core.helm": "helm"}


def members(group: str, places: Places, playbook_dir: str) -> frozenset[str]:
    """Return the full names of a group's modules; a name that ends with `*` stands for all that begin so. Unknown groups are empty.

    group: a short name, which is ansible-core's, or namespace.collection.name.
    """
    found: set[str] = set()
    todo, seen = [group], set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            for more, full in _step(name, places, playbook_dir):
                (todo.append if more else found.add)(full)
    return frozenset(found)


def known(group: str, places: Places, playbook_dir: str) -> bool:
    """Tell whether there is a group of that name: a collection that is here says so, or we carry it."""
    namespace, collection, name = _parts(group)
    file = _file(namespace, collection, places, playbook_dir)
    return group in SHORT or group in NATIVE or (file is not None and name in routing.groups(file))


def _parts(group: str) -> list[str]:
    return group.split(".", 2) if group.count(".") >= 2 else ["ansible", "builtin", group]


def _step(group: str, places: Places, playbook_dir: str) -> Iterator[tuple[bool, str]]:
    """Yield (whether it is a group, full name) for each word of one group."""
    namespace, collection, name = _parts(group)
    file = _file(namespace, collection, places, playbook_dir)
    words = routing.groups(file).get(name) if file else None
    if not isinstance(words, list):
        yield from ((True, each) for each in SHORT.get(group, ()))
        if group in NATIVE:
            yield False, f"{namespace}.{collection}.{NATIVE[group]}*"
        return
    for word in words:
        if isinstance(word, Mapping):
            extended = (word.get("metadata") or {}).get("extend_group") or ()
            for each in [extended] if isinstance(extended, str) else extended:
                yield True, str(each) if "." in str(each) else f"{namespace}.{collection}.{each}"
        else:
            yield False, str(word) if "." in str(word) else f"{namespace}.{collection}.{word}"
            moved = routing.entry(file, "modules", str(word)).get("redirect") if file else None
            if moved:
                yield False, str(moved)


def _file(namespace: str, collection: str, places: Places, playbook_dir: str) -> Path | None:
    if f"{namespace}.{collection}" in ("ansible.builtin", "ansible.legacy"):
        ansible = ansible_folder(places)
        return ansible / "config" / "ansible_builtin_runtime.yml" if ansible else None
    folder = collection_folder(namespace, collection, places, playbook_dir)
    return routing.file_of(folder) if folder else None
