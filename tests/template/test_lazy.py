"""Only what lies on a path is rendered; results are shared, kept, and never changed behind one's back."""

import pytest

from runner.errors import TemplateError, UndefinedVariable
from runner.model.text import Encrypted, Map, Template, Text
from runner.model.variables import VariablesMapping
from runner.position import Position
from tests.template.conftest import PLACE, HostVars, Run, View


def test_a_path_renders_only_what_lies_on_it(run: Run) -> None:
    data = {"web": {"good": {"port": "{{ base + 1 }}"}, "bad": "{{ nowhere }}"}, "base": 80}
    assert run.render("{{ web.good.port }}", data) == 81
    assert run.render("{{ web['good']['port'] }}", data) == 81
    assert run.render("{{ web.get('good').port }}", data) == 81
    with pytest.raises(UndefinedVariable):
        run.render("{{ web }}", data)


def test_an_item_of_a_list_is_rendered_alone(run: Run) -> None:
    assert run.render("{{ all[1] }}{{ all[-1] }}", {"all": ["{{ nowhere }}", "{{ 1 + 1 }}"]}) == "22"


def test_a_variable_that_is_not_needed_is_not_rendered(run: Run) -> None:
    assert run.render("{{ 1 if yes else broken }}", {"yes": True, "broken": "{{ 1 / 0 }}"}) == 1


def test_methods_see_the_whole_value(run: Run) -> None:
    data = {"d": {"a": "{{ 1 }}", "items": 5}}
    assert run.render("{{ d.items() | list }}", data) == [["a", 1], ["items", 5]]
    assert run.render("{{ d['items'] }}", data) == 5
    assert run.render("{{ d.keys() | list }}", data) == ["a", "items"]


def test_a_key_named_position_is_a_key(run: Run) -> None:
    assert run.render("{{ d.position }}", {"d": {"position": 3}}) == 3
    with pytest.raises(UndefinedVariable, match="'str object' has no attribute 'position'"):
        run.render("{{ s.position }}", {"s": "text"})


def test_data_without_templates_comes_back_uncopied(run: Run) -> None:
    view = run.view({"big": {"list": [1, 2, {"x": "y"}]}})
    raw = view.layers[0]["big"]
    assert run.templar.render(raw, view) is raw
    assert run.render("{{ big }}", view) is raw
    assert run.render("{{ big.list }}", view) is raw["list"]


def test_only_what_holds_templates_is_copied(run: Run) -> None:
    view = run.view({"five": 5})
    value = Map({"plain": [1, 2], "made": [Template("{{ five }}", PLACE)]})
    result = run.templar.render(value, view)
    assert result == {"plain": [1, 2], "made": [5]}
    assert result["plain"] is value["plain"]
    assert isinstance(value["made"][0], Template)


def test_changing_a_list_in_a_template_changes_a_copy(run: Run) -> None:
    view = run.view({"list": [1], "d": {"a": {"b": 1}}})
    assert run.render("{% set _ = list.append(2) %}{{ list }}", view) == [1, 2]
    assert run.render("{% set _ = d.a.update({'b': 2}) %}{{ d.a.b }}", view) == "2"
    assert run.render("{{ list }}", view) == [1]
    assert view.layers[0]["d"]["a"]["b"] == 1


def test_a_value_is_rendered_once_in_a_view(run: Run) -> None:
    view = run.view({"a": "{{ b }}{{ b }}", "b": "{{ c }}", "c": "x"})
    assert run.render("{{ a }}{{ a }}", view) == "xxxx"
    assert view.rendered == {"a": "xx", "b": "x"}
    assert view.asked.count("b") == 1
    assert run.render("{{ b }}", view.over({"c": "y"})) == "y"


def test_text_that_came_from_a_host_is_never_rendered(run: Run) -> None:
    view = View({"out": "{{ lookup('pipe', 'touch /tmp/owned') }}", "deep": {"x": ["{{ 1 }}"]}})
    assert run.render("{{ out }}", view) == "{{ lookup('pipe', 'touch /tmp/owned') }}"
    assert run.render("{{ deep.x[0] }} {{ deep.x | first }}", view) == "{{ 1 }} {{ 1 }}"
    assert run.templar.render({"x": "{{ 1 }}"}, view) == {"x": "{{ 1 }}"}
    assert run.templar.render(Text("{{ 1 }}", PLACE), view) == "{{ 1 }}"


def test_results_hold_no_template(run: Run) -> None:
    made = run.render(["{{ '{{ x }}' }}", {"a": "{{ ['{{ y }}'] }}"}])
    assert made == ["{{ x }}", {"a": ["{{ y }}"]}]
    assert not isinstance(made[0], Template)
    assert not isinstance(made[1]["a"][0], Template)


