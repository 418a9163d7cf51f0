"""Order of tasks, blocks, failures: the walk over a play."""

import json

import pytest

HOSTS = """
    [web]
    w1 ansible_connection=local
    w2 ansible_connection=local
    w3 ansible_connection=local
"""


def test_hosts_take_each_task_together(project):
    outcome = project(
        {
            "hosts": HOSTS,
            "p.yml": """
            - hosts: web
              gather_facts: false
              tasks:
                - name: one
                  debug:
                - name: two
                  debug:
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.tasks() == ["one", "two"]
    assert [each[1] for each in outcome.results()] == ["one"] * 3 + ["two"] * 3
    assert outcome.code == 0
    assert outcome.finished.tallies["w1"].ok == 2


def test_a_failed_host_leaves_and_the_others_go_on(project):
    outcome = project(
        {
            "hosts": HOSTS,
            "p.yml": """
            - hosts: web
              gather_facts: false
              tasks:
                - name: breaks
                  fail:
                  when: inventory_hostname == 'w2'
                - name: after
                  debug:
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.code == 2
    assert [each[0] for each in outcome.results() if each[1] == "after"] == ["w1", "w3"]
    assert outcome.finished.tallies["w2"].failed == 1
    assert outcome.finished.tallies["w1"].skipped == 1


BREAKS = {"name": "breaks", "fail": {}, "when": "inventory_hostname == 'w2'"}
SEEN = {"debug": {"msg": "{{ ansible_play_hosts | join }} {{ ansible_play_batch | join }}"}}
FLUSHED = [{"command": "true", "notify": "breaks"}, {"meta": "flush_handlers"}, SEEN]


@pytest.mark.parametrize(
    ("tasks", "handlers", "seen"),
    [
        ([BREAKS, SEEN], [], ["w1w3 w1w3"] * 2),
        (FLUSHED, [BREAKS], ["w1w3 w1w3"] * 2),
        ([{"block": [BREAKS, SEEN]}], [], ["w1w3 w1w3"] * 2),
        ([{"block": [BREAKS], "always": [SEEN]}], [], ["w1w3 w1w3"] * 3),
        ([{"block": [BREAKS, SEEN], "rescue": [SEEN]}, SEEN], [], ["w1w2w3 w1w2w3"] * 6),
    ],
    ids=["task", "handler", "block", "always", "rescued"],
)
def test_a_failed_host_is_none_of_the_plays_from_then_on(project, tasks, handlers, seen):
    """Also in the middle of a role or a block; one that a rescue section may still save is."""
    outcome = project(
        {
            "hosts": HOSTS,
            "roles/r/tasks/main.yml": json.dumps(tasks),
            "roles/r/handlers/main.yml": json.dumps(handlers),
            "p.yml": json.dumps([{"hosts": "web", "gather_facts": False, "tasks": [{"include_role": {"name": "r"}}]}]),
        }
    ).play("-i", "hosts", "p.yml")
    assert [each for each in outcome.messages() if each.startswith("w1")] == seen


def test_rescue_and_always(project):
    outcome = project(
        {
            "hosts": HOSTS,
            "p.yml": """
            - hosts: web
              gather_facts: false
              tasks:
                - block:
                    - name: breaks
                      fail:
                        msg: boom
                      when: inventory_hostname != 'w3'
                    - name: rest
                      debug:
                  rescue:
                    - name: mend
                      debug:
                        msg: "{{ ansible_failed_result.msg }} in {{ ansible_failed_task.name }}"
                  always:
                    - name: last
                      debug:
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.code == 0
    done = [(host, task) for host, task, status in outcome.results() if status != "skipped"]
    ran = {name: [host for host, task in done if task == name] for name in ("rest", "mend", "last")}
    assert ran == {"rest": ["w3"], "mend": ["w1", "w2"], "last": ["w1", "w2", "w3"]}
    assert outcome.result("mend")["msg"] == "boom in breaks"
    assert outcome.finished.tallies["w1"].rescued == 1
    assert outcome.finished.tallies["w1"].failed == 0


def test_failure_in_rescue_fails_the_host_but_always_runs(project):
    outcome = project(
        {
            "p.yml": """
            - hosts: localhost
              gather_facts: false
              tasks:
                - block:
                    - fail:
                  rescue:
                    - name: again
                      fail:
                  always:
                    - name: last
                      debug:
                - name: never
                  debug:
            """,
        }
    ).play("p.yml")
    assert outcome.code == 2
    assert outcome.tasks() == ["fail", "again", "last"]


def test_any_errors_fatal_stops_all(project):
    outcome = project(
        {
            "hosts": HOSTS,
            "p.yml": """
            - hosts: web
              gather_facts: false
              any_errors_fatal: true
              tasks:
                - fail:
                  when: inventory_hostname == 'w1'
                - name: never
                  debug:
            - hosts: web
              gather_facts: false
              tasks:
                - name: nor this
                  debug:
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.code == 2
    assert "never" not in outcome.tasks()
    assert "nor this" not in outcome.tasks()


def test_max_fail_percentage(project):
    book = """
        - hosts: web
          gather_facts: false
          max_fail_percentage: {percent}
          tasks:
            - fail:
              when: inventory_hostname == 'w1'
            - name: after
              debug:
        """
    made = project({"hosts": HOSTS, "low.yml": book.format(percent=30), "high.yml": book.format(percent=40)})
    assert "after" not in made.play("-i", "hosts", "low.yml").tasks()
    assert "after" in made.play("-i", "hosts", "high.yml").tasks()


def test_serial_batches(project):
    outcome = project(
        {
            "hosts": HOSTS,
            "p.yml": """
            - hosts: web
              gather_facts: false
              serial: [1, "100%"]
              tasks:
                - name: who
                  debug:
                    msg: "{{ ansible_play_batch | join(',') }}"
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.messages() == ["w1", "w2,w3", "w2,w3"]


def test_run_once_counts_for_all(project):
    outcome = project(
        {
            "hosts": HOSTS,
            "p.yml": """
            - hosts: web
              gather_facts: false
              tasks:
                - name: ask
                  set_fact:
                    answer: 42
                  run_once: true
                - name: all know
                  debug:
                    msg: "{{ answer }}"
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.messages() == [42, 42, 42]
    assert [each for each in outcome.results() if each[1] == "ask"] == [("w1", "ask", "ok")]


def test_strategies_free_and_host_pinned_run_everything(project):
    book = """
        - hosts: web
          gather_facts: false
          strategy: {strategy}
          tasks:
            - debug:
              changed_when: true
              notify: hand
            - name: last
              debug:
          handlers:
            - name: hand
              debug:
        """
    made = project({"hosts": HOSTS, "free.yml": book.format(strategy="free"), "pinned.yml": book.format(strategy="host_pinned")})
    for name in ("free.yml", "pinned.yml"):
        outcome = made.play("-i", "hosts", name, "-f", "1")
        assert outcome.code == 0
        assert all(tally.ok == 3 for tally in outcome.finished.tallies.values())
    order = [(host, task) for host, task, _ in made.play("-i", "hosts", "pinned.yml", "-f", "1").results()]
    assert [host for host, _ in order] == ["w1"] * 3 + ["w2"] * 3 + ["w3"] * 3


def test_handlers_run_once_in_order_of_definition(project):
    outcome = project(
        {
            "p.yml": """
            - hosts: localhost
              gather_facts: false
              tasks:
                - debug:
                  changed_when: true
                  notify: [second, first]
                - debug:
                  changed_when: true
                  notify: topic
                - meta: flush_handlers
                - name: after
                  debug:
              handlers:
                - name: first
                  debug:
                - name: second
                  debug:
                - name: third
                  debug:
                  listen: topic
            """,
        }
    ).play("p.yml")
    assert outcome.tasks() == ["debug", "debug", "meta", "first", "second", "third", "after"]


def test_pending_handlers_are_named_after_a_failure(project):
    made = project(
        {
            "p.yml": """
            - hosts: localhost
              gather_facts: false
              tasks:
                - debug:
                  changed_when: true
                  notify: restart it
                - fail:
              handlers:
                - name: restart it
                  debug:
            """,
        }
    )
    outcome = made.play("p.yml")
    pending = [each for each in outcome.events if type(each).__name__ == "HandlersPending"]
    assert [(each.host, each.handlers) for each in pending] == [("localhost", ("restart it",))]
    forced = made.play("p.yml", "--force-handlers")
    assert "restart it" in forced.tasks()
    assert forced.code == 2


def test_tags(project):
    made = project(
        {
            "p.yml": """
            - hosts: localhost
              gather_facts: false
              tasks:
                - name: plain
                  debug:
                - name: tagged
                  debug:
                  tags: [a]
                - name: always
                  debug:
                  tags: always
                - name: never
                  debug:
                  tags: [never, b]
                - block:
                    - name: inherited
                      debug:
                  tags: a
            """,
        }
    )
    assert made.play("p.yml").tasks() == ["plain", "tagged", "always", "inherited"]
    assert made.play("p.yml", "-t", "a").tasks() == ["tagged", "always", "inherited"]
    assert made.play("p.yml", "-t", "b").tasks() == ["always", "never"]
    assert made.play("p.yml", "--skip-tags", "a").tasks() == ["plain", "always"]
    assert made.play("p.yml", "-t", "untagged").tasks() == ["plain", "always"]


def test_meta_end_host_and_end_play(project):
    outcome = project(
        {
            "hosts": HOSTS,
            "p.yml": """
            - hosts: web
              gather_facts: false
              tasks:
                - meta: end_host
                  when: inventory_hostname == 'w1'
                - name: some
                  debug:
                - meta: end_play
                - name: none
                  debug:
            - hosts: web
              gather_facts: false
              tasks:
                - name: next play
                  debug:
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.code == 0
    assert [each[0] for each in outcome.results() if each[1] == "some"] == ["w2", "w3"]
    assert "none" not in outcome.tasks()
    assert len([each for each in outcome.results() if each[1] == "next play"]) == 3


def test_includes_with_loop_and_variables(project):
    outcome = project(
        {
            "p.yml": """
            - hosts: localhost
              gather_facts: false
              tasks:
                - include_tasks: inner.yml
                  loop: [1, 2]
                  vars:
                    twice: "{{ item * 2 }}"
                - include_role:
                    name: r
                  vars:
                    given: passed
            """,
            "inner.yml": """
            - debug:
                msg: "{{ item }} {{ twice }}"
            """,
            "roles/r/tasks/main.yml": """
            - debug:
                msg: "{{ given }} {{ fallback }} {{ role_name }}"
            """,
            "roles/r/defaults/main.yml": """
            fallback: default
            given: none
            """,
        }
    ).play("p.yml")
    assert outcome.messages() == ["1 2", "2 4", "passed default r"]


def test_a_role_runs_once_unless_it_allows_duplicates(project):
    made = project(
        {
            "p.yml": """
            - hosts: localhost
              gather_facts: false
              roles: [once, once, often, often, {role: once, x: 1}]
            """,
            "roles/once/tasks/main.yml": "- debug: msg=once\n",
            "roles/often/tasks/main.yml": "- debug: msg=often\n",
            "roles/often/meta/main.yml": "allow_duplicates: true\n",
        }
    )
    assert made.play("p.yml").messages() == ["once", "often", "often", "once"]


def test_filters_that_take_attributes_see_rendered_values_of_other_hosts(project):
    outcome = project(
        {
            "hosts": "a ansible_connection=local n='{{ 1 + 1 }}'\nb ansible_connection=local n='{{ 2 + 2 }}'\n",
            "p.yml": """
            - hosts: a
              gather_facts: false
              tasks:
                - debug:
                    msg: "{{ groups.all | map('extract', hostvars) | map(attribute='n') | map('string') | list }}"
                - debug:
                    msg: "{{ hostvars.values() | selectattr('n', 'gt', '3') | map(attribute='inventory_hostname') | list }}"
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.messages() == [["2", "4"], ["b"]]


def test_add_host_and_pause_run_for_the_first_host_only(project):
    outcome = project(
        {
            "hosts": "a ansible_connection=local\nb ansible_connection=local\n",
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks:
                - name: add
                  add_host: {name: "made-{{ inventory_hostname }}", groups: made}
                  register: added
                - name: wait
                  pause: {seconds: 0}
                - debug: {msg: "{{ groups.made }} {{ added is defined }}"}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert [host for host, task, _ in outcome.results() if task in ("add", "wait")] == ["a", "a"]
    assert outcome.messages() == ["['made-a'] True", "['made-a'] False"]


def test_a_rescue_sees_the_failed_task_as_it_is_written(project):
    outcome = project(
        {
            "hosts": "a ansible_connection=local\n",
            "p.yml": """
            - hosts: all
              gather_facts: false
              tasks:
                - block:
                    - fail: {msg: "{{ 'bo' ~ 'om' }}"}
                      tags: [here]
                  rescue:
                    - debug: {msg: "{{ ansible_failed_task.name }}/{{ ansible_failed_task.action }}/{{ ansible_failed_task.tags[0] }}"}
                    - debug: {msg: "{{ ansible_failed_task.args.msg | length }}"}
            """,
        }
    ).play("-i", "hosts", "p.yml")
    assert outcome.messages()[-2:] == ["/fail/here", "17"]


def test_a_playbook_is_left_out_when_hosts_failed_in_one_before_it(project, capsys):
    first = "- hosts: all\n  gather_facts: false\n  tasks: [{fail: , when: broken | default(false)}]\n"
    second = "- hosts: all\n  gather_facts: false\n  tasks: [{name: second, debug: }]\n"
    made = project({"hosts": "one ansible_connection=local\n", "a.yml": first, "b.yml": second})
    assert "second" in made.play("-i", "hosts", "a.yml", "b.yml").tasks()
    failed = made.play("-i", "hosts", "a.yml", "b.yml", "-e", "broken=true")
    assert "second" not in failed.tasks()
    assert failed.code == 2
    made.command("play", "-i", "hosts", "a.yml", "b.yml")
    assert capsys.readouterr().out.count("PLAY RECAP") == 2
