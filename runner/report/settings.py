"""How the run is shown: the choices a user makes by options and environment variables."""

from collections.abc import Mapping
from typing import TextIO

from runner.errors import UsageError, nearest_names
from runner.record import dataclass
from runner.report.result_style import Style

DEFAULT_COLUMNS = 79
TRUE_WORDS = ("1", "true", "yes", "on", "t", "y")
FALSE_WORDS = ("0", "false", "no", "off", "f", "n", "")


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """verbosity: number of -v. columns: width of the terminal less one. check: the whole run is a dry run.

    explain: show our own explanation (place, remedy) below a failure. The other fields are the settings of the classic display.
    """

    verbosity: int = 0
    color: bool = False
    columns: int = DEFAULT_COLUMNS
    check: bool = False
    check_markers: bool = False
    show_ok: bool = True
    show_skipped: bool = True
    failed_to_stderr: bool = False
    show_path_on_failure: bool = False
    show_custom_stats: bool = False
    show_per_host_start: bool = False
    deprecation_warnings: bool = True
    explain: bool = True
    result_format: str = "json"
    pretty: bool | None = None
    diff_context: int = 3

    @property
    def style(self) -> Style:
        """How results are written; YAML is pretty unless refused."""
        return Style(self.verbosity, self.result_format, self.result_format == "yaml" if self.pretty is None else self.pretty)


FORMATS = ("json", "yaml")


def console_settings(
    environ: Mapping[str, str],
    out: TextIO,
    *,
    verbosity: int = 0,
    check: bool = False,
    terminal_columns: int = 0,
) -> ConsoleSettings:
    """Return the settings for this terminal and environment.

    environ: the names Ansible documents (ANSIBLE_DISPLAY_SKIPPED_HOSTS ...), NO_COLOR, and MUSTER_EXPLAIN. terminal_columns:
    width of the terminal, 0 when there is none. Raises UsageError when a variable is neither true nor false.
    """
    return ConsoleSettings(
        verbosity=verbosity,
        color=wants_color(environ, out),
        columns=max(DEFAULT_COLUMNS, terminal_columns - 1),
        check=check,
        check_markers=flag(environ, "ANSIBLE_CHECK_MODE_MARKERS", default=False),
        show_ok=flag(environ, "ANSIBLE_DISPLAY_OK_HOSTS", default=True),
        show_skipped=flag(environ, "ANSIBLE_DISPLAY_SKIPPED_HOSTS", default=True),
        failed_to_stderr=flag(environ, "ANSIBLE_DISPLAY_FAILED_STDERR", default=False),
        show_path_on_failure=flag(environ, "ANSIBLE_SHOW_TASK_PATH_ON_FAILURE", default=False),
        show_custom_stats=flag(environ, "ANSIBLE_SHOW_CUSTOM_STATS", default=False),
        show_per_host_start=flag(environ, "ANSIBLE_SHOW_PER_HOST_START", default=False),
        deprecation_warnings=flag(environ, "ANSIBLE_DEPRECATION_WARNINGS", default=True),
        result_format=choice(environ, "ANSIBLE_CALLBACK_RESULT_FORMAT", FORMATS),
        pretty=flag(environ, "ANSIBLE_CALLBACK_FORMAT_PRETTY", default=False)
        if environ.get("ANSIBLE_CALLBACK_FORMAT_PRETTY")
        else None,
        explain=flag(environ, "MUSTER_EXPLAIN", default=True),
        diff_context=number(environ, "ANSIBLE_DIFF_CONTEXT", default=3),
    )


def explains(environ: Mapping[str, str]) -> bool:
    """Tell whether errors come with our own explanation; a value that is neither true nor false does not refuse it."""
    return environ.get("MUSTER_EXPLAIN", "yes").strip().lower() not in FALSE_WORDS


def wants_color(environ: Mapping[str, str], out: TextIO) -> bool:
    """Colours are for terminals, unless refused (NO_COLOR, https://no-color.org) or asked for (ANSIBLE_FORCE_COLOR)."""
    if flag(environ, "ANSIBLE_FORCE_COLOR", default=False):
        return True
    if environ.get("NO_COLOR") or flag(environ, "ANSIBLE_NOCOLOR", default=False):
        return False
    return out.isatty()


def choice(environ: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    """Return the word an environment variable holds; the first of those allowed when it is not set."""
    value = environ.get(name) or words[0]
    if value in words:
        return value
    raise UsageError(
        f"the environment variable {name} has no value that it may have",
        expected="one of " + ", ".join(words),
        found=value,
        nearest=nearest_names(value, words),
    )


def number(environ: Mapping[str, str], name: str, *, default: int) -> int:
    """Return the whole number an environment variable holds; `default` when it is not set."""
    value = environ.get(name, str(default)).strip()
    if value.isdigit():
        return int(value)
    raise UsageError(f"the environment variable {name} must be a whole number", expected="a number from 0", found=value)


def flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return the boolean an environment variable holds; `default` when it is not set."""
    value = environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise UsageError(
        f"the environment variable {name} must be true or false",
        expected="one of " + ", ".join(TRUE_WORDS + FALSE_WORDS[:-1]),
        found=value,
        nearest=nearest_names(word, TRUE_WORDS + FALSE_WORDS),
    )
