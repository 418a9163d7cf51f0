"""Options that several commands share, under ansible's letters and names, and what they load."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from runner.cli.construct import constructor
from runner.cli.terminal import unseen
from runner.errors import InventoryError, UsageError
from runner.model.inventory import Inventory
from runner.model.text import Map
from runner.parse.ansible_cfg import read_settings
from runner.parse.extra_vars import read_extra_vars
from runner.parse.inventory.sources import Reading, read_inventory
from runner.parse.limit import Limit, read_limit
from runner.parse.settings import Settings
from runner.plan.patterns import match, split
from runner.report.notice import warning_lines
from runner.report.settings import DEFAULT_COLUMNS
from runner.vault.secrets import Secrets
from runner.vault.sources import read_secrets

Warn = Callable[[str], None]


def add_verbosity_option(parser: argparse.ArgumentParser) -> None:
    """Add -v, which may be given several times."""
    parser.add_argument("-v", "--verbose", dest="verbosity", action="count", default=0, help="say more; up to -vvvvvv")


def add_inventory_options(parser: argparse.ArgumentParser) -> None:
    """Add -i, -l, -e and -v."""
    parser.add_argument(
        "-i",
        "--inventory",
        "--inventory-file",
        dest="inventory",
        action="append",
        metavar="INVENTORY",
        help="inventory file, folder or program, or a host list with a comma; may be given several times",
    )
    parser.add_argument(
        "-l",
        "--limit",
        dest="subset",
        type=_limit,
        metavar="SUBSET",
        help="only hosts that match this pattern too; @FILE reads it",
    )
    add_extra_vars_option(parser)
    add_verbosity_option(parser)


def add_extra_vars_option(parser: argparse.ArgumentParser) -> None:
    """Add -e."""
    parser.add_argument(
        "-e",
        "--extra-vars",
        dest="extra_vars",
        action="append",
        default=[],
        metavar="EXTRA_VARS",
        help="variables as key=value, as YAML or JSON, or @FILE; may be given several times",
    )


def add_vault_options(parser: argparse.ArgumentParser) -> None:
    """Add --vault-id, --vault-password-file and -J."""
    parser.add_argument(
        "--vault-id",
        dest="vault_ids",
        action="append",
        default=[],
        metavar="VAULT_IDS",
        help="a vault password: label@FILE, label@SCRIPT, label@prompt; may be given several times",
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "-J",
        "--ask-vault-password",
        "--ask-vault-pass",
        dest="ask_vault_pass",
        action="store_true",
        help="ask for the vault password",
    )
    group.add_argument(
        "--vault-password-file",
        "--vault-pass-file",
        dest="vault_password_files",
        action="append",
        default=[],
        metavar="FILE",
        help="file or script with the vault password",
    )


def add_become_options(parser: argparse.ArgumentParser) -> None:
    """Add -b, --become-method, --become-user, -K and --become-password-file."""
    group = parser.add_argument_group("Privilege Escalation Options", "how and which user to become on the hosts")
    group.add_argument("-b", "--become", dest="become", action="store_true", help="run operations as another user")
    group.add_argument("--become-method", dest="become_method", metavar="METHOD", help="sudo (the default), su or doas")
    group.add_argument("--become-user", dest="become_user", metavar="USER", help="that user (default root)")
    password = parser.add_mutually_exclusive_group()
    password.add_argument(
        "-K", "--ask-become-pass", dest="become_ask_pass", action="store_true", help="ask for the password of become"
    )
    password.add_argument(
        "--become-password-file",
        "--become-pass-file",
        dest="become_password_file",
        metavar="FILE",
        help="file with the password of become",
    )


def add_connection_options(parser: argparse.ArgumentParser) -> None:
    """Add -u, -c, -T, -k, --private-key and the ssh argument options."""
    group = parser.add_argument_group("Connection Options", "as whom and how to reach the hosts")
    group.add_argument("--private-key", "--key-file", dest="private_key_file", metavar="FILE", help="private key to log in with")
    group.add_argument("-u", "--user", dest="remote_user", metavar="USER", help="log in as this user")
    group.add_argument("-c", "--connection", dest="connection", metavar="CONNECTION", help="connection type (default ssh)")
    group.add_argument("-T", "--timeout", dest="timeout", type=int, metavar="SECONDS", help="seconds a connection may take")
    group.add_argument(
        "--drop-after", dest="drop_after", type=float, metavar="SECONDS", help="seconds of silence after which a host is unreachable"
    )
    for name, what in (
        ("ssh-common-args", "options for ssh, such as -J or -o ProxyCommand"),
        ("sftp-extra-args", "accepted as ansible does; muster does not use sftp"),
        ("scp-extra-args", "accepted as ansible does; muster does not use scp"),
        ("ssh-extra-args", "options for ssh"),
    ):
        group.add_argument(f"--{name}", dest=name.replace("-", "_"), metavar="ARGS", help=what)
    password = parser.add_mutually_exclusive_group()
    password.add_argument("-k", "--ask-pass", dest="ask_pass", action="store_true", help="ask for the password of the connection")
    password.add_argument(
        "--connection-password-file",
        "--conn-pass-file",
        dest="connection_password_file",
        metavar="FILE",
        help="file with the password of the connection",
    )


def add_check_options(parser: argparse.ArgumentParser) -> None:
    """Add -C, -D, -f and -M, which ad hoc commands take as well."""
    parser.add_argument("-C", "--check", dest="check", action="store_true", help="change nothing, say what would change")
    parser.add_argument("-D", "--diff", dest="diff", action="store_true", help="show what changes in files")
    parser.add_argument("-f", "--forks", dest="forks", type=_forks, metavar="FORKS", help="hosts worked on at the same time")
    parser.add_argument(
        "-M", "--module-path", dest="module_path", action="append", default=[], metavar="PATH", help="folders with more modules"
    )


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add what only playbooks take: tags, listing, stepping, handlers; and the options of `add_check_options`."""
    add_check_options(parser)
    parser.add_argument(
        "-t", "--tags", dest="tags", action="append", default=[], metavar="TAGS", help="only tasks with these tags"
    )
    parser.add_argument(
        "--skip-tags", dest="skip_tags", action="append", default=[], metavar="TAGS", help="no tasks with these tags"
    )
    parser.add_argument("--start-at-task", dest="start_at_task", metavar="NAME", help="begin at the task of this name")
    for name, dest, what in (
        ("step", "step", "ask before each task"),
        ("resume", "resume", "go on where the last run of these playbooks broke: what it changed is not done again"),
        ("force-handlers", "force_handlers", "run handlers even if a task fails"),
        ("flush-cache", "flush_cache", "forget cached facts"),
        ("syntax-check", "syntax_check", "only read the playbook"),
        ("list-tasks", "listtasks", "only list the tasks"),
        ("list-tags", "listtags", "only list the tags"),
        ("list-hosts", "listhosts", "only list the hosts"),
        ("strict", "strict", "what lint warns of is an error before anything runs, and so is a condition that gives no boolean"),
    ):
        parser.add_argument(f"--{name}", dest=dest, action="store_true", help=what)


