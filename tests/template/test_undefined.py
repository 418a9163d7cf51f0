"""What an error about something missing says: which part, where, what was meant, and how it was reached."""

import pytest

from runner.errors import TemplateError, UndefinedVariable, UnknownName
from runner.model.text import Template, trust
from runner.position import Position
from tests.template.conftest import PLACE, Run, View


def missing(run: Run, source: str, data: dict[str, object] | View | None = None) -> UndefinedVariable:
    with pytest.raises(UndefinedVariable) as caught:
        run.render(source, data)
    return caught.value


def test_a_variable(run: Run) -> None:
    error = missing(run, "{{ databse.port }}", {"database": {}})
    assert error.message == "'databse' is undefined"
    assert error.position == PLACE
    assert error.found == "databse.port, of which databse is missing"
    assert error.nearest[0] == "database"
    assert "default(" in error.remedy


def test_a_key(run: Run) -> None:
    error = missing(run, "{{ web.srever.port.x }}", {"web": {"server": {"port": 1}}})
    assert error.message == "'dict object' has no attribute 'srever'"
    assert error.found == "web.srever.port.x, of which web.srever is missing"
    assert error.nearest == ("server",)
    assert error.expected == "one of server"


def test_an_attribute_of_a_scalar_and_an_index(run: Run) -> None:
    assert missing(run, "{{ a.b.c }}", {"a": {"b": 5}}).message == "'int object' has no attribute 'c'"
    assert missing(run, "{{ a[3] }}", {"a": [1]}).message == "list object has no element 3"


def test_the_line_inside_a_block(run: Run) -> None:
    source = "first\n{% if true %}\n{{ gone }}\n{% endif %}\n"
    error = missing(run, source)
    assert error.position == Position("play.yml", 12, 7)


def test_a_variable_that_uses_a_missing_one(run: Run) -> None:
    at = [Position("group_vars/all.yml", line, 3) for line in (4, 9)]
    view = View({"a": Template("{{ b }}/x", at[0]), "b": Template("{{ gone }}", at[1])})
    error = missing(run, "{{ a }}", view)
    assert error.message == "{{ b }}/x: {{ gone }}: 'gone' is undefined"
    assert error.position == at[1]
    assert error.trail == (PLACE, at[0])
    assert error.found == "gone, used by b, used by a"


def test_what_can_be_done_with_it(run: Run) -> None:
    data = {"holder": "{{ gone }}", "d": {}}
    assert run.render("{{ gone.a['b'].c | default('x') }}", data) == "x"
    assert run.render("{{ holder | default('y') }}{{ holder is defined }}{{ d.a.b is undefined }}", data) == "yFalseTrue"
    assert run.render("{{ gone | default(omit_it) }}", {"omit_it": "o"}) == "o"


@pytest.mark.parametrize(
    "use",
    ["{{ gone }}", "a{{ gone }}", "{{ gone == 1 }}", "{{ gone in [1] }}", "{{ [gone] }}", "{{ {'a': [gone]} }}", "{{ gone + 1 }}",
     "{% if gone %}{% endif %}", "{% for x in gone %}{% endfor %}", "{{ gone | to_json }}", "{{ gone | basename }}",
     "{{ gone | combine({}) }}", "{{ [1] | union(gone) }}", "{{ gone() }}", "{{ lookup('items', gone) }}", "{{ gone | bool }}",
     "x{{ [gone] }}"],
)  # fmt: skip
def test_what_cannot(run: Run, use: str) -> None:
    assert missing(run, use).message == "'gone' is undefined"


def test_undef_and_mandatory(run: Run) -> None:
    assert missing(run, "{{ undef('set it in group_vars') }}").message == "set it in group_vars"
    with pytest.raises(TemplateError, match=r"Mandatory variable 'x'  not defined\."):
        run.render("{{ x | mandatory }}")


def test_unknown_names(run: Run) -> None:
    for source, nearest in (
        ("{{ 1 | to_jsn }}", "to_json"),
        ("{{ 1 is defind }}", "defined"),
        ("{{ lookup('fil', 1) }}", "file"),
    ):
        with pytest.raises(UnknownName) as caught:
            run.render(source)
        assert nearest in caught.value.nearest
        assert caught.value.position == PLACE


def test_a_filter_that_is_unknown_only_where_it_is_not_reached(run: Run) -> None:
    assert run.render("{% if false %}{{ 1 | no_such }}{% endif %}x") == "x"
    with pytest.raises(UnknownName, match='Could not load "no_such"'):
        run.render("{% if true %}{{ 1 | no_such }}{% endif %}x")


def test_syntax_errors_have_their_line(run: Run) -> None:
    with pytest.raises(TemplateError, match="unexpected") as caught:
        run.render("a\nb\n{{ 1 + }}")
    assert caught.value.position == Position("play.yml", 12, 7)


def test_python_cannot_be_reached(run: Run) -> None:
    for source in (
        "{{ ''.__class__ }}",
        "{{ [].__class__.__mro__ }}",
        "{{ lookup.__globals__ }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ now.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
    ):
        with pytest.raises(TemplateError):
            run.render(source)


def test_a_nested_error_of_another_kind_keeps_its_own_place(run: Run) -> None:
    own = Position("vars.yml", 3, 5)
    view = View({"a": Template("{{ 1 / 0 }}", own)})
    with pytest.raises(TemplateError, match="division by zero") as caught:
        run.templar.render(trust("{{ a }}", PLACE), view)
    assert caught.value.position == own
    assert caught.value.trail == (PLACE,)
