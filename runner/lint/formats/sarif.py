"""Findings as SARIF 2.1.0, which code scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runner.lint.finding import Finding
from runner.lint.table import RULES, rule_names

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Sequence[Finding]) -> str:
    """Return the document."""
    names = rule_names()
    driver = {"name": "muster lint", "rules": [_rule(name) for name in names]}
    run = {"tool": {"driver": driver}, "results": [_result(each, names) for each in findings]}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(name: str) -> dict[str, Any]:
    rule = next(each for each in RULES if each.name == name)
    return {"id": name, "shortDescription": {"text": rule.says}, "defaultConfiguration": {"level": rule.level}}


def _result(finding: Finding, names: list[str]) -> dict[str, Any]:
    at = finding.position
    region: dict[str, Any] = {"startLine": at.line, **({"startColumn": at.column} if at.column else {})}
    text = ". ".join(part for part in (finding.message, finding.remedy and f"Remedy: {finding.remedy}") if part)
    return {
        "ruleId": finding.rule,
        "ruleIndex": names.index(finding.rule),
        "level": finding.level,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": Path(at.file).as_posix()}, "region": region}}],
    }
