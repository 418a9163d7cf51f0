"""What a task finds of its connection where nobody set it: published roles ask for `ansible_connection`."""

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - debug: {msg: "{{ ansible_connection }} {{ hostvars[inventory_hostname].ansible_connection | default('unset') }}"}
    - debug: {msg: "{{ ansible_connection }}"}
      connection: local
    - command: echo {{ ansible_connection }}
      delegate_to: localhost
      register: it
    - debug: {msg: "{{ it.stdout }}"}
"""


def test_the_connection_of_a_task_has_a_name(project):
    """As with ansible-playbook 2.18: the option's or the keyword's, of a delegated task that of the delegate; hostvars has none."""
    outcome = project({"hosts": "[all]\none\n", "p.yml": PLAYBOOK}).play("-i", "hosts", "p.yml", "-e", "ansible_python_interpreter=python3")
    assert outcome.messages() == ["ssh unset", "local", "", "local"]
    outcome = project({"hosts": "[all]\none ansible_connection=local\n", "p.yml": PLAYBOOK}).play("-i", "hosts", "p.yml")
    assert outcome.messages() == ["local local", "local", "", "local"]
