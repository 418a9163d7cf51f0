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
