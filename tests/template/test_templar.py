"""What rendering gives beside the cases: omit, text, the native setting, added plugins, keys."""

import copy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from runner.errors import RunnerError
from runner.model.text import Encrypted, Template, Text
from runner.template.omit import OMIT
from runner.template.settings import Hooks, TemplateSettings
from runner.template.templar import Templar
from tests.template.conftest import PLACE, Run, View


def test_omit_is_one_object(run: Run) -> None:
    view = View({"omit": OMIT})
    assert run.render("{{ gone | default(omit) }}", view) is OMIT
    assert run.render({"a": ["{{ omit }}"]}, view)["a"][0] is OMIT
    assert copy.deepcopy({"a": OMIT})["a"] is OMIT
    assert run.render("x{{ omit }}", view).startswith("x__omit_place_holder__")


def test_json_alone_in_a_block_stays_text(run: Run) -> None:
    """Each as ansible-core 2.18 has it; with anything beside it, it is read again as a list."""
    kept = ("{% if true %}{{ [22] | to_json }}{% endif %}", "{% for x in [1] %}{{ [22] | to_json }}{% endfor %}",
            "{%- if false -%}a{%- else -%}{{- [22] | to_json -}}{%- endif -%}", "{% set x = [22] %}{{ x | to_json }}")  # fmt: skip
    assert [run.render(source, {}) for source in kept] == ["[22]"] * 4
    read = ("{% if true %}{{ '[22]' }}{% endif %}", "{{ [22] | to_json }} ", "{% if true %}\n{{ [22] | to_json }}\n{% endif %}")
    assert [run.render(source, {}) for source in read] == [[22]] * 3


def test_text_is_never_turned_into_anything(run: Run) -> None:
    view = run.view({"list": [1], "none": None, "five": 5})
    texts = {"{{ list }}": "[1]", "{{ none }}": "", "{{ five }}": "5", "[1, 2]": "[1, 2]", "a\n": "a\n"}
    for source, wanted in texts.items():
        made = run.templar.render_text(Template(source, PLACE), view)
        assert (made, type(made)) == (wanted, str)
    assert run.templar.render_text(Text("x"), view) == "x"
    assert run.templar.render_text(None, view) == ""
    assert run.templar.render_text(7, view) == "7"
    with pytest.raises(RunnerError):
        run.templar.render_text(Template("{{ gone }}", PLACE), view)


NATIVE = {
    "{{ '5' }}": 5, "{{ five }}": 5, "{{ sfive }}": 5, "{{ js }}": {"a": 1}, "a{{ none }}": "aNone", "{{ five }}{{ five }}": 55,
    "{{ s }}\n": "x\n", "{{ 4 + 1 }}\n": 5,
    "{{ '5' | string }}": "5", "{{ 'None' }}": None, "{{ '010' }}": "010", "{{ ' 5' }}": " 5",
    "[{{ five }}, 2]": [5, 2], "{{ [1] | to_json }}": "[1]", "{{ \"'x'\" }}": "'x'", "{{ none }}": None,
}  # fmt: skip


@pytest.mark.parametrize("source", NATIVE)
def test_the_native_setting(source: str) -> None:
    data = {"five": 5, "sfive": "5", "js": '{"a": 1}', "s": "x"}
    made = Run(native=True).render(source, data)
    assert made == NATIVE[source]
    assert isinstance(made, type(NATIVE[source]))


@pytest.mark.parametrize(
    ("source", "plain", "strict"),
    [
        ("{{ five }}", 5, 5),
        ("{{ other }}", "5", 5),
        ("{{ five + 1 }}", "6", 6),
        ("{{ d.a }}", "1", 1),
        ("{{ l | length }}", "2", 2),
        ("{{ 7 / 2 }}", "3.5", 3.5),
        ("{{ nowhere | default(5) }}", "5", 5),
        ("{% if five %}{{ five }}{% endif %}", "5", "5"),
        ("{{ five }}\n", 5, 5),
        ("{{ five + 1 }}\n", "6\n", "6\n"),
        ("{{ l }}", [1, "2"], [1, "2"]),
        ("{{ five > 3 }}", True, True),
    ],
)
def test_a_number_is_text_unless_a_variable_is_named_that_was_written_as_one(source: str, plain: Any, strict: Any) -> None:
    data = {"five": 5, "other": "{{ five }}", "d": {"a": 1}, "l": [1, "2"]}
    for numbers, expected in ((False, plain), (True, strict)):
        given = Run(numbers=numbers).render(source, data)
        assert given == expected
        assert isinstance(given, str) == isinstance(expected, str)


