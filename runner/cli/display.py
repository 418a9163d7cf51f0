"""What ansible.cfg says of the display, as the environment variables that say the same."""

from collections.abc import Mapping

from runner.parse.settings import Settings

NAMES = (
    "check_mode_markers display_ok_hosts display_skipped_hosts display_failed_stderr show_task_path_on_failure show_custom_stats "
    "show_per_host_start deprecation_warnings result_format format_pretty nocolor force_color diff_context"
).split()


def display_environment(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the settings of the display that a file sets; a variable that is set itself stays."""
    found = dict(environ)
    fields = Settings.__dataclass_fields__
    for name in NAMES:
        value = getattr(settings, name)
        variables = fields[name].metadata["env"]
        if settings.origin.get(name, "default") != "default" and not any(each in environ for each in variables):
            found[variables[0]] = str(value)
    return found
