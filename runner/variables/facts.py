"""Facts of one host: kept as returned, seen as `ansible_facts` without the prefix and at top level with it."""

from collections.abc import Iterator, Mapping
from typing import Any

# A host must not change how it is reached or how tasks run by returning a fact of such a name.
_PROTECTED = frozenset(
    "ansible_ssh_host ansible_ssh_port ansible_ssh_user ansible_ssh_pass ansible_ssh_private_key_file ansible_host ansible_port "
    "ansible_user ansible_password ansible_connection ansible_shell_type ansible_shell_executable ansible_ssh_executable "
    "ansible_ssh_common_args ansible_ssh_extra_args ansible_rsync_path ansible_delegated_vars ansible_check_mode "
    "inventory_hostname hostvars groups group_names omit vars playbook_dir role_path environment".split()
)
_PROTECTED_PREFIX = ("ansible_become", "ansible_sudo_", "ansible_su_", "ansible_loop", "_ansible_")


def clean(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts without those that would shadow connection settings or the engine's own variables."""
    return {key: value for key, value in facts.items() if not _protected(str(key))}


def _protected(key: str) -> bool:
    if key in _PROTECTED or key.startswith(_PROTECTED_PREFIX):
        return True
    return key.startswith("ansible_") and key.endswith("_interpreter") and not key.startswith("ansible_discovered")


class Facts(Mapping[str, Any]):
    """The facts layer of one host. Grows during a run; only the engine adds to it."""

    __slots__ = ("plain", "returned")

    def __init__(self) -> None:
        self.returned: dict[str, Any] = {}
        self.plain: dict[str, Any] = {}

    def add(self, facts: Mapping[str, Any]) -> None:
        """Take in facts as a module returned them."""
        for key, value in clean(facts).items():
            self.returned[key] = value
            self.plain[key.removeprefix("ansible_") if key != "ansible_local" else "ansible_local"] = value
            if key == "ansible_local":
                self.plain["local"] = value

    def clear(self) -> None:
        """Forget all facts."""
        self.returned.clear()
        self.plain.clear()

    def __getitem__(self, name: str) -> Any:
        if name == "ansible_facts":
            return self.plain
        return self.returned[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a fact by its top-level name, or `ansible_facts` as a whole."""
        return self.plain if name == "ansible_facts" else self.returned.get(name, default)

    def __iter__(self) -> Iterator[str]:
        yield "ansible_facts"
        yield from self.returned

    def __len__(self) -> int:
        return len(self.returned) + 1

    def __bool__(self) -> bool:
        return True
