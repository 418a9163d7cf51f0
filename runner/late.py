"""Modules of others that few runs need: imported when something in them is first used, so that start-up does not pay for them."""

from importlib import import_module
from types import ModuleType
from typing import Any


class Late(ModuleType):
    """Stands for a module until an attribute of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        module = import_module(self.__name__)
        value = getattr(module, name)
        setattr(self, name, value)
        return value


def late(name: str) -> Any:
    """Return what stands for the module `name`. Use: `if TYPE_CHECKING: import uuid`, `else: uuid = late("uuid")`."""
    return Late(name)
