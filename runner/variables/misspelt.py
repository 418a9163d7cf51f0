"""Variables that say how a host is reached, and the names that are most likely misspelt ones of them (pure)."""

from functools import cache

PREFIX = "ansible_"
# From here on two letters may be wrong, below only one: short names lie close together.
LONG = 8
_BECOME = "doas dzdo enable ksu machinectl pbrun pfexec pmrun run0 runas sesu su sudo sudosu".split()
_REACHED = {
    "": "connection host port user pass password private_key_file private_key private_key_passphrase timeout pipelining "
    "become become_method become_user become_pass become_password become_exe become_flags "
    "shell_type shell_executable executable group_priority remote_tmp "
    "async_dir system_tmpdirs common_remote_group shell_allow_world_readable_temp host_key_checking control_path control_path_dir "
    "sshpass_prompt scp_if_ssh scp_executable scp_extra_args sftp_batch_mode sftp_executable sftp_extra_args module_compression "
    "connect_timeout command_timeout network_os known_hosts_file",
    "ssh_": "host port user pass password private_key_file private_key private_key_passphrase args common_args extra_args executable "
    "pipelining host_key_checking retries timeout transfer_method use_tty pkcs11_provider known_hosts_file verbosity password_mechanism",
    "paramiko_": "host port user pass password private_key_file host_key_checking proxy_command timeout use_rsa_sha2_algorithms",
    "libssh_": "host user pass password host_key_checking proxy_command publickey_algorithms config_file",
    "winrm_": "host port user pass password scheme path transport connection_timeout server_cert_validation",
    "psrp_": "host port user path protocol auth cert_validation proxy",
    "docker_": "host docker_host user extra_args extra_env api_version timeout privileged working_dir validate_certs tls",
    "podman_": "host extra_args executable",
    "kubectl_": "host pod namespace container context kubeconfig config extra_args token server user password ca_cert validate_certs",
    "oc_": "host pod namespace container context kubeconfig config extra_args token server ca_cert validate_certs",
    **{f"{method}_": "exe flags pass user prompt_l10n" for method in _BECOME},
}


@cache
def words() -> frozenset[str]:
    """Return the names: those of connections, of becoming another user, of shells and of the interpreter."""
    made = {f"{PREFIX}{front}{word}" for front, each in _REACHED.items() for word in each.split()}
    return frozenset({*made, "ansible_python_interpreter", "ansible_become_prompt_l10n"})


def meant(name: str) -> str | None:
    """Return the name that a variable's is most likely a misspelling of; None where it is one of them, or like none of them."""
    if not name.startswith(PREFIX) or name in words():
        return None
    near: list[tuple[int, str]] = []
    for known in words():
        allowed = 2 if len(known) - len(PREFIX) >= LONG else 1
        if abs(len(known) - len(name)) <= allowed and (off := _distance(name, known)) <= allowed:
            near.append((off, known))
    return min(near)[1] if near else None


def _distance(one: str, other: str) -> int:
    """Return how many letters must be put in, left out, changed or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, before, row = before, row, [at, *[0] * len(other)]
        for to, there in enumerate(other, 1):
            row[to] = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != there))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == there:
                row[to] = min(row[to], last[to - 2] + 1)
    return row[-1]
