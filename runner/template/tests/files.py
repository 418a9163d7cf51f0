"""Tests on paths of the control machine: exists, directory, link, mount, abs, vaulted_file ..."""

import os.path
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runner.errors import TemplateError
from runner.model.text import Encrypted
from runner.template.lazy import Lazy
from runner.template.tests.kinds import checked


def of_path(function: Callable[..., bool]) -> Callable[..., bool]:
    """Return a path question that takes text."""
    return lambda value, *others: function(str(checked(value)), *map(str, others))


def vaulted_file(value: Any) -> bool:
    """Tell whether a file is a vault file. Raises TemplateError when it cannot be read."""
    try:
        with Path(str(checked(value))).open("rb") as file:
            return file.read(14) == b"$ANSIBLE_VAULT"
    except OSError as error:
        raise TemplateError(f"Cannot test if the file {value} is a vault: {error}") from error


def vault_encrypted(value: Any) -> bool:
    """Tell whether a variable is written as `!vault` text. It is given the variable as it is written."""
    if isinstance(value, Lazy):
        if isinstance(value.raw, Encrypted):
            return True
        value = value.force()
    return isinstance(checked(value), Encrypted)


TESTS = {
    "exists": of_path(os.path.exists),
    "file": of_path(os.path.isfile),
    "is_file": of_path(os.path.isfile),
    "directory": of_path(os.path.isdir),
    "is_dir": of_path(os.path.isdir),
    "link": of_path(os.path.islink),
    "is_link": of_path(os.path.islink),
    "link_exists": of_path(os.path.lexists),
    "is_link_exists": of_path(os.path.lexists),
    "mount": of_path(os.path.ismount),
    "is_mount": of_path(os.path.ismount),
    "abs": of_path(os.path.isabs),
    "is_abs": of_path(os.path.isabs),
    "same_file": of_path(os.path.samefile),
    "is_same_file": of_path(os.path.samefile),
    "vaulted_file": vaulted_file,
    "vault_encrypted": vault_encrypted,
}
