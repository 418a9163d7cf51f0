"""Inventory plugins written for Ansible, asked through the installed Ansible's own ansible-inventory, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.errors import InventoryError
from runner.foreign.places import Places, ansible_folder, collection_roots
from runner.position import Position

SECONDS = 600
# What the program shall not do on its own: these are ours to do, or would disturb the answer.
SETTINGS = {"ANSIBLE_VARS_ENABLED": "", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_INVENTORY_UNPARSED_FAILED": "1"}


def listing(
    plugin: str, path: str, places: Places, environ: Mapping[str, str], playbook_dir: str, earlier: Sequence[str] = ()
) -> tuple[dict[str, Any], str]:
    """Return what a plugin makes of its configuration, in the form of `ansible-inventory --list --export`, and its warnings.

    earlier: words for the hosts of earlier sources. Raises InventoryError when there is no Ansible here, or the plugin fails.
    """
    words = program(places)
    at = Position(path, 1)
    if words is None:
        raise InventoryError(
            f"the inventory plugin '{plugin}' is written for Ansible, which was not found on this machine",
            position=at,
            expected="constructed, generator, or the package ansible-core beside muster, on the PATH, or in MUSTER_ANSIBLE",
            found="no package ansible",
            remedy="pip install ansible-core, and the collection that the plugin is from",
        )
    folders = [str(root.parent) for root in collection_roots(places, playbook_dir)]
    enabled = f"{plugin},auto,yaml"
    environment = {**environ, **SETTINGS, "ANSIBLE_INVENTORY_ENABLED": enabled, "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(folders)}
    ansible = ansible_folder(places)
    if ansible is not None and words[0] == sys.executable:
        environment["PYTHONPATH"] = str(ansible.parent)
    command = [*words, *earlier, "-i", path, "--list", "--export", "--playbook-dir", playbook_dir]
    try:
        ran = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise InventoryError(f"the inventory plugin '{plugin}' could not be asked: {error}", position=at) from error
    said = ran.stderr.strip()
    if ran.returncode:
        raise InventoryError(f"the inventory plugin '{plugin}' failed: {said}", position=at, remedy="see its requirements and options")
    try:
        found: dict[str, Any] = json.loads(ran.stdout)
    except ValueError as error:
        raise InventoryError(f"the inventory plugin '{plugin}' gave no JSON: {error}", position=at, found=ran.stdout[:80]) from error
    return found, said


def program(places: Places) -> list[str] | None:
    """Return the words that start ansible-inventory: one beside the package, the one on PATH, or our own Python with the package."""
    ansible = ansible_folder(places)
    if ansible is None:
        return None
    beside = Path(*ansible.parts[: -4 if len(ansible.parts) > 4 else 0], "bin", "ansible-inventory")
    found = str(beside) if beside.is_file() else shutil.which("ansible-inventory")
    return [found] if found else [sys.executable, "-m", "ansible.cli.inventory"]
