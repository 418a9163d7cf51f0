"""Words of a command line -> the subcommand that does it; errors of the user become one clear message."""

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module

from runner.cli.main import INTERRUPTED, INTERRUPTION
from runner.cli.streams import OutputLost, silence_output
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
WRONG_WORDS = 2
VERSION = "0.1.0"


def obey(words: list[str], loaded: Callable[[], None]) -> int:
    """Do what the words of a `muster` command line say and return its exit code. loaded: called when all is read and the work begins."""
    return guarded(lambda: _dispatch(words, loaded))


def _dispatch(words: list[str], loaded: Callable[[], None]) -> int:
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
    loaded()
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
        sys.stderr.write(INTERRUPTION)
        return INTERRUPTED
    except BrokenPipeError:
        # `| head` has what it wanted; a run that ends for it says so itself
        silence_output()
        return 1