def test_a_vault_text_is_decrypted_when_used(run: Run) -> None:
    view = View({"secret": Encrypted("sealed", PLACE), "other": Encrypted("nobody can read this", PLACE)})
    assert run.render("{{ secret }}!", view) == "opened!"
    assert run.templar.render({"a": view.layers[0]["secret"]}, view) == {"a": "opened"}
    assert run.render("{{ secret is vault_encrypted }}{{ 'x' is vault_encrypted }}", view) == "TrueFalse"


def circle(run: Run, source: str, data: dict[str, object]) -> TemplateError:
    with pytest.raises(TemplateError, match="recursive loop detected in template string") as caught:
        run.render(source, View(data))
    return caught.value


def test_a_circle_is_named_with_its_places(run: Run) -> None:
    at = {name: Position("vars.yml", line, 4) for line, name in enumerate(("a", "b", "c"), 1)}
    data = {"a": Template("{{ b }}", at["a"]), "b": Template("x{{ c.d }}", at["b"]), "c": {"d": Template("{{ a }}", at["c"])}}
    error = circle(run, "{{ a }}", data)
    assert error.found == "a -> b -> {{ a }} -> a"
    assert error.position == at["a"]
    assert set(error.trail) >= {at["b"], at["c"]}


def test_a_variable_made_from_itself_is_a_circle(run: Run) -> None:
    circle(run, "{{ a }}", {"a": Template("{{ a | default('x') }}", PLACE)})
    assert run.render("{{ a.x }}", {"a": {"x": "{{ a.y }}", "y": 1}}) == 1


@pytest.fixture
def hosts(run: Run) -> View:
    hostvars = HostVars()
    base = {"hostvars": hostvars}
    for number, name in enumerate(("w1", "w2")):
        own = run.view({"n": number, "port": "{{ 8000 + n }}", "other": "{{ hostvars['w1'].port }}", "bad": "{{ nope }}"})
        hostvars.views[name] = View(base, *own.layers)
    return hostvars.views["w1"]


def test_hostvars_are_rendered_in_their_own_host(run: Run, hosts: View) -> None:
    assert run.render("{{ hostvars['w2'].port }}", hosts) == 8001
    assert run.render("{{ hostvars.w2['port'] }}", hosts) == 8001
    assert run.render("{{ hostvars['w2'].other }}", hosts) == 8000
    assert run.render("{{ ['w1', 'w2'] | map('extract', hostvars, 'port') }}", hosts) == [8000, 8001]
    assert run.render("{{ hostvars | dict2items | map(attribute='key') }}", hosts) == ["w1", "w2"]
    assert run.render("{{ hostvars.keys() | list }}{{ 'w1' in hostvars }}{{ hostvars | length }}", hosts) == "['w1', 'w2']True2"
    assert run.render("{{ hostvars.get('w2').port }}{{ hostvars.get('w9', {}).port | default('-') }}", hosts) == "8001-"
    assert run.render("{{ hostvars['w2'].bad | default('none') }}", hosts) == "none"
    assert run.render("{% for h in hostvars %}{{ hostvars[h].port }} {% endfor %}", hosts) == "8000 8001 "


def test_missing_hosts_and_their_variables(run: Run, hosts: View) -> None:
    assert run.render("{{ hostvars['w9'] is defined }}", hosts) is False
    with pytest.raises(UndefinedVariable, match=r"\"hostvars\['w9'\]\" is undefined"):
        run.render("{{ hostvars['w9'].port }}", hosts)
    with pytest.raises(UndefinedVariable, match="HostVarsVars object' has no attribute 'prt'") as caught:
        run.render("{{ hostvars['w2'].prt }}", hosts)
    assert caught.value.nearest == ("port",)


def test_vars_is_all_variables(run: Run, hosts: View) -> None:
    assert run.render("{{ vars.port }}{{ vars['n'] }}{{ 'port' in vars }}", hosts) == "80000True"
    assert isinstance(VariablesMapping(hosts)["n"], int)


def test_all_variables_of_a_host_can_be_written_down(run: Run, hosts: View) -> None:
    wanted = {"n": 1, "port": 8001, "other": 8000, "bad": "{{ nope }}"}
    assert run.render("{{ hostvars['w2'] }}", hosts) == wanted
    assert run.render("{{ hostvars['w2'] | to_json | from_json }}", hosts) == wanted
    assert run.render("{{ hostvars | to_nice_yaml | from_yaml }}", hosts)["w2"] == wanted
    assert run.render("x{{ hostvars['w2'] }}", hosts) == f"x{wanted}"
    assert run.render("{{ vars | length }}", hosts) == 4


def test_a_vault_text_can_be_left_as_it_is(run: Run) -> None:
    sealed = Encrypted("sealed", PLACE)
    assert run.templar.render({"a": [sealed], "b": Template("{{ 1 }}")}, View(), decrypt=False) == {"a": [sealed], "b": 1}
    assert run.templar.render(sealed, View(), decrypt=False) is sealed
