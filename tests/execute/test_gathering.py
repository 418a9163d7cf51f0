"""The implicit gathering of facts."""


def test_run_once_of_a_play_is_not_about_its_facts(project):
    play = """
    - hosts: all
      run_once: true
      gather_subset: [min]
      tasks:
        - {name: once, debug: {msg: "{{ ansible_play_hosts | map('extract', hostvars, 'ansible_facts') | map('length') | min > 0 }}"}}
    """
    hosts = {"hosts": "a ansible_connection=local\nb ansible_connection=local\n"}
    outcome = project({**hosts, "p.yml": play}).play("-i", "hosts", "p.yml")
    assert sorted(host for host, task, _ in outcome.results() if task == "Gathering Facts") == ["a", "b"]
    assert outcome.messages() == [True]


def gathered(outcome):
    return [host for host, task, _ in outcome.results() if task == "Gathering Facts"]


def test_what_a_play_asks_for_is_gathered(project):
    play = """
    - hosts: all
      gather_subset: ['!all', '!min', network]
      tasks: [{debug: {msg: "{{ ansible_facts.default_ipv4 is defined }} {{ ansible_facts.mounts is defined }}"}}]
    """
    assert project({"hosts": "a ansible_connection=local\n", "p.yml": play}).play("-i", "hosts", "p.yml").messages() == ["True False"]


def test_settings_say_when_a_play_gathers_that_does_not_say_itself(project, monkeypatch):
    plays = "".join(f"- hosts: all\n{line}  tasks: []\n" for line in ("", "", "  gather_facts: true\n", "  gather_facts: false\n"))
    made = project({"hosts": "a ansible_connection=local\n", "p.yml": "".join(f"{line}\n" for line in plays.splitlines())})
    for setting, times in (("implicit", 3), ("smart", 1), ("explicit", 1)):
        monkeypatch.setenv("ANSIBLE_GATHERING", setting)
        assert len(gathered(made.play("-i", "hosts", "p.yml"))) == times, setting


def test_facts_are_known_under_both_names_and_cleared(project):
    play = """
    - hosts: all
      tasks:
        - setup: {gather_subset: ['!all'], filter: ['ansible_hostname', 'ansible_dist*']}
          register: some
        - debug: {msg: "{{ some.ansible_facts.keys() | reject('match', 'ansible_(hostname|dist)') | list }}"}
        - debug: {msg: "{{ ansible_hostname == ansible_facts.hostname }}"}
        - meta: clear_facts
        - debug: {msg: "{{ ansible_hostname is defined }} {{ ansible_facts.hostname is defined }}"}
    """
    outcome = project({"hosts": "a ansible_connection=local\n", "p.yml": play}).play("-i", "hosts", "p.yml")
    assert outcome.messages("a")[-3:] == [[], True, "False False"]
