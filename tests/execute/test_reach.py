"""Where a local connection starts: in the folder of the playbook, also for files, scripts and the host that a task is delegated to."""

from runner.model.event import HostFinished

PLAY = """
- hosts: one
  gather_facts: false
  tasks:
    - {command: pwd, register: here}
    - debug: {msg: "{{ here.stdout }}"}
    - {raw: pwd, register: here}
    - debug: {msg: "{{ here.stdout | trim }}"}
    - {script: where.sh, register: here}
    - debug: {msg: "{{ here.stdout | trim }}"}
    - {command: pwd, register: here, delegate_to: localhost}
    - debug: {msg: "{{ here.stdout }}"}
    - {fetch: {src: beside.txt, dest: out/, flat: true}}
"""
HOSTS = {"hosts": "one ansible_connection=local\n"}


def test_a_local_connection_starts_in_the_folder_of_its_playbook(project, tmp_path):
    files = {"below/p.yml": PLAY, "below/where.sh": "#!/bin/sh\npwd\n", "below/beside.txt": "text"}
    outcome = project({**HOSTS, **files}).play("-i", "hosts", "below/p.yml")
    assert [each for each in outcome.messages() if each] == [str(tmp_path / "below")] * 4
    assert (tmp_path / "below" / "out" / "beside.txt").read_text() == "text"


def test_each_of_several_playbooks_has_its_own(project, tmp_path):
    short = PLAY.partition("    - {raw")[0]
    made = project({**HOSTS, "a/p.yml": short, "b/p.yml": short, "all.yml": "- import_playbook: a/p.yml\n- import_playbook: b/p.yml\n"})
    said = made.play("-i", "hosts", "all.yml").messages()
    assert [each for each in said if each] == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_each_item_says_whether_it_is_let_pass(project):
    play = """
    - hosts: one
      gather_facts: false
      tasks:
        - {name: both, command: "false", ignore_errors: "{{ item }}", loop: [true, true]}
        - {name: first, command: "false", ignore_errors: "{{ item }}", loop: [true, false]}
    """
    outcome = project({**HOSTS, "p.yml": play}).play("-i", "hosts", "p.yml")
    told = [(each.task.name, each.ignored) for each in outcome.events if isinstance(each, HostFinished)]
    assert told == [("both", True), ("first", False)]
    assert outcome.code == 2


def test_an_unreachable_item_is_let_pass_by_its_own_word(project):
    play = """
    - hosts: gone
      gather_facts: false
      tasks:
        - {name: both, ping: , ignore_unreachable: "{{ item }}", loop: [true, true]}
        - {name: last, ping: , ignore_unreachable: "{{ item }}", loop: [false, true]}
    """
    hosts = {"hosts": "gone ansible_connection=chroot ansible_host=/nowhere/at/all\n"}
    outcome = project({**hosts, "p.yml": play}).play("-i", "hosts", "p.yml")
    assert outcome.results() == [("gone", "both", "unreachable"), ("gone", "last", "unreachable")]
    assert outcome.code == 4


def test_the_older_names_of_the_variables_lead_to_the_host(project):
    play = "- {hosts: old, gather_facts: false, tasks: [{name: p, ping: }]}\n"
    hosts = {"hosts": "old ansible_ssh_host=127.0.0.1 ansible_ssh_port=1\n"}
    outcome = project({**hosts, "p.yml": play}).play("-i", "hosts", "p.yml")
    assert outcome.result("p")["msg"].removeprefix("Failed to connect to the host via ssh: ").startswith("old (127.0.0.1 port 1)")


def test_an_empty_name_to_delegate_to_is_refused_before_the_condition(project):
    play = """
    - hosts: one
      gather_facts: false
      vars: {nothing: ""}
      tasks:
        - {name: empty, ping: , delegate_to: "{{ nothing }}", when: nothing != "", ignore_errors: true}
        - {name: omitted, ping: , delegate_to: "{{ gone | default(omit) }}"}
        - {name: unknown, ping: , delegate_to: "{{ gone }}", when: false}
    """
    outcome = project({**HOSTS, "p.yml": play}).play("-i", "hosts", "p.yml")
    assert [status for _, _, status in outcome.results()] == ["failed", "ok", "skipped"]
    assert outcome.result("empty")["msg"].startswith('Empty hostname produced from delegate_to: "{{ nothing }}"')
