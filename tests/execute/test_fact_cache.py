"""Facts kept between runs."""

import json
import os

import pytest

from runner.errors import UsageError
from runner.execute.fact_cache import FactCache, cache_for

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - debug: {msg: "{{ ansible_colour | default('none') }}"}
    - set_fact: {ansible_colour: red, cacheable: true}
"""


def test_facts_of_an_earlier_run_are_known(project, monkeypatch, tmp_path):
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN", "jsonfile")
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_CONNECTION", str(tmp_path / "cache"))
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_PREFIX", "p_")
    made = project({"hosts": "one ansible_connection=local\n", "p.yml": PLAY})
    assert made.play("-i", "hosts", "p.yml").messages()[0] == "none"
    assert json.loads((tmp_path / "cache" / "p_one").read_text())["ansible_colour"] == "red"
    assert made.play("-i", "hosts", "p.yml").messages()[0] == "red"
    assert made.play("-i", "hosts", "--flush-cache", "p.yml").messages()[0] == "none"


def test_clear_facts_forgets_them(project, monkeypatch, tmp_path):
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN", "jsonfile")
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_CONNECTION", str(tmp_path / "cache"))
    made = project({"hosts": "one ansible_connection=local\n", "p.yml": PLAY + "    - meta: clear_facts\n"})
    made.play("-i", "hosts", "p.yml")
    assert made.play("-i", "hosts", "p.yml").messages()[0] == "none"


def test_smart_gathering_asks_a_cached_host_no_more(project, monkeypatch, tmp_path):
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN", "jsonfile")
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_CONNECTION", str(tmp_path / "cache"))
    monkeypatch.setenv("ANSIBLE_GATHERING", "smart")
    play = "- hosts: all\n  gather_subset: ['!all']\n  tasks:\n    - debug: {msg: \"{{ ansible_facts.system }}\"}\n"
    made = project({"hosts": "one ansible_connection=local\n", "p.yml": play})
    first, second = made.play("-i", "hosts", "p.yml"), made.play("-i", "hosts", "p.yml")
    assert [len(each.results()) for each in (first, second)] == [2, 1]
    assert second.messages() == ["Linux"]


def test_old_or_damaged_files_are_no_facts(tmp_path):
    cache = FactCache(tmp_path, timeout=10)
    cache.put("a", {"x": 1}, gathered=False)
    assert cache.get("a") == {"x": 1}
    os.utime(tmp_path / "a", (1, 1))
    (tmp_path / "b").write_text("{")
    assert cache.get("a") is None
    assert cache.get("b") is None
    assert cache.get("c") is None


def test_unknown_caches_are_refused(tmp_path):
    with pytest.raises(UsageError) as caught:
        cache_for("jsonfle", str(tmp_path), "", 0)
    assert caught.value.nearest == ("jsonfile",)
    with pytest.raises(UsageError, match="needs a folder"):
        cache_for("jsonfile", None, "", 0)
