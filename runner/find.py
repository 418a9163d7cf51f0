"""Name -> what it stands for: a module's or action's file. A file's name is its name; there is no registry object."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from runner.record import dataclass

_ROOT = Path(__file__).parent
BUILTIN = ("ansible.builtin.", "ansible.legacy.")
# Collections whose modules we carry natively under the short name.
COLLECTIONS = (
    "ansible.posix.",
    "ansible.utils.",
    "community.general.",
    "community.crypto.",
    "community.docker.",
    "kubernetes.core.",
)
# Names the engine itself handles.
ENGINE = frozenset("include_tasks import_tasks include_role import_role import_playbook include meta".split())
SAME = {"systemd_service": "systemd", "yum": "dnf", "dnf5": "dnf"}


@dataclass(frozen=True, slots=True)
class Found:
    """A module or action. kind: engine, action, module or foreign (not ours). name: the short name it is known by, whole if foreign."""

    kind: str
    name: str


def short_name(name: str) -> str:
    """Return a module's name without the prefix of a collection whose modules are carried natively."""
    for prefix in (*BUILTIN, *COLLECTIONS):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


@cache
def _files(folder: str) -> frozenset[str]:
    return frozenset(path.stem for path in (_ROOT / folder).glob("*.py") if path.stem != "__init__")


def action(name: str) -> Found | None:
    """Return what a task's action name stands for, or None when there is no such module."""
    short = short_name(name)
    if short in ENGINE:
        return Found("engine", short)
    if short in _files("execute/action"):
        return Found("action", short)
    if short in _files("target/modules"):
        return Found("module", short)
    same = SAME.get(short)
    return action(same) if same else None


def plain_module(name: str) -> bool:
    """Tell whether a short name is a module of ours that does all its work on the host, with no action in front of it."""
    return name in _files("target/modules") and name not in _files("execute/action")


def names() -> list[str]:
    """Return every module and action name, sorted."""
    return sorted(ENGINE | _files("execute/action") | _files("target/modules") | SAME.keys())


@cache
def load_action(name: str) -> ModuleType:
    """Return the action file of that short name."""
    return import_module(f"runner.execute.action.{name}")


@cache
def load_module(name: str) -> ModuleType:
    """Return the target module file of that short name (for its ARGUMENTS and documentation)."""
    return import_module(f"runner.target.modules.{name}")


@cache
def load_strategy(name: str) -> ModuleType:
    """Return the strategy file of that name."""
    return import_module(f"runner.execute.strategy.{name}")


def strategies() -> list[str]:
    """Return the names of the strategies."""
    return sorted(_files("execute/strategy"))
