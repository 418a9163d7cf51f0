"""The `muster` command and its stand-ins under ansible's names: finds the subcommand, turns errors into one clear message."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from runner.cli.streams import OutputLost, ready_streams, silence_output
from runner.errors import ParseError, RunnerError, TemplateError, UsageError, nearest_names
from runner.report.errors import error_text
from runner.report.settings import explains, wants_color

# word -> (file of the command, what it is for)
COMMANDS = {
    "play": ("runner.cli.play", "run playbooks"),
    "run": ("runner.cli.adhoc", "run one module on hosts that match a pattern"),
    "inventory": ("runner.cli.inventory", "show hosts, groups and variables"),
    "lint": ("runner.cli.lint", "find what bites later, before anything runs"),
    "doc": ("runner.cli.doc", "explain modules"),
    "config": ("runner.cli.config", "show the settings and where they come from"),
    "vault": ("runner.cli.vault", "encrypt and decrypt secrets"),
    "verify": ("runner.cli.verify", "check the hosts with testinfra"),
    "drill": ("runner.cli.drill", "break something on purpose and measure the failover"),
    "lab": ("runner.lab.cli", "bring test hosts up and down"),
}
INTERRUPTED = 99
WRONG_WORDS = 2
VERSION = "0.1.0"
# New objects after which garbage is looked for: a run makes many that live on (results, events), few in circles.
GARBAGE = (50_000, 20, 20)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `muster` with these words and return its exit code."""
    if argv is None:
        ready_streams()
        # What is loaded now stays to the end; looking through it for garbage again and again is waste.
        gc.disable()
    words = list(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: _dispatch(words))


def playbook(argv: Sequence[str] | None = None) -> int:
    """Run `muster-playbook`: `muster play` under the name that scripts and Vagrant expect."""
    return _as("play", argv)


def adhoc(argv: Sequence[str] | None = None) -> int:
    """Run `muster-adhoc`: `muster run` in place of ansible."""
    return _as("run", argv)


def inventory(argv: Sequence[str] | None = None) -> int:
    """Run `muster-inventory` in place of ansible-inventory."""
    return _as("inventory", argv)


def vault(argv: Sequence[str] | None = None) -> int:
    """Run `muster-vault` in place of ansible-vault."""
    return _as("vault", argv)


def config(argv: Sequence[str] | None = None) -> int:
    """Run `muster-config` in place of ansible-config."""
    return _as("config", argv)


def _as(command: str, argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    return main(["--version"] if words == ["--version"] else [command, *words])


def _dispatch(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="muster", description="A playbook runner for clusters.")
    parser.add_argument("--version", action="version", version=f"muster {VERSION} [core 2.18.19]")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = words[0] if words and words[0] in COMMANDS else None
    if chosen is None:
        _check_command(words)
        for name, (_, purpose) in COMMANDS.items():
            subparsers.add_parser(name, help=purpose)
        parser.parse_args(words)
        return 0
    module = import_module(COMMANDS[chosen][0])
    own = module.add_parser(subparsers)
    args, unknown = parser.parse_known_args(words)
    if unknown:
        raise _unknown_word(chosen, unknown[0], own)
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()
    code: int = module.run(args)
    return code


def _unknown_word(command: str, word: str, parser: argparse.ArgumentParser | None) -> UsageError:
    known = [option for action in (parser._actions if parser is not None else []) for option in action.option_strings]
    return UsageError(
        f"unrecognized arguments: {word}",
        expected=f"an option of muster {command}",
        found=word,
        nearest=nearest_names(word.partition("=")[0], known),
        remedy=f"see `muster {command} --help`",
        exit_code=WRONG_WORDS,
    )


def _check_command(words: list[str]) -> None:
    if words and not words[0].startswith("-"):
        raise UsageError(
            f"there is no command '{words[0]}'",
            expected=", ".join(COMMANDS),
            found=words[0],
            nearest=nearest_names(words[0], COMMANDS),
            remedy="see `muster --help`",
        )


def guarded(work: Callable[[], int]) -> int:
    """Run some work; the user's mistakes become one message and an exit code, an interruption 99."""
    try:
        code = work()
        sys.stdout.flush()
        return code
    except RunnerError as error:
        if isinstance(error, OutputLost):
            silence_output()
        sys.stdout.flush()
        explain = explains(os.environ)
        sys.stderr.write(error_text(error, color=wants_color(os.environ, sys.stderr), explain=explain) + "\n")
        # outside a task an expression that cannot be rendered is a mistake in what was read, as for ansible-playbook
        return ParseError.exit_code if isinstance(error, TemplateError) else error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("[ERROR]: User interrupted execution\n")
        return INTERRUPTED
    except BrokenPipeError:
        # `| head` has what it wanted; a run that ends for it says so itself
        silence_output()
        return 1


if __name__ == "__main__":
    sys.exit(main())
