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


OLDER = """
- hosts: all
  gather_facts: false
  tasks:
    - debug: {msg: "{{ ansible_ssh_host }}/{{ ansible_ssh_user | default('-') }}/{{ ansible_ssh_port | default('-') }}"}
    - debug: {msg: "{{ ansible_host }}/{{ ansible_user | default('-') }}/{{ ansible_port | default('-') }}"}
"""
INVENTORY = """
[all:vars]
ansible_connection=local
[all]
old ansible_ssh_host=192.0.2.7 ansible_ssh_user=joe ansible_ssh_port=22
new ansible_host=192.0.2.8 ansible_user=ann
bare
"""


def test_the_older_names_of_a_host_and_the_newer_ones_stand_for_each_other(project):
    """An inventory of before 2.0 with a role of today, and the reverse: as with ansible-playbook 2.18."""
    outcome = project({"hosts": INVENTORY, "p.yml": OLDER}).play("-i", "hosts", "p.yml")
    assert outcome.messages() == ["192.0.2.7/joe/22", "192.0.2.8/ann/-", "bare/-/-", "192.0.2.7/joe/22", "192.0.2.8/ann/-", "bare/-/-"]
