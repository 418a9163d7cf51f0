"""The names that `ansible-config` gives to settings."""

# Those with DEFAULT_ in front of our name.
DEFAULT = frozenset(
    (
        "roles_path transport remote_user remote_port private_key_file timeout ask_pass executable local_tmp become become_method "
        "become_user become_exe become_flags become_ask_pass forks strategy gathering hash_behaviour private_role_vars "
        "jinja2_native jinja2_extensions force_handlers poll_interval no_log module_name vault_password_file vault_identity "
        "vault_identity_list vault_encrypt_identity vault_id_match ask_vault_pass stdout_callback load_callback_plugins verbosity "
        "log_path log_filter"
    ).split()
)
# Those named otherwise.
OTHER = {
    "inventory": "DEFAULT_HOST_LIST",
    "inventory_ignore_extensions": "INVENTORY_IGNORE_EXTS",
    "inventory_unparsed_failed": "INVENTORY_UNPARSED_IS_FAILED",
    "inventory_any_unparsed_failed": "INVENTORY_ANY_UNPARSED_IS_FAILED",
    "precedence": "VARIABLE_PRECEDENCE",
    "collections_path": "COLLECTIONS_PATHS",
    "library": "DEFAULT_MODULE_PATH",
    "module_utils": "DEFAULT_MODULE_UTILS_PATH",
    "action_plugins": "DEFAULT_ACTION_PLUGIN_PATH",
    "callback_plugins": "DEFAULT_CALLBACK_PLUGIN_PATH",
    "connection_plugins": "DEFAULT_CONNECTION_PLUGIN_PATH",
    "filter_plugins": "DEFAULT_FILTER_PLUGIN_PATH",
    "inventory_plugins": "DEFAULT_INVENTORY_PLUGIN_PATH",
    "lookup_plugins": "DEFAULT_LOOKUP_PLUGIN_PATH",
    "strategy_plugins": "DEFAULT_STRATEGY_PLUGIN_PATH",
    "test_plugins": "DEFAULT_TEST_PLUGIN_PATH",
    "vars_plugins_enabled": "VARIABLE_PLUGINS_ENABLED",
    "vars_plugins": "DEFAULT_VARS_PLUGIN_PATH",
    "pipelining": "ANSIBLE_PIPELINING",
    "fact_caching": "CACHE_PLUGIN",
    "fact_caching_connection": "CACHE_PLUGIN_CONNECTION",
    "fact_caching_prefix": "CACHE_PLUGIN_PREFIX",
    "fact_caching_timeout": "CACHE_PLUGIN_TIMEOUT",
    "error_on_undefined_vars": "DEFAULT_UNDEFINED_VAR_BEHAVIOR",
    "ansible_managed": "DEFAULT_MANAGED_STR",
    "duplicate_dict_key": "DUPLICATE_YAML_DICT_KEY",
    "yaml_valid_extensions": "YAML_FILENAME_EXTENSIONS",
    "run_tags": "TAGS_RUN",
    "skip_tags": "TAGS_SKIP",
    "max_diff_size": "MAX_FILE_SIZE_FOR_DIFF",
    "force_valid_group_names": "TRANSFORM_INVALID_GROUP_CHARS",
    "nocolor": "ANSIBLE_NOCOLOR",
    "force_color": "ANSIBLE_FORCE_COLOR",
}


def shown_name(name: str) -> str:
    """Return the name under which a setting is shown. Of settings that belong to one plugin it is our own in capitals."""
    if name in DEFAULT:
        return f"DEFAULT_{name.upper()}"
    return OTHER.get(name, name.upper())


def own_name(shown: str) -> str:
    """Return our name of a setting that is called as Ansible calls it, or as we do."""
    named = {theirs: ours for ours, theirs in OTHER.items()}
    return named.get(shown) or shown.lower().removeprefix("default_")
