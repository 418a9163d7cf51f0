"""Template files: their options, includes, and the line of an error."""

from pathlib import Path

import pytest

from runner.errors import TemplateError, UndefinedVariable
from runner.position import Position
from runner.template.settings import FileOptions
from tests.template.conftest import Run


def render(run: Run, text: str, path: Path | str = "/x/t.j2", options: FileOptions | None = None, **data: object) -> str:
    return run.templar.render_file(text, str(path), run.view(data), options or FileOptions())


def test_blocks_are_trimmed_and_the_last_newline_kept(run: Run) -> None:
    text = "{% for x in [1, 2] %}\n  {{ x }}\n{% endfor %}\nend\n\n"
    assert render(run, text) == "  1\n  2\nend\n\n"
    assert render(run, text, options=FileOptions(trim_blocks=False)) == "\n  1\n\n  2\n\nend\n\n"
    assert render(run, "a\n", options=FileOptions(keep_trailing_newline=False)) == "a"
    assert render(run, "  {% if true %}\nx\n  {% endif %}\n", options=FileOptions(lstrip_blocks=True)) == "x\n"
    assert render(run, "  {% if true %}\nx\n  {% endif %}\n") == "  x\n  \n"


def test_values_become_text_and_are_not_turned_into_anything(run: Run) -> None:
    assert render(run, "{{ n }}|{{ l }}|{{ t }}", n=None, l=[1, "a"], t=True) == "|[1, 'a']|True"
    assert render(run, "[1, 2]") == "[1, 2]"


def test_other_marks_and_newlines(run: Run) -> None:
    options = FileOptions(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="<%",
        block_end_string="%>",
        newline_sequence="\r\n",
    )
    assert render(run, "<% if true %>\n[[ five ]] {{ x }}\n<% endif %>\n", options=options, five=5) == "5 {{ x }}\r\n"
    assert render(run, "a<# c #>b", options=FileOptions(comment_start_string="<#", comment_end_string="#>")) == "ab"


def test_the_header_changes_options(run: Run) -> None:
    text = "#jinja2: trim_blocks:False, variable_start_string:'[%', variable_end_string:'%]'\n{% if true %}\n[% five %]{% endif %}\n"
    assert render(run, text, five=5) == "\n5\n"
    assert render(run, "#jinja2: line_statement_prefix:':', line_comment_prefix:'##'\n: if true\nyes ## no\n: endif\n") == "yes\n"
    with pytest.raises(TemplateError, match="failed to parse jinja2 override 'trim_blocks=False'"):
        render(run, "#jinja2: trim_blocks=False\nx")


def test_an_unknown_key_of_the_header_is_told_and_left_out(run: Run) -> None:
    assert render(run, "#jinja2: trimblocks:False\nx") == "x"
    assert run.warnings == ["Could not find Jinja2 environment setting to override: 'trimblocks'; perhaps you mean trim_blocks"]


def test_backslashes_are_jinjas_own_in_files(run: Run) -> None:
    assert render(run, r"{{ 'a\tb' }}") == "a\tb"
    assert run.render(r"{{ 'a\tb' }}") == r"a\tb"


def test_includes_imports_and_inheritance(run: Run, project: Path) -> None:
    (project / "base.j2").write_text("<{% block body %}base{% endblock %}>")
    (project / "part.j2").write_text("{{ five }}{{ local | default('-') }}")
    (project / "macros.j2").write_text("{% macro twice(x) %}{{ x }}{{ x }}{{ five | default('no vars') }}{% endmacro %}")
    main = project / "main.j2"
    assert render(run, "{% include 'part.j2' %}", main, five=5) == "5-"
    assert render(run, "{% set local = 1 %}{% include 'part.j2' %}", main, five=5) == "51"
    assert render(run, "{% for local in [1, 2] %}{% include 'part.j2' %}{% endfor %}", main, five=5) == "5152"
    assert render(run, "{% from 'macros.j2' import twice %}{{ twice('a') }}", main, five=5) == "aano vars"
    assert render(run, "{% import 'macros.j2' as m with context %}{{ m.twice('a') }}", main, five=5) == "aa5"
    assert render(run, "{% extends 'base.j2' %}{% block body %}{{ super() }}{{ five }}{% endblock %}", main, five=5) == "<base5>"
    elsewhere = FileOptions(search_path=(str(project),))
    assert render(run, "{% include 'part.j2' %}", "/elsewhere/t.j2", elsewhere, five=5) == "5-"


def test_an_included_file_that_changed_is_read_again(run: Run, project: Path) -> None:
    part = project / "part.j2"
    part.write_text("one")
    assert render(run, "{% include 'part.j2' %}", project / "m.j2") == "one"
    part.write_text("two, longer")
    import_time = part.stat().st_mtime + 5
    __import__("os").utime(part, (import_time, import_time))
    assert render(run, "{% include 'part.j2' %}", project / "m.j2") == "two, longer"


def test_the_line_of_an_error_and_the_includes_before_it(run: Run, project: Path) -> None:
    (project / "part.j2").write_text("\n\n{{ web.prot }}\n")
    main = project / "main.j2"
    with pytest.raises(UndefinedVariable) as caught:
        render(run, "a\n{% include 'part.j2' %}\n", main, web={"port": 1})
    assert caught.value.position == Position(str(project / "part.j2"), 3)
    assert caught.value.trail == (Position(str(main), 2),)
    assert caught.value.found == "web.prot"
    assert caught.value.nearest == ("port",)
    with pytest.raises(TemplateError) as syntax:
        render(run, "a\nb\n{% if %}\n", main)
    assert syntax.value.position == Position(str(main), 3)


def test_a_missing_include_and_one_that_includes_itself(run: Run, project: Path) -> None:
    with pytest.raises(TemplateError, match=r"nope.j2") as caught:
        render(run, "\n{% include 'nope.j2' %}", project / "m.j2")
    assert caught.value.position == Position(str(project / "m.j2"), 2)
    assert render(run, "{% include 'nope.j2' ignore missing %}x", project / "m.j2") == "x"
    (project / "self.j2").write_text("{% include 'self.j2' %}")
    with pytest.raises(TemplateError, match="includes or calls itself"):
        render(run, "{% include 'self.j2' %}", project / "m.j2")


def test_a_variable_with_an_error_used_in_a_file(run: Run, project: Path) -> None:
    with pytest.raises(UndefinedVariable) as caught:
        render(run, "x\n{{ a }}", project / "m.j2", a="{{ gone }}")
    assert caught.value.position == Position("play.yml", 10, 7)
    assert caught.value.trail == (Position(str(project / "m.j2"), 2),)


def test_extensions_are_loaded_by_a_setting() -> None:
    run = Run(extensions=("jinja2.ext.do", "jinja2.ext.loopcontrols"))
    loop = "{% for x in [1, 2, 3] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% endfor %}"
    text = "{% set l = [] %}{% do l.append(1) %}" + loop + "{{ l }}"
    assert render(run, text) == "1[1]"
    assert run.render(text) == "1[1]"
    with pytest.raises(TemplateError, match="unknown tag 'do'"):
        render(Run(), "{% do x %}")
