"""Which known names are offered for a misspelt one."""

import pytest

from runner.errors import nearest_names


@pytest.mark.parametrize(
    ("name", "known", "wanted"),
    [
        ("setp.yml", ["main.yml", "setup.yml", "steps.yml"], ["setup.yml", "steps.yml"]),
        ("nofile.yml", ["11_filter.yml", "82_none.yml"], []),
        ("site.yml", ["site.yaml", "sites.yml"], ["site.yaml", "sites.yml"]),
        ("copyy", ["copy", "cron", "copy"], ["copy"]),
        ("web1.example.org", ["ns.example.org", "web2.example.org"], ["web2.example.org", "ns.example.org"]),
        ("", ["a"], []),
    ],
)
def test_an_ending_makes_no_names_alike(name: str, known: list[str], wanted: list[str]) -> None:
    assert nearest_names(name, known) == wanted
