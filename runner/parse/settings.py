"""Settings of a run: one table of options, each with its place in ansible.cfg and its environment names."""

from collections.abc import Mapping
from typing import Any

from runner.record import dataclass, field

IGNORED_EXTENSIONS = (".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".ini", ".cfg", ".retry")


def option(default: Any, ini: str, env: str, kind: str = "text", choices: tuple[str, ...] = ()) -> Any:
    """Declare a setting: its default, `section.key` names in the file, environment names (both space separated) and kind.

    kind: text, bool, int, float, list (commas), path, paths (commas), search (colons).
    """
    return field(default=default, metadata={"ini": ini.split(), "env": env.split(), "kind": kind, "choices": choices})


def _plugins(kind: str) -> tuple[str, ...]:
    return (f"~/.ansible/plugins/{kind}", f"/usr/share/ansible/plugins/{kind}")


@dataclass(frozen=True)
class Settings:
    """What ansible.cfg and the ANSIBLE_* environment say. origin: setting -> where its value comes from, `default` included.

    Names and meanings: https://docs.ansible.com/ansible/latest/reference_appendices/config.html
    """

    inventory: tuple[str, ...] = option(("/etc/ansible/hosts",), "defaults.inventory", "ANSIBLE_INVENTORY", "paths")
    inventory_ignore_extensions: tuple[str, ...] = option(
        IGNORED_EXTENSIONS,
        "defaults.inventory_ignore_extensions inventory.ignore_extensions",
        "ANSIBLE_INVENTORY_IGNORE",
        "list",
    )
    inventory_ignore_patterns: tuple[str, ...] = option(
        (), "defaults.inventory_ignore_patterns inventory.ignore_patterns", "ANSIBLE_INVENTORY_IGNORE_REGEX", "list"
    )
    inventory_enabled: tuple[str, ...] = option(
        ("host_list", "script", "auto", "yaml", "ini", "toml"), "inventory.enable_plugins", "ANSIBLE_INVENTORY_ENABLED", "list"
    )
    inventory_unparsed_failed: bool = option(False, "inventory.unparsed_is_failed", "ANSIBLE_INVENTORY_UNPARSED_FAILED", "bool")
    inventory_any_unparsed_failed: bool = option(
        False, "inventory.any_unparsed_is_failed", "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "bool"
    )
    inventory_unparsed_warning: bool = option(
        True, "inventory.inventory_unparsed_warning", "ANSIBLE_INVENTORY_UNPARSED_WARNING", "bool"
    )
    inventory_export: bool = option(False, "inventory.export", "ANSIBLE_INVENTORY_EXPORT", "bool")
    host_pattern_mismatch: str = option(
        "warning", "inventory.host_pattern_mismatch", "ANSIBLE_HOST_PATTERN_MISMATCH", choices=("error", "ignore", "warning")
    )
    localhost_warning: bool = option(True, "defaults.localhost_warning", "ANSIBLE_LOCALHOST_WARNING", "bool")
    playbook_dir: str | None = option(None, "defaults.playbook_dir", "ANSIBLE_PLAYBOOK_DIR", "path")
    playbook_vars_root: str = option(
        "top", "defaults.playbook_vars_root", "ANSIBLE_PLAYBOOK_VARS_ROOT", choices=("all", "bottom", "top")
    )
    precedence: tuple[str, ...] = option(
        (
            "all_inventory",
            "groups_inventory",
            "all_plugins_inventory",
            "all_plugins_play",
            "groups_plugins_inventory",
            "groups_plugins_play",
        ),
        "defaults.precedence",
        "ANSIBLE_PRECEDENCE",
        "list",
    )
    roles_path: tuple[str, ...] = option(
        ("~/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles"),
        "defaults.roles_path",
        "ANSIBLE_ROLES_PATH",
        "search",
    )
    collections_path: tuple[str, ...] = option(
        ("~/.ansible/collections", "/usr/share/ansible/collections"),
        "defaults.collections_path defaults.collections_paths",
        "ANSIBLE_COLLECTIONS_PATH ANSIBLE_COLLECTIONS_PATHS",
        "search",
    )
    # Ours: the folder that holds the Python package `ansible`, where it is neither importable here nor on PATH.
    ansible_package: str | None = option(None, "muster.ansible", "MUSTER_ANSIBLE", "path")
    library: tuple[str, ...] = option(_plugins("modules"), "defaults.library", "ANSIBLE_LIBRARY", "search")
    module_utils: tuple[str, ...] = option(_plugins("module_utils"), "defaults.module_utils", "ANSIBLE_MODULE_UTILS", "search")
    action_plugins: tuple[str, ...] = option(_plugins("action"), "defaults.action_plugins", "ANSIBLE_ACTION_PLUGINS", "search")
    callback_plugins: tuple[str, ...] = option(_plugins("callback"), "defaults.callback_plugins", "ANSIBLE_CALLBACK_PLUGINS", "search")
    connection_plugins: tuple[str, ...] = option(
        _plugins("connection"), "defaults.connection_plugins", "ANSIBLE_CONNECTION_PLUGINS", "search"
    )
    filter_plugins: tuple[str, ...] = option(_plugins("filter"), "defaults.filter_plugins", "ANSIBLE_FILTER_PLUGINS", "search")
    inventory_plugins: tuple[str, ...] = option(_plugins("inventory"), "defaults.inventory_plugins", "ANSIBLE_INVENTORY_PLUGINS", "search")
    lookup_plugins: tuple[str, ...] = option(_plugins("lookup"), "defaults.lookup_plugins", "ANSIBLE_LOOKUP_PLUGINS", "search")
    strategy_plugins: tuple[str, ...] = option(_plugins("strategy"), "defaults.strategy_plugins", "ANSIBLE_STRATEGY_PLUGINS", "search")
    test_plugins: tuple[str, ...] = option(_plugins("test"), "defaults.test_plugins", "ANSIBLE_TEST_PLUGINS", "search")
    vars_plugins_enabled: tuple[str, ...] = option(
        ("host_group_vars",), "defaults.vars_plugins_enabled", "ANSIBLE_VARS_ENABLED", "list"
    )
    vars_plugins: tuple[str, ...] = option(_plugins("vars"), "defaults.vars_plugins", "ANSIBLE_VARS_PLUGINS", "search")

    transport: str = option("ssh", "defaults.transport", "ANSIBLE_TRANSPORT")
    remote_user: str | None = option(None, "defaults.remote_user", "ANSIBLE_REMOTE_USER")
    remote_port: int | None = option(None, "defaults.remote_port", "ANSIBLE_REMOTE_PORT", "int")
    private_key_file: str | None = option(None, "defaults.private_key_file", "ANSIBLE_PRIVATE_KEY_FILE", "path")
    host_key_checking: bool = option(
        True,
        "defaults.host_key_checking ssh_connection.host_key_checking",
        "ANSIBLE_SSH_HOST_KEY_CHECKING ANSIBLE_HOST_KEY_CHECKING",
        "bool",
    )
    timeout: int = option(10, "ssh_connection.timeout defaults.timeout", "ANSIBLE_SSH_TIMEOUT ANSIBLE_TIMEOUT", "int")
    ssh_args: str = option("-C -o ControlMaster=auto -o ControlPersist=60s", "ssh_connection.ssh_args", "ANSIBLE_SSH_ARGS")
    ssh_common_args: str = option("", "ssh_connection.ssh_common_args", "ANSIBLE_SSH_COMMON_ARGS")
    ssh_extra_args: str = option("", "ssh_connection.ssh_extra_args", "ANSIBLE_SSH_EXTRA_ARGS")
    ssh_executable: str = option("ssh", "ssh_connection.ssh_executable", "ANSIBLE_SSH_EXECUTABLE")
    # read by playbooks through the lookup `config`; we move files over the connection's own channel, whatever these say
    ssh_transfer_method: str = option("smart", "ssh_connection.transfer_method", "ANSIBLE_SSH_TRANSFER_METHOD")
    sftp_extra_args: str = option("", "ssh_connection.sftp_extra_args", "ANSIBLE_SFTP_EXTRA_ARGS")
    scp_extra_args: str = option("", "ssh_connection.scp_extra_args", "ANSIBLE_SCP_EXTRA_ARGS")
    ssh_retries: int = option(0, "connection.retries ssh_connection.retries", "ANSIBLE_SSH_RETRIES", "int")
    pipelining: bool = option(
        False,
        "defaults.pipelining connection.pipelining ssh_connection.pipelining",
        "ANSIBLE_SSH_PIPELINING ANSIBLE_PIPELINING",
        "bool",
    )
    ask_pass: bool = option(False, "defaults.ask_pass", "ANSIBLE_ASK_PASS", "bool")
    connection_password_file: str | None = option(
        None, "defaults.connection_password_file", "ANSIBLE_CONNECTION_PASSWORD_FILE", "path"
    )
    executable: str = option("/bin/sh", "defaults.executable", "ANSIBLE_EXECUTABLE")
    interpreter_python: str = option("auto", "defaults.interpreter_python", "ANSIBLE_PYTHON_INTERPRETER")
    remote_tmp: str = option("~/.ansible/tmp", "defaults.remote_tmp", "ANSIBLE_REMOTE_TEMP ANSIBLE_REMOTE_TMP")
    local_tmp: str = option("~/.ansible/tmp", "defaults.local_tmp", "ANSIBLE_LOCAL_TEMP", "path")

    become: bool = option(False, "privilege_escalation.become", "ANSIBLE_BECOME", "bool")
    become_method: str = option("sudo", "privilege_escalation.become_method", "ANSIBLE_BECOME_METHOD")
    become_user: str = option("root", "privilege_escalation.become_user", "ANSIBLE_BECOME_USER")
    become_exe: str | None = option(None, "privilege_escalation.become_exe", "ANSIBLE_BECOME_EXE")
    become_flags: str | None = option(None, "privilege_escalation.become_flags", "ANSIBLE_BECOME_FLAGS")
    become_ask_pass: bool = option(False, "privilege_escalation.become_ask_pass", "ANSIBLE_BECOME_ASK_PASS", "bool")
    become_password_file: str | None = option(None, "defaults.become_password_file", "ANSIBLE_BECOME_PASSWORD_FILE", "path")
    become_allow_same_user: bool = option(
        False, "privilege_escalation.become_allow_same_user", "ANSIBLE_BECOME_ALLOW_SAME_USER", "bool"
    )

    forks: int = option(5, "defaults.forks", "ANSIBLE_FORKS", "int")
    strategy: str = option("linear", "defaults.strategy", "ANSIBLE_STRATEGY")
    gathering: str = option("implicit", "defaults.gathering", "ANSIBLE_GATHERING", choices=("explicit", "implicit", "smart"))
    gather_subset: tuple[str, ...] = option((), "defaults.gather_subset", "ANSIBLE_GATHER_SUBSET", "list")
    gather_timeout: int | None = option(None, "defaults.gather_timeout", "ANSIBLE_GATHER_TIMEOUT", "int")
    facts_modules: tuple[str, ...] = option(("smart",), "defaults.facts_modules", "ANSIBLE_FACTS_MODULES", "list")
    inject_facts_as_vars: bool = option(True, "defaults.inject_facts_as_vars", "ANSIBLE_INJECT_FACT_VARS", "bool")
    fact_caching: str = option("memory", "defaults.fact_caching", "ANSIBLE_CACHE_PLUGIN")
    fact_caching_connection: str | None = option(None, "defaults.fact_caching_connection", "ANSIBLE_CACHE_PLUGIN_CONNECTION")
    fact_caching_prefix: str = option("ansible_facts", "defaults.fact_caching_prefix", "ANSIBLE_CACHE_PLUGIN_PREFIX")
    fact_caching_timeout: int = option(86400, "defaults.fact_caching_timeout", "ANSIBLE_CACHE_PLUGIN_TIMEOUT", "int")
    hash_behaviour: str = option("replace", "defaults.hash_behaviour", "ANSIBLE_HASH_BEHAVIOUR", choices=("merge", "replace"))
    private_role_vars: bool = option(False, "defaults.private_role_vars", "ANSIBLE_PRIVATE_ROLE_VARS", "bool")
    jinja2_native: bool = option(False, "defaults.jinja2_native", "ANSIBLE_JINJA2_NATIVE", "bool")
    jinja2_extensions: tuple[str, ...] = option((), "defaults.jinja2_extensions", "ANSIBLE_JINJA2_EXTENSIONS", "list")
    error_on_undefined_vars: bool = option(True, "defaults.error_on_undefined_vars", "ANSIBLE_ERROR_ON_UNDEFINED_VARS", "bool")
    allow_broken_conditionals: bool = option(
        True, "defaults.allow_broken_conditionals", "ANSIBLE_ALLOW_BROKEN_CONDITIONALS", "bool"
    )
    ansible_managed: str = option("Ansible managed", "defaults.ansible_managed", "")
    duplicate_dict_key: str = option(
        "warn", "defaults.duplicate_dict_key", "ANSIBLE_DUPLICATE_YAML_DICT_KEY", choices=("error", "ignore", "warn")
    )
    yaml_valid_extensions: tuple[str, ...] = option(
        (".yml", ".yaml", ".json"), "defaults.yaml_valid_extensions", "ANSIBLE_YAML_FILENAME_EXT", "list"
    )
    invalid_task_attribute_failed: bool = option(
        True, "defaults.invalid_task_attribute_failed", "ANSIBLE_INVALID_TASK_ATTRIBUTE_FAILED", "bool"
    )
    error_on_missing_handler: bool = option(True, "defaults.error_on_missing_handler", "ANSIBLE_ERROR_ON_MISSING_HANDLER", "bool")
    force_handlers: bool = option(False, "defaults.force_handlers", "ANSIBLE_FORCE_HANDLERS", "bool")
    any_errors_fatal: bool = option(False, "defaults.any_errors_fatal", "ANSIBLE_ANY_ERRORS_FATAL", "bool")
    max_fail_percentage: float | None = option(None, "defaults.max_fail_percentage", "ANSIBLE_MAX_FAIL_PERCENTAGE", "float")
    enable_task_debugger: bool = option(False, "defaults.enable_task_debugger", "ANSIBLE_ENABLE_TASK_DEBUGGER", "bool")
    task_timeout: int = option(0, "defaults.task_timeout", "ANSIBLE_TASK_TIMEOUT", "int")
    drop_after: float = option(20.0, "muster.drop_after", "MUSTER_DROP_AFTER", "float")
    poll_interval: int = option(15, "defaults.poll_interval", "ANSIBLE_POLL_INTERVAL", "int")
    run_tags: tuple[str, ...] = option((), "tags.run", "ANSIBLE_RUN_TAGS", "list")
    skip_tags: tuple[str, ...] = option((), "tags.skip", "ANSIBLE_SKIP_TAGS", "list")
    diff_always: bool = option(False, "diff.always", "ANSIBLE_DIFF_ALWAYS", "bool")
    diff_context: int = option(3, "diff.context", "ANSIBLE_DIFF_CONTEXT", "int")
    max_diff_size: int = option(104448, "defaults.max_diff_size", "ANSIBLE_MAX_DIFF_SIZE", "int")
    no_log: bool = option(False, "defaults.no_log", "ANSIBLE_NO_LOG", "bool")
    module_name: str = option("command", "defaults.module_name", "")
    force_valid_group_names: str = option(
        "never",
        "defaults.force_valid_group_names",
        "ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS",
        choices=("always", "ignore", "never", "silently"),
    )

    vault_password_file: str | None = option(None, "defaults.vault_password_file", "ANSIBLE_VAULT_PASSWORD_FILE", "path")
    vault_identity: str = option("default", "defaults.vault_identity", "ANSIBLE_VAULT_IDENTITY")
    vault_identity_list: tuple[str, ...] = option((), "defaults.vault_identity_list", "ANSIBLE_VAULT_IDENTITY_LIST", "list")
    vault_encrypt_identity: str | None = option(None, "defaults.vault_encrypt_identity", "ANSIBLE_VAULT_ENCRYPT_IDENTITY")
    vault_id_match: bool = option(False, "defaults.vault_id_match", "ANSIBLE_VAULT_ID_MATCH", "bool")
    ask_vault_pass: bool = option(False, "defaults.ask_vault_pass", "ANSIBLE_ASK_VAULT_PASS", "bool")
    editor: str = option("vi", "defaults.editor", "ANSIBLE_EDITOR EDITOR")
    pager: str = option("less", "defaults.pager", "ANSIBLE_PAGER PAGER")

    stdout_callback: str = option("default", "defaults.stdout_callback", "ANSIBLE_STDOUT_CALLBACK")
    callbacks_enabled: tuple[str, ...] = option(
        (),
        "defaults.callbacks_enabled defaults.callback_whitelist",
        "ANSIBLE_CALLBACKS_ENABLED ANSIBLE_CALLBACK_WHITELIST",
        "list",
    )
    load_callback_plugins: bool = option(False, "defaults.bin_ansible_callbacks", "ANSIBLE_LOAD_CALLBACK_PLUGINS", "bool")
    result_format: str = option(
        "json", "defaults.callback_result_format", "ANSIBLE_CALLBACK_RESULT_FORMAT", choices=("json", "yaml")
    )
    format_pretty: bool | None = option(None, "defaults.callback_format_pretty", "ANSIBLE_CALLBACK_FORMAT_PRETTY", "bool")
    display_skipped_hosts: bool = option(True, "defaults.display_skipped_hosts", "ANSIBLE_DISPLAY_SKIPPED_HOSTS", "bool")
    display_ok_hosts: bool = option(True, "defaults.display_ok_hosts", "ANSIBLE_DISPLAY_OK_HOSTS", "bool")
    display_failed_stderr: bool = option(False, "defaults.display_failed_stderr", "ANSIBLE_DISPLAY_FAILED_STDERR", "bool")
    display_args_to_stdout: bool = option(False, "defaults.display_args_to_stdout", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT", "bool")
    show_custom_stats: bool = option(False, "defaults.show_custom_stats", "ANSIBLE_SHOW_CUSTOM_STATS", "bool")
    show_per_host_start: bool = option(False, "defaults.show_per_host_start", "ANSIBLE_SHOW_PER_HOST_START", "bool")
    show_task_path_on_failure: bool = option(
        False, "defaults.show_task_path_on_failure", "ANSIBLE_SHOW_TASK_PATH_ON_FAILURE", "bool"
    )
    check_mode_markers: bool = option(False, "defaults.check_mode_markers", "ANSIBLE_CHECK_MODE_MARKERS", "bool")
    journal: bool = option(True, "muster.journal", "MUSTER_JOURNAL", "bool")
    retry_files_enabled: bool = option(False, "defaults.retry_files_enabled", "ANSIBLE_RETRY_FILES_ENABLED", "bool")
    retry_files_save_path: str | None = option(None, "defaults.retry_files_save_path", "ANSIBLE_RETRY_FILES_SAVE_PATH", "path")
    nocolor: bool = option(False, "defaults.nocolor", "ANSIBLE_NOCOLOR NO_COLOR", "bool")
    force_color: bool = option(False, "defaults.force_color", "ANSIBLE_FORCE_COLOR", "bool")
    verbosity: int = option(0, "defaults.verbosity", "ANSIBLE_VERBOSITY", "int")
    verbose_to_stderr: bool = option(False, "defaults.verbose_to_stderr", "ANSIBLE_VERBOSE_TO_STDERR", "bool")
    log_path: str | None = option(None, "defaults.log_path", "ANSIBLE_LOG_PATH", "path")
    log_filter: tuple[str, ...] = option((), "defaults.log_filter", "ANSIBLE_LOG_FILTER", "list")
    system_warnings: bool = option(True, "defaults.system_warnings", "ANSIBLE_SYSTEM_WARNINGS", "bool")
    deprecation_warnings: bool = option(True, "defaults.deprecation_warnings", "ANSIBLE_DEPRECATION_WARNINGS", "bool")

    config_file: str | None = None
    origin: Mapping[str, str] = field(default_factory=dict, repr=False)
