"""The lookup config: settings of the runner."""

from collections.abc import Mapping
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed

# Options of plugins: the variables that give them, best first, and the setting behind them.
OPTIONS: Mapping[str, Mapping[str, tuple[tuple[str, ...], str]]] = {
    "connection": {
        "host": (("ansible_ssh_host", "ansible_host", "inventory_hostname"), ""),
        "port": (("ansible_port", "ansible_ssh_port"), "remote_port"),
        "remote_user": (("ansible_user", "ansible_ssh_user"), "remote_user"),
        "private_key_file": (("ansible_private_key_file", "ansible_ssh_private_key_file"), "private_key_file"),
        "host_key_checking": (("ansible_host_key_checking", "ansible_ssh_host_key_checking"), "host_key_checking"),
        "ssh_args": (("ansible_ssh_args",), "ssh_args"),
        "ssh_common_args": (("ansible_ssh_common_args",), "ssh_common_args"),
        "ssh_extra_args": (("ansible_ssh_extra_args",), "ssh_extra_args"),
        "ssh_transfer_method": (("ansible_ssh_transfer_method",), "ssh_transfer_method"),
        "scp_extra_args": (("ansible_scp_extra_args",), "scp_extra_args"),
        "sftp_extra_args": (("ansible_sftp_extra_args",), "sftp_extra_args"),
        "timeout": (("ansible_ssh_timeout",), "timeout"),
    },
    "become": {
        "become_user": (("ansible_become_user",), "become_user"),
        "become_exe": (("ansible_become_exe",), "become_exe"),
        "become_flags": (("ansible_become_flags",), "become_flags"),
    },
    "shell": {"remote_tmp": (("ansible_remote_tmp",), "remote_tmp")},
}
MISSING = ("error", "warn", "skip")


def run(
    terms: list[Any],
    context: LookupContext,
    on_missing: str = "error",
    plugin_type: str | None = None,
    plugin_name: str | None = None,
    show_origin: bool = False,
) -> list[Any]:
    """Return the value of each setting, or of each option of a plugin; with its origin if wanted. on_missing: error, warn or skip."""
    if on_missing not in MISSING:
        raise LookupFailed(f'Invalid value "{on_missing}" for the option on_missing, valid values are: {", ".join(MISSING)}')
    if (plugin_type is None) != (plugin_name is None):
        raise LookupFailed("Both plugin_type and plugin_name are required, cannot use one without the other")
    result = []
    for term in terms:
        if not isinstance(term, str):
            raise LookupFailed(f'Invalid setting identifier, "{term}" is not a string, its a {type(term)}')
        try:
            result.append(_value(term, context, plugin_type, bool(show_origin)))
        except KeyError as error:
            told = f"Unable to find setting {term}"
            if on_missing == "error":
                raise LookupFailed(told) from error
            if on_missing == "warn":
                context.warn(f"Skipping, did not find setting {term}")
    return result


def _value(name: str, context: LookupContext, plugin_type: str | None, show_origin: bool) -> Any:
    setting = name
    if plugin_type is not None:
        variables, setting = OPTIONS.get(plugin_type, {})[name]
        for variable in variables:
            found = context.value(variable)
            if found is not None:
                return [found, f"var: {variable}"] if show_origin else found
    return context.hooks.setting(setting, {"show_origin": show_origin})
