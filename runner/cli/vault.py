"""`muster vault`: encrypt, decrypt, view, edit, rekey and create files, encrypt strings; interchangeable with ansible-vault."""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from runner.cli.options import add_vault_options, add_verbosity_option, load_secrets, load_settings
from runner.cli.terminal import unseen
from runner.errors import RunnerError, UsageError, VaultError, nearest_names
from runner.parse.settings import Settings
from runner.position import Position
from runner.vault import files
from runner.vault.envelope import is_vault
from runner.vault.secrets import Secrets, choose, decrypt, encrypt
from runner.vault.sources import read_secrets

STDIN_NAME = "-"
Ask = Callable[[str], str]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add `vault` with the actions and options of ansible-vault."""
    parser = subparsers.add_parser("vault", help="encrypt and decrypt secrets", prog="muster vault")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = {}
    for name, purpose in (
        ("create", "create an encrypted file in the editor"),
        ("decrypt", "decrypt files"),
        ("edit", "change an encrypted file in the editor"),
        ("view", "show encrypted files"),
        ("encrypt", "encrypt files"),
        ("encrypt_string", "encrypt strings for use as !vault values"),
        ("rekey", "change the password of encrypted files"),
    ):
        made[name] = actions.add_parser(name, help=purpose)
        add_vault_options(made[name])
        add_verbosity_option(made[name])
        if name in ("create", "edit", "encrypt", "encrypt_string", "rekey"):
            made[name].add_argument("--encrypt-vault-id", dest="encrypt_vault_id", metavar="ID", help="vault id to encrypt with")
        if name in ("decrypt", "encrypt", "encrypt_string"):
            made[name].add_argument("--output", dest="output_file", metavar="FILE", help="where to write; - for stdout")
        if name != "encrypt_string":
            made[name].add_argument("files", nargs="*", metavar="FILE", help="file names; - for stdin")
    made["create"].add_argument("--skip-tty-check", action="store_true", help="open the editor without a terminal")
    _add_string_options(made["encrypt_string"])
    _add_rekey_options(made["rekey"])
    parser.set_defaults(run=run)
    return parser


def _add_string_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("strings", nargs="*", metavar="STRING", help="strings to encrypt; - for stdin")
    parser.add_argument("-p", "--prompt", dest="prompt", action="store_true", help="ask for the string")
    parser.add_argument("--show-input", dest="show_input", action="store_true", help="show it while it is typed")
    parser.add_argument("-n", "--name", dest="names", action="append", default=[], metavar="NAME", help="name of the variable")
    parser.add_argument("--stdin-name", dest="stdin_name", metavar="NAME", help="name of the variable for stdin")


def _add_rekey_options(parser: argparse.ArgumentParser) -> None:
    new = parser.add_mutually_exclusive_group()
    new.add_argument(
        "--new-vault-password-file", dest="new_vault_password_file", metavar="FILE", help="file with the new password"
    )
    new.add_argument("--new-vault-id", dest="new_vault_id", metavar="ID", help="the new vault id, label@source")


def run(args: argparse.Namespace) -> int:
    """Do the action and return 0. Raises VaultError and UsageError, with the exit codes of ansible-vault (1 and 5)."""
    try:
        return _act(args)
    except RunnerError as error:
        error.exit_code = 5 if isinstance(error, UsageError) else 1
        raise


def _act(args: argparse.Namespace) -> int:
    settings = load_settings(args)
    for name in vars(args).get("files") or ():
        _check_there(name, args.action)
    secrets = _secrets(args, settings)
    vault_id = vars(args).get("encrypt_vault_id") or settings.vault_encrypt_identity
    if args.action == "rekey":
        return _rekey(args, settings, secrets)
    if args.action == "encrypt_string":
        return _encrypt_strings(args, secrets, vault_id)
    if args.action in ("encrypt", "create", "edit") and (args.action != "edit" or vault_id):
        choose(secrets, vault_id)
    if args.action == "create":
        return _create(args, settings, secrets, vault_id)
    if vars(args).get("output_file") and len(args.files) > 1:
        raise UsageError("At most one input file may be used with the --output option", found=f"{len(args.files)} files")
    if args.action == "edit" and not args.files:
        raise UsageError("edit needs the name of a file", expected="a file name", found="none")
    for name in args.files or [STDIN_NAME]:
        _one_file(args, settings, secrets, vault_id, name)
    if args.action in ("encrypt", "decrypt") and sys.stdout.isatty():
        print(f"{args.action.capitalize()}ion successful", file=sys.stderr)
    return 0


def _check_there(name: str, action: str) -> None:
    """Raise VaultError for a file that is missing, before anybody is asked for a password."""
    path = Path(name)
    if action == "create" or name == STDIN_NAME or path.exists():
        return
    raise VaultError(
        f"{action} failed: {name} does not exist",
        expected="a file",
        found="no such file",
        nearest=nearest_names(path.name, [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []),
        remedy="correct the path",
    )


def _secrets(args: argparse.Namespace, settings: Settings) -> Secrets:
    """Return the passwords; where none is named one is asked for, twice if it is for something new."""
    new = args.action in ("encrypt", "encrypt_string", "create")
    named = args.vault_ids or args.vault_password_files or settings.vault_password_file or settings.vault_identity_list
    if new and (args.ask_vault_pass or not named):
        return read_secrets([*args.vault_ids, "prompt"], unseen, confirm=True, match_id=settings.vault_id_match)
    if not named:
        args.ask_vault_pass = True
    return load_secrets(args, settings=settings)


def _one_file(args: argparse.Namespace, settings: Settings, secrets: Secrets, vault_id: str | None, name: str) -> None:
    path = Path(name)
    if args.action == "edit":
        files.edit_file(path, secrets, vault_id, _editor(settings))
        return
    data = sys.stdin.buffer.read() if name == STDIN_NAME else files.read_file(path)
    place = Position("standard input" if name == STDIN_NAME else name, 1)
    if args.action == "encrypt":
        if is_vault(data):
            raise VaultError("input is already encrypted", position=place, remedy="use rekey to change its password")
        made = encrypt(data, secrets, vault_id).encode()
    else:
        made = decrypt(data, secrets, place)
    if args.action == "view":
        _page(made, settings)
        return
    _write(made, args.output_file or name)


def _write(data: bytes, target: str) -> None:
    if target == STDIN_NAME:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        files.write_file(Path(target), data)


def _page(data: bytes, settings: Settings) -> None:
    """Show plain text through the pager on a terminal, else print it."""
    if not sys.stdout.isatty():
        _write(data, STDIN_NAME)
        return
    subprocess.run(
        shlex.split(settings.pager), input=data, check=False, env={**os.environ, "LESS": os.environ.get("LESS", "FRSX")}
    )


def _editor(settings: Settings) -> Callable[[Path], int]:
    def edit(path: Path) -> int:
        try:
            return subprocess.run([*shlex.split(settings.editor), str(path)], check=False).returncode
        except OSError as problem:
            raise VaultError(
                f"cannot start the editor {settings.editor}: {problem.strerror}",
                remedy="set EDITOR to an editor that is installed",
            ) from problem

    return edit


def _create(args: argparse.Namespace, settings: Settings, secrets: Secrets, vault_id: str | None) -> int:
    if len(args.files) != 1:
        raise UsageError("create can take only one filename argument", expected="one file name", found=f"{len(args.files)}")
    if not (sys.stdout.isatty() or args.skip_tty_check):
        raise UsageError("not a tty, editor cannot be opened", remedy="use --skip-tty-check if the editor needs no terminal")
    path = Path(args.files[0])
    if path.exists():
        raise VaultError(f"{path} exists, please use 'edit' instead", remedy=f"muster vault edit {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = files.edit_plain(b"", path.suffix, _editor(settings))
    files.write_file(path, encrypt(plain, secrets, vault_id).encode())
    return 0


def _rekey(args: argparse.Namespace, settings: Settings, secrets: Secrets) -> int:
    if not args.files:
        raise UsageError("rekey needs the names of files", expected="a file name", found="none")
    if args.new_vault_password_file:
        entry = f"{settings.vault_identity}@{args.new_vault_password_file}"
    else:
        entry = args.new_vault_id or f"{settings.vault_identity}@prompt"
    pair = read_secrets([entry], unseen, confirm=True).pairs[0]
    new = (args.encrypt_vault_id or pair[0], pair[1])
    for name in args.files:
        files.rekey_file(Path(name), secrets, new)
    if sys.stdout.isatty():
        print("Rekey successful", file=sys.stderr)
    return 0


def _encrypt_strings(args: argparse.Namespace, secrets: Secrets, vault_id: str | None) -> int:
    choose(secrets, vault_id)
    texts = []
    for name, plain in _strings(args):
        if not plain:
            raise VaultError("The plaintext provided was empty, not encrypting", expected="a text of at least one character")
        texts.append(as_yaml(name, encrypt(plain.encode(), secrets, vault_id)))
    _write("\n".join(texts).encode() + b"\n", args.output_file or STDIN_NAME)
    if sys.stdout.isatty():
        print("Encryption successful", file=sys.stderr)
    return 0


def _strings(args: argparse.Namespace) -> list[tuple[str | None, str]]:
    """Return (variable name, text): the one asked for, the one of stdin, then those of the command line."""
    if args.prompt and args.strings:
        raise UsageError("The --prompt option is not supported if also providing arguments")
    if args.stdin_name and args.strings and STDIN_NAME not in args.strings:
        raise UsageError("--stdin-name names the text of stdin, but there is none", remedy="add - to the strings, or use --name")
    names: list[str | None] = list(args.names)
    found: list[tuple[str | None, str]] = []
    if args.prompt:
        ask = input if args.show_input else unseen
        try:
            name = names.pop(0) if names else input("Variable name (enter for no name): ") or None
            found.append((name, ask("String to encrypt: " if args.show_input else "String to encrypt (hidden): ")))
        except EOFError:
            raise UsageError("no string to encrypt could be read", expected="a terminal", found="the end of the input") from None
    elif STDIN_NAME in args.strings or not args.strings:
        if sys.stdin.isatty():
            print(
                "Reading plaintext input from stdin. (ctrl-d to end input, twice if your content does not end in a newline)",
                file=sys.stderr,
            )
        found.append((args.stdin_name or (names.pop(0) if names and not args.strings else None), sys.stdin.read()))
    given = [text for text in args.strings if text != STDIN_NAME]
    names += [None] * (len(given) - len(names))
    return found + list(zip(names, given))


def as_yaml(name: str | None, vault_text: str) -> str:
    """Return a vault text as a `!vault` block to paste into YAML, after `name:` if there is a name."""
    lines = "\n".join(" " * 10 + line for line in vault_text.splitlines())
    return (f"{name}: " if name else "") + f"!vault |\n{lines}"
