"""What sort of module a file is: how it takes its arguments and what runs it (pure)."""

import re
import shlex

from runner.errors import TaskError
from runner.record import dataclass

# What makes Python a module of the new kind: it imports from module_utils (or has the old mark for it).
NEW_STYLE = re.compile(
    rb"(?m)^\s*(?:from|import)\s+(?:ansible\.module_utils\b|ansible_collections\.[\w.]+\.plugins\.module_utils\b)"
    rb"|^\s*from\s+\.+(?:[\w.]*\bmodule_utils\b[\w.]*)\s+import"
    rb"|#<<INCLUDE_ANSIBLE_MODULE_COMMON>>"
    rb"|^\s*from\s+ansible\s+import\s+module_utils\b"
)
TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b\x1b" + bytes(range(128, 256))


@dataclass(frozen=True, slots=True)
class Kind:
    """kind: python, json_file, words_file or binary. interpreter: the words in front of a script, () for the host's Python."""

    kind: str
    interpreter: tuple[str, ...] = ()


def kind_of(content: bytes, name: str) -> Kind:
    """Return the kind of a module by its content. name: for messages. Raises TaskError for one that cannot run on our hosts."""
    if name.endswith(".ps1") or b"#Requires -Module Ansible.ModuleUtils" in content or b"#AnsibleRequires" in content:
        raise TaskError(f"{name} is a PowerShell module", expected="a module for hosts with Python", remedy="muster has no Windows hosts")
    if _is_binary(content):
        return Kind("binary")
    if NEW_STYLE.search(content):
        return Kind("python")
    interpreter = _interpreter(content, name)
    json_file = b"WANT_JSON" in content or b"<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>" in content
    return Kind("json_file" if json_file else "words_file", interpreter)


def _is_binary(content: bytes) -> bool:
    start = content[:1024]
    return b"\0" in start or bool(start.translate(None, TEXT))


def _interpreter(content: bytes, name: str) -> tuple[str, ...]:
    first = content.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    if not first.startswith("#!"):
        raise TaskError(
            f"module ({name}) is missing interpreter line",
            expected="#! and an interpreter in its first line",
            found=first[:60],
            remedy="write #!/usr/bin/python3 (or what runs it) into the first line",
        )
    words = shlex.split(first[2:])
    program = words[1] if words and words[0].endswith("/env") and len(words) > 1 else (words or ["python"])[0]
    return () if program.rpartition("/")[2].startswith("python") else tuple(words)
