"""Handlers: which one a notification means, in what order they run, what cannot be one."""

import pytest

from runner.errors import ParseError

ONE = "one ansible_connection=local\n"
TWO = "one ansible_connection=local\ntwo ansible_connection=local\n"


def handlers_of(outcome):
    return [each.task.name for each in outcome.events if type(each).__name__ == "TaskStarted" and each.task.kind == "handler"]


def test_of_one_name_the_first_in_a_list_and_every_listener_once(project):
    outcome = project(
        {
            "hosts": ONE,
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks:
                - debug:
                  changed_when: true
                  notify: x
              handlers:
                - {name: x, debug: {msg: 1}}
                - {name: x, debug: {msg: 2}}
                - {name: y, listen: x, debug: {msg: 3}}
                - {name: y, listen: x, debug: {msg: 4}}
                - {listen: x, debug: {msg: 5}}
                - {listen: x, debug: {msg: 6}}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.messages()[1:] == [1, 3, 5, 6]


def test_the_list_read_last_wins_over_a_role(project):
    outcome = project(
        {
            "hosts": ONE,
            "roles/r/handlers/main.yml": "- {name: again, debug: {msg: of the role}}",
            "p.yml": """
            - hosts: all
              gather_facts: false
              roles: [r]
              tasks:
                - command: "true"
                  notify: [again, "r : again"]
              handlers:
                - {name: again, debug: {msg: of the play}}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.messages()[1:] == ["of the role", "of the play"]


def test_handlers_that_notify_each_other_come_to_an_end(project):
    outcome = project(
        {
            "hosts": ONE,
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks:
                - {command: "true", notify: b}
              handlers:
                - {name: a, command: "true", notify: b}
                - {name: b, command: "true", notify: a}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert handlers_of(outcome) == ["b", "a", "b"]
    assert outcome.code == 0


def test_a_role_used_twice_has_its_handlers_once(project):
    outcome = project(
        {
            "hosts": ONE,
            "roles/base/handlers/main.yml": "- {name: reload, listen: changed, debug: }",
            "roles/base/tasks/other.yml": "- {command: 'true', notify: changed}",
            "roles/base/tasks/main.yml": "- {command: 'true', notify: changed}",
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks:
                - include_role: {name: base}
                - include_role: {name: base, tasks_from: other}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert handlers_of(outcome) == ["base : reload"]


def test_topics_can_be_named_with_the_role(project):
    outcome = project(
        {
            "hosts": ONE,
            "roles/r/handlers/main.yml": "- {name: h, listen: topic, debug: }",
            "roles/r/tasks/main.yml": "- {command: 'true', notify: 'r : topic'}",
            "p.yml": "- {hosts: all, gather_facts: false, roles: [r]}",
        }
    ).play("-i", "hosts", "p.yml")
    assert handlers_of(outcome) == ["r : h"]


def test_the_play_decides_on_force_handlers_over_the_command_line(project):
    made = project(
        {
            "hosts": ONE,
            "p.yml": """
            - hosts: all
              gather_facts: false
              force_handlers: false
              tasks:
                - {command: "true", notify: h}
                - fail:
              handlers:
                - {name: h, debug: }
            """,
        }
    )
    assert handlers_of(made.play("-i", "hosts", "--force-handlers", "p.yml")) == []


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ("{name: h, include_role: {name: x}}", "Using 'include_role' as a handler is not supported."),
        ("{name: h, block: [{name: inner, block: [{debug: }]}]}", "Using a block as a handler is not supported."),
        ("{name: h, meta: flush_handlers}", "flush_handlers cannot be used as a handler"),
    ],
)
def test_what_cannot_be_a_handler_is_refused(project, handler, words):
    made = project({"hosts": ONE, "p.yml": f"- hosts: all\n  handlers:\n    - {handler}\n"})
    with pytest.raises(ParseError) as caught:
        made.play("-i", "hosts", "p.yml")
    assert caught.value.message == words
    assert caught.value.position.line == 3


def test_a_handler_whose_name_cannot_be_rendered_is_told(project):
    made = project(
        {
            "hosts": ONE,
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks:
                - {command: "true", notify: other}
              handlers:
                - {name: "h {{ nowhere }}", debug: }
                - {name: other, debug: }
                - {name: other, debug: }
            """,
        }
    )
    made.write({"q.yml": (made.root / "p.yml").read_text().replace("notify: other", "notify: missing")})
    with pytest.raises(ParseError, match="The requested handler 'missing' was not found"):
        made.play("-i", "hosts", "q.yml")
    assert handlers_of(made.play("-i", "hosts", "p.yml")) == ["other"]


def test_meta_can_be_a_handler(project):
    outcome = project(
        {
            "hosts": TWO,
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks:
                - {command: "true", notify: nothing}
              handlers:
                - {name: nothing, meta: noop}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert handlers_of(outcome) == ["nothing"]


def test_forced_handlers_run_in_lockstep_and_a_host_that_fails_in_one_takes_no_more(project):
    outcome = project(
        {
            "hosts": TWO + "three ansible_connection=local\n",
            "p.yml": """
            - hosts: all
              gather_facts: false
              force_handlers: true
              tasks:
                - command: "true"
                  notify: [first, second]
                - fail:
                  when: inventory_hostname == 'one'
              handlers:
                - name: first
                  command: "{{ 'false' if inventory_hostname == 'two' else 'true' }}"
                - name: second
                  debug: {msg: second}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert handlers_of(outcome) == ["first", "second"]
    assert sorted(host for host, task, _ in outcome.results() if task == "second") == ["one", "three"]
    assert outcome.code == 2


def test_of_listeners_of_one_name_that_of_the_role_read_last_runs(project):
    outcome = project(
        {
            "hosts": ONE,
            "roles/r/tasks/main.yml": "- {command: 'true', notify: topic}\n",
            "roles/r/handlers/main.yml": "- {name: it, listen: topic, debug: {msg: '{{ x }}'}}\n",
            "p.yml": """
            - hosts: all
              gather_facts: false
              roles: [{role: r, x: first}]
              tasks:
                - include_role: {name: r}
                  vars: {x: second}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert [each for each in outcome.messages() if each] == ["first", "second"] or outcome.messages()[-1] == "second"


def test_run_once_notifies_for_the_host_that_did_the_work(project):
    outcome = project(
        {
            "hosts": TWO,
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks: [{command: "true", run_once: true, notify: it}]
              handlers: [{name: it, debug: {msg: done}}]
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert [host for host, task, _ in outcome.results() if task == "it"] == ["one"]
