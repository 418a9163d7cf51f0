"""The order of variable layers, lowest first: one row a layer, as Ansible documents it ("Understanding variable precedence")."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.variables.view import View

# name of the layer, what is in it
LAYERS = (
    ("defaults", "what holds when nothing else is said, such as ansible_host in a task"),
    ("role_defaults", "defaults/main.yml of the play's roles, of the task's own role last"),
    ("inventory_group_all", "variables of the group `all` in an inventory file or script"),
    ("inventory_group", "variables of the other groups in an inventory file or script"),
    ("inventory_group_vars_all", "group_vars/all beside the inventory"),
    ("playbook_group_vars_all", "group_vars/all beside the playbook"),
    ("inventory_group_vars", "group_vars/* beside the inventory"),
    ("playbook_group_vars", "group_vars/* beside the playbook"),
    ("inventory_host", "variables of the host in an inventory file or script"),
    ("inventory_host_vars", "host_vars/* beside the inventory"),
    ("playbook_host_vars", "host_vars/* beside the playbook"),
    ("facts", "facts of the host, cached set_facts"),
    ("play_vars", "vars of the play"),
    ("play_vars_prompt", "vars_prompt of the play"),
    ("play_vars_files", "vars_files of the play"),
    ("role_vars", "vars/main.yml of the play's roles, of the task's own role last"),
    ("block_vars", "vars of the blocks around the task, inner last"),
    ("task_vars", "vars of the task itself"),
    ("include_vars", "what include_vars has loaded for the host"),
    ("set_facts", "set_fact and registered results of the host"),
    ("role_params", "parameters of the role in roles: or include_role"),
    ("include_params", "vars of the include"),
    ("extra_vars", "-e on the command line: always win"),
    ("magic", "what the engine itself provides: inventory_hostname, groups, hostvars ..."),
)
NAMES = tuple(name for name, _ in LAYERS)


def stack(layers: Mapping[str, Sequence[Mapping[str, Any]]], *, merge: bool = False) -> View:
    """Return the view of the given layers; within a layer the last mapping is the highest.

    layers: layer name -> its mappings, low to high. merge: mappings of the same name are merged (hash_behaviour = merge).
    """
    ordered: list[Mapping[str, Any]] = []
    for name in reversed(NAMES):
        found = layers.get(name)
        if found:
            ordered.extend(mapping for mapping in reversed(found) if mapping)
    return View(tuple(ordered), merge=merge)
