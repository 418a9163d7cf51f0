"""What a task finds of its connection where nobody set it: published roles ask for `ansible_connection`."""

from runner.execute.connection_names import names

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


def test_a_task_finds_an_older_inventory_under_the_names_of_today(project):
    """As with ansible-playbook 2.18; what a task says itself of its user or host still counts."""
    outcome = project({"hosts": INVENTORY, "p.yml": OLDER}).play("-i", "hosts", "p.yml")
    assert outcome.messages() == ["192.0.2.7/joe/22", "192.0.2.8/ann/-", "bare/-/-"]


def test_what_a_task_says_of_its_user_counts_before_the_inventory():
    """The host is reached as the task says: nothing that stands in for the older name may come before it."""
    view = names([("inventory_host", {"ansible_user": "ann", "ansible_host": "192.0.2.8"})], "one")
    assert not {"ansible_ssh_user", "ansible_ssh_host", "ansible_ssh_port"} & set(view)