def _limit(written: str) -> Limit:
    return Limit(written, read_limit(split(written), os.getcwd()))


def _forks(written: str) -> int:
    if not written.isdigit() or int(written) < 1:
        raise UsageError(
            "The number of processes (--forks) must be >= 1",
            exit_code=2,
            expected="a number of 1 or more",
            found=written,
            remedy="write -f 20",
        )
    return int(written)


def say_warning(text: str) -> None:
    """Print a warning on stderr, in lines of the terminal's width."""
    columns = shutil.get_terminal_size((0, 0)).columns if sys.stdout.isatty() else 0
    print(warning_lines(text, max(DEFAULT_COLUMNS, columns - 1)), file=sys.stderr)


def load_settings(args: argparse.Namespace, warn: Warn = say_warning) -> Settings:
    """Return the settings of this folder and environment. Raises ParseError and UsageError as `read_settings`."""
    return read_settings(os.environ, os.getcwd(), warn)


def load_secrets(
    args: argparse.Namespace, *, settings: Settings | None = None, ask: Callable[[str], str] = unseen
) -> Secrets:
    """Return the vault passwords that the settings and options name, in ansible's order. Raises VaultError."""
    settings = settings or load_settings(args)
    return read_secrets(vault_ids(args, settings), ask, match_id=settings.vault_id_match, warn=say_warning)


def vault_ids(args: argparse.Namespace, settings: Settings) -> list[str]:
    """Return the `label@source` entries: the settings' list, --vault-id, password files, the settings' file, the prompt."""
    files = [*args.vault_password_files, *([settings.vault_password_file] if settings.vault_password_file else [])]
    entries = [*settings.vault_identity_list, *args.vault_ids, *(f"{settings.vault_identity}@{file}" for file in files)]
    if args.ask_vault_pass or (settings.ask_vault_pass and not entries):
        entries.append(f"{settings.vault_identity}@prompt_ask_vault_pass")
    return entries


def load_extra_vars(written: Iterable[str], secrets: Secrets) -> Map:
    """Return the variables of all -e options, later ones winning. Raises ParseError, VaultError and UsageError."""
    return read_extra_vars(written, secrets, os.getcwd())


def load_inventory(
    args: argparse.Namespace,
    secrets: Secrets,
    *,
    settings: Settings | None = None,
    warn: Warn = say_warning,
    need_hosts: bool = True,
) -> Inventory:
    """Return the inventory of -i or the settings.

    need_hosts: warn of an empty inventory, refuse a --limit that leaves no host. Raises InventoryError.
    """
    settings = settings or load_settings(args)
    sources = args.inventory or list(_existing(settings))
    construct = constructor(settings, secrets, load_extra_vars(args.extra_vars, secrets), os.getcwd())
    inventory = read_inventory(sources, Reading(settings, secrets, warn, construct), os.getcwd())
    if not sources and settings.inventory_unparsed_warning:
        warn("No inventory was parsed, only implicit localhost is available")
    limit = vars(args).get("subset")
    if not need_hosts:
        return inventory
    if not inventory.hosts:
        if settings.localhost_warning:
            warn(
                "provided hosts list is empty, only localhost is available. Note that the implicit localhost does not match 'all'"
            )
    elif limit and not match("all", inventory, limit=limit, warn=lambda text, _: warn(text)):
        raise InventoryError(
            "Specified inventory, host pattern and/or --limit leaves us with no hosts to target.",
            expected="a pattern that matches a host of the inventory",
            found=f"--limit {limit}",
            remedy="see the hosts with `muster inventory --graph`",
        )
    return inventory


def _existing(settings: Settings) -> Iterable[str]:
    """Leave out the default source /etc/ansible/hosts where there is none; a source the user wrote stays, to be warned of."""
    chosen = settings.origin.get("inventory", "default") != "default"
    return settings.inventory if chosen else [each for each in settings.inventory if Path(each).exists()]
