"""What sort of module a file is."""

import pytest

from runner.errors import TaskError
from runner.foreign.kind import Kind, kind_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"#!/usr/bin/python\nfrom ansible.module_utils.basic import AnsibleModule\n", Kind("python")),
        (b"def main():\n    import ansible.module_utils.basic\n", Kind("python")),
        (b"from ansible_collections.our.tools.plugins.module_utils.words import word\n", Kind("python")),
        (b"from ..module_utils.words import word\n", Kind("python")),
        (b"#!/usr/bin/python3\n# WANT_JSON\nimport json\n", Kind("json_file")),
        (b"#!/usr/bin/env python3\nprint('{}')\n", Kind("words_file")),
        (b"#!/bin/sh -e\n. $1\n", Kind("words_file", ("/bin/sh", "-e"))),
        (b"#!/usr/bin/perl -w\n# WANT_JSON\n", Kind("json_file", ("/usr/bin/perl", "-w"))),
        (b"\x7fELF\x02\x01\x01\x00", Kind("binary")),
        ("#!/bin/sh\n# größer\n".encode(), Kind("words_file", ("/bin/sh",))),
    ],
)
def test_kinds(content: bytes, kind: Kind) -> None:
    assert kind_of(content, "it") == kind


def test_script_without_interpreter_line() -> None:
    with pytest.raises(TaskError, match=r"module \(it\) is missing interpreter line"):
        kind_of(b"echo hi\n", "it")


def test_powershell_is_refused() -> None:
    with pytest.raises(TaskError, match="PowerShell"):
        kind_of(b"#!powershell\n", "it.ps1")