@pytest.mark.parametrize("native", [False, True])
def test_what_was_made_text_stays_text_in_the_variable_that_holds_it(native: bool) -> None:
    run = Run(native=native)
    fact = run.render("{{ [1] | to_json }}", {})
    view = View({"fact": fact, "other": Template("{{ fact }}", PLACE), "read": run.render("{{ '[1]' }}", {})})
    assert run.render(["{{ fact }}", "{{ fact | type_debug }}", "{{ other }}"], view) == ["[1]", "NativeJinjaText", "[1]"]
    assert run.render("{{ read }}", view) == [1]
    inside = View({"x": run.render("{{ {'a': [1] | to_json} }}", {})})
    assert run.render("{{ x.a }}", inside) == ("[1]" if native else [1])


def test_keys_are_not_rendered(run: Run) -> None:
    assert run.render({"{{ five }}": "{{ five }}"}, {"five": 5}) == {"{{ five }}": 5}


def test_added_filters_tests_and_lookups() -> None:
    templar = Templar(
        TemplateSettings(),
        Hooks(),
        filters={"shout": lambda value: value.upper() + "!", "to_json": lambda value: "mine"},
        tests={"loud": lambda value: value.isupper()},
        lookups={"three": lambda terms, context: [1, 2, 3]},
    )
    view = View()
    assert templar.render(Template("{{ 'a' | shout }}{{ 'A' is loud }}{{ 1 | to_json }}"), view) == "A!Truemine"
    assert templar.render(Template("{{ query('three') }}"), view) == [1, 2, 3]
    assert templar.lookup("three", [], view) == [1, 2, 3]


NAMES = Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split("\n\n")


def test_every_name_has_its_full_names(run: Run) -> None:
    filters, tests, lookups = (block.split()[1:] for block in NAMES)
    for table, wanted in ((run.templar.environment.filters, filters), (run.templar.environment.tests, tests)):
        for name in wanted:
            assert table[name] is table[f"ansible.builtin.{name}"] is table[f"ansible.legacy.{name}"]
    assert set(lookups) <= set(run.templar.lookups.names())
    for name in lookups:
        assert run.templar.lookups.find(f"ansible.builtin.{name}") is run.templar.lookups.find(name)


def test_moments(run: Run) -> None:
    assert run.render("{{ now().year }}") == datetime.now().year
    assert isinstance(run.render("{{ now() }}"), str)
    assert run.render("{{ now(utc=True, fmt='%Y') | int }}") == int(run.render("{{ now(utc=True).year }}"))


def test_chance(run: Run) -> None:
    assert {run.render("{{ [1, 2] | random }}") for _ in range(60)} == {1, 2}
    assert run.render("{{ [3, 1, 2] | shuffle | sort }}") == [1, 2, 3]
    assert len({run.render("{{ 'a' | password_hash('md5') }}") for _ in range(3)}) == 3


def test_vault_filters() -> None:
    templar = Templar(TemplateSettings(), Hooks())
    view = View()
    sealed = templar.render(Template("{{ 'plain' | vault('secret', salt='0123456789') }}"), view)
    assert sealed.startswith("$ANSIBLE_VAULT;1.2;AES256;filter_default\n")
    for value in (sealed, Encrypted(sealed)):
        assert templar.render(Template("{{ x | unvault('secret') }}"), View({"x": value})) == "plain"
        assert templar.render(Template("{{ d.x | unvault('secret') }}"), View({"d": {"x": value}})) == "plain"
    assert "a: !vault |" in templar.render(Template("{{ {'a': 'x' | vault('s', wrap_object=true)} | to_nice_yaml }}"), view)
    with pytest.raises(RunnerError, match="Unable to decrypt"):
        templar.render(Template("{{ x | unvault('other') }}"), View({"x": sealed}))
