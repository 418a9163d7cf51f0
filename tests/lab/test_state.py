"""The state folder: what is written for reaching the hosts, and who may read it."""

import stat
from pathlib import Path

import yaml

from runner.lab import state
from runner.lab.description import Lab
from runner.lab.state import StateFolder


def test_inventory_has_hosts_groups_and_the_way_in(small: Lab, folder: StateFolder) -> None:
    known = folder.known_hosts
    inventory = yaml.safe_load(state.inventory_text(small, folder))["all"]
    assert inventory["vars"] == {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(folder.key),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes",
        "muster_lab_file": str(Path(small.file).resolve()),
        "muster_lab_folder": str(folder.path),
        "site": "north",
    }
    assert inventory["hosts"] == {"a": {"ansible_host": "172.30.59.11"}, "b": {"ansible_host": "172.30.59.12", "rack": 7}}
    assert inventory["children"] == {
        "front": {"hosts": {"a": {}}, "vars": {"vip": "172.30.59.100"}},
        "all_of_it": {"children": {"front": {}}},
    }


def test_a_path_with_blanks_is_quoted_for_shell_and_ssh(small: Lab) -> None:
    words = state.ssh_words(StateFolder(Path("/my labs/small")))
    assert words.startswith("-o 'UserKnownHostsFile=\"/my labs/small/known_hosts\"' -o ")


def test_known_hosts_has_names_and_addresses_but_no_comment(small: Lab) -> None:
    text = state.known_hosts_text(small, {"b": ["ssh-rsa R root@b"], "a": ["ssh-rsa R root@a", "ssh-ed25519 E root@a"]})
    assert text == "a,172.30.59.11 ssh-ed25519 E\na,172.30.59.11 ssh-rsa R\nb,172.30.59.12 ssh-rsa R\n"


def test_ssh_config_checks_keys(small: Lab, folder: StateFolder) -> None:
    first = state.ssh_config_text(small, folder).split("\n\n")[0]
    assert first == (
        f'Host a\n  HostName 172.30.59.11\n  User root\n  IdentityFile "{folder.key}"\n  IdentitiesOnly yes\n'
        f'  UserKnownHostsFile "{folder.known_hosts}"\n  StrictHostKeyChecking yes'
    )


def test_secrets_are_made_once_and_are_the_owners(folder: StateFolder) -> None:
    state.have_secrets(folder)
    before = {path.name: path.read_text() for path in folder.path.iterdir()}
    state.have_secrets(folder)
    assert {path.name: path.read_text() for path in folder.path.iterdir()} == before
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.path.iterdir()} == {0o600}
    assert folder.public_key.read_text().startswith("ssh-ed25519 ")
    passwords = state.read_passwords(folder)
    assert set(passwords) == {"alice", "root"}
    assert len(set(passwords.values())) == 2


def test_an_equal_file_is_left_alone(folder: StateFolder) -> None:
    folder.write(folder.known_hosts, "x\n")
    inode = folder.known_hosts.stat().st_ino
    folder.write(folder.known_hosts, "x\n")
    assert folder.known_hosts.stat().st_ino == inode
    folder.write(folder.known_hosts, "y\n")
    assert folder.known_hosts.read_text() == "y\n"
    assert [path.name for path in folder.path.iterdir()] == ["known_hosts"]
