"""`role_names` and its kin: what a play names, each time it does, as with ansible-playbook 2.18; includes count when they are read."""

from typing import Any

NAMES = "debug: {msg: '{{ role_names | join(\" \") }}'}"
ALL = (
    "debug: {msg: '{{ ansible_play_role_names | join(\" \") }} + {{ ansible_dependent_role_names | sort | join(\" \") }} = "
    "{{ ansible_role_names | sort | join(\" \") }}'}"
)


def said(project: Any, play: str, files: dict[str, str]) -> list[str]:
    hosts = {"hosts": "one ansible_connection=local\n"}
    outcome = project({**hosts, "p.yml": f"- hosts: one\n  gather_facts: false\n{play}", **files}).play("-i", "hosts", "p.yml")
    assert outcome.code == 0
    found: list[str] = outcome.messages()
    return found


def test_a_role_named_twice_is_there_twice_and_what_it_depends_on_apart(project: Any) -> None:
    files = {
        "roles/q/meta/main.yml": "dependencies: [r, {role: s, y: 1}]\n",
        "roles/q/tasks/main.yml": "[]\n",
        "roles/r/tasks/main.yml": "[]\n",
        "roles/s/tasks/main.yml": "[]\n",
    }
    play = f"  roles: [q, r, r, {{role: q, x: 1}}]\n  tasks: [{{{ALL}}}]\n"
    assert said(project, play, files) == ["q r r q + r s = q r s"]


def test_what_is_imported_comes_after_the_roles_inner_ones_first(project: Any) -> None:
    play = f"""
  pre_tasks: [{{import_role: {{name: p}}}}]
  post_tasks: [{{import_role: {{name: y}}}}, {{{NAMES}}}]
  roles: [w, {{role: q, a: 1}}, q]
  tasks:
    - import_role: {{name: x}}
    - import_role: {{name: q}}
    - block: [{{import_role: {{name: k}}}}]
"""
    files = {f"roles/{name}/tasks/main.yml": "[]\n" for name in "ekptwxy"}
    files["roles/q/tasks/main.yml"] = "- import_role: {name: t}\n"
    files["roles/q/meta/main.yml"] = "dependencies: [d]\n"
    files["roles/d/tasks/main.yml"] = "- import_role: {name: e}\n"
    assert said(project, play, files) == ["w q q e t e t p y x e t q k"]


def test_an_included_role_counts_each_time_it_is_read(project: Any) -> None:
    play = f"""
  tasks:
    - {{{NAMES}}}
    - include_role: {{name: n}}
      loop: [1, 2]
    - include_role: {{name: n}}
      when: false
    - include_tasks: t.yml
    - {{{ALL}}}
"""
    files = {
        "roles/n/tasks/main.yml": f"- {NAMES}\n",
        "roles/n/meta/main.yml": "dependencies: [m]\n",
        "roles/m/tasks/main.yml": "[]\n",
        "t.yml": "- import_role: {name: m}\n",
    }
    assert said(project, play, files) == ["", "n n", "n n", "n n m + m = m n"]
