"""setup: which facts a subset and a filter let through, on this machine."""

import pytest

from runner.target.decision import ModuleFailed
from runner.target.facts.subsets import FAMILIES, MINIMAL, chosen
from runner.target.modules import setup
from runner.target.system import System

ARGS = {"gather_subset": ["all"], "gather_timeout": 10, "filter": [], "fact_path": "/nonexistent"}


@pytest.mark.parametrize(
    ("subset", "families"),
    [
        (["all"], set(FAMILIES)),
        (["!all"], MINIMAL),
        (["min"], MINIMAL),
        (["!hardware"], MINIMAL),
        (["!min"], set()),
        (["!all", "!min"], set()),
        (["all", "!hardware"], set(FAMILIES) - {"hardware"}),
        (["network", "!all"], MINIMAL | {"network"}),
        (["!all", "!min", "default_ipv4"], {"network", "platform", "distribution"}),
        (["!all", "!env", "!dns"], MINIMAL - {"env", "dns"}),
        (["!all", "!min", "processor"], {"hardware", "platform"}),
        (["!all", "!min", "is_chroot"], {"chroot"}),
    ],
)
def test_subsets(subset, families):
    assert chosen(subset) == families


def test_unknown_subset_names_those_there_are():
    with pytest.raises(ModuleFailed, match=r"^Bad subset 'bogus' given .* allowed: all, all_ipv4_"):
        chosen(["!all", "bogus"])


def test_everything_is_gathered_on_this_machine():
    result = setup.run(ARGS, System())
    facts = result["ansible_facts"]
    assert result["changed"] is False
    assert facts["gather_subset"] == ["all"]
    assert facts["module_setup"] is True
    assert facts["ansible_system"] == "Linux"
    assert facts["ansible_memtotal_mb"] > 0
    assert facts["ansible_lo"]["ipv4"]["address"] == "127.0.0.1"
    assert facts["ansible_processor_vcpus"] > 0
    assert facts["ansible_local"] == {}


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["ansible_os_fam*"], {"ansible_os_family"}),
        (["os_family", "fqd?"], {"ansible_os_family", "ansible_fqdn"}),
        (["nothing"], set()),
    ],
)
def test_filter(patterns, names):
    assert set(setup.run({**ARGS, "filter": patterns}, System())["ansible_facts"]) == names


def test_subsets_may_be_one_text():
    facts = setup.run({**ARGS, "gather_subset": ["!all,!min", "user"]}, System())["ansible_facts"]
    assert "ansible_user_id" in facts
    assert "ansible_fqdn" not in facts
