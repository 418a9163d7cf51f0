"""What the role registry_mirror says where the cache does not come up: the log's last complaint, and what to set."""

import json
from pathlib import Path
from typing import Any

import pytest

from runner.cli.main import main

ROLE = Path(__file__).parents[2] / "roles" / "registry_mirror"
LOG = [
    'panic: Get "https://old:5000/v2/": dial tcp: lookup old: no such host',
    'panic: Get "https://up:5000/v2/": x509: certificate signed by unknown authority',
    "goroutine 1 [running]:",
    "registry-mirror.service: Failed with result 'exit-code'.",
]
SILENT = "nothing in its log says why"


def trouble(lines: list[str], folder: Path, capsys: pytest.CaptureFixture[str], **given: Any) -> str:
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [f"{ROLE}/defaults/main.yml", f"{ROLE}/vars/main.yml"],
        "tasks": [{"debug": {"msg": "{{ registry_mirror_trouble }}"}}],
    }
    (folder / "p.yml").write_text(json.dumps([play]))
    values = {"registry_mirror_upstream": "https://up:5000", "registry_mirror_log": {"stdout_lines": lines}, **given}
    assert main(["play", "-e", json.dumps(values), f"{folder}/p.yml"]) == 0
    out = capsys.readouterr().out
    return str(json.loads(out[out.index("=> {") + 3 : out.index("\n}\n") + 2])["msg"])


def test_an_unknown_authority_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = trouble(LOG, tmp_path, capsys)
    assert said.startswith(f"The cache does not answer on port 5001: {LOG[1]}.")
    assert "set registry_mirror_upstream_authority to that certificate" in said
    assert "https://up:5000" in said


def test_a_wrong_one_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = trouble(LOG, tmp_path, capsys, registry_mirror_upstream_authority="-----BEGIN CERTIFICATE-----")
    assert "registry_mirror_upstream_authority is not the authority that signed the certificate of https://up:5000" in said


@pytest.mark.parametrize(("lines", "told"), [(LOG[:1], LOG[0]), (LOG[2:], SILENT), ([], SILENT)])
def test_anything_else_leads_to_the_log(lines: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = trouble(lines, tmp_path, capsys)
    assert said == f"The cache does not answer on port 5001: {told}. See journalctl --unit registry-mirror there."
