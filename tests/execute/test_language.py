"""What the language says in its corners, as ansible-core 2.18 does it."""

import getpass
import re

import pytest

from runner.errors import ParseError
from runner.model.event import Noted

ONE = "one ansible_connection=local\n"
TWO = "one ansible_connection=local\ntwo ansible_connection=local\n"


def run(project, tasks, *words, hosts=ONE, more=None, head=""):
    """Run a play of these tasks (a YAML list without indentation)."""
    body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
    text = f"- hosts: all\n  gather_facts: false\n{head}  tasks:\n{body}"
    return project({"hosts": hosts, "p.yml": text, **(more or {})}).play("-i", "hosts", "p.yml", *words)


def test_a_broken_include_fails_every_host_with_any_errors_fatal(project):
    tasks = """
- include_tasks: nowhere.yml
  when: inventory_hostname == 'two'
- debug: {msg: never}
"""
    outcome = run(project, tasks, hosts=TWO, head="  any_errors_fatal: true\n")
    assert "never" not in outcome.messages()
    assert outcome.code == 2


def test_clear_host_errors_revives_a_play_that_any_errors_fatal_broke(project):
    tasks = """
- block:
    - fail:
      any_errors_fatal: true
  always:
    - meta: clear_host_errors
- debug: {msg: goes on}
"""
    assert "goes on" in run(project, tasks).messages()


def test_added_hosts_stay_when_the_inventory_is_read_again(project):
    tasks = """
- add_host: {name: fresh, groups: new}
- group_by: {key: "g_{{ inventory_hostname }}"}
- meta: refresh_inventory
- debug: {msg: "{{ groups['new'] + groups['g_one'] }}"}
"""
    assert run(project, tasks).messages("one")[-1] == ["fresh", "one"]


def test_names_of_set_fact_are_rendered(project):
    tasks = """
- set_fact: {"n_{{ item }}": "{{ item }}"}
  loop: [1, 2]
- debug: {msg: "{{ n_1 }}{{ n_2 }}"}
"""
    assert str(run(project, tasks).messages()[-1]) == "12"


def test_the_module_may_be_a_template(project):
    tasks = """
- action: {module: "{{ which }}"}
  vars: {which: ping}
  register: out
- debug: {msg: "{{ out.ping }}"}
"""
    assert run(project, tasks).messages()[-1] == "pong"


def test_only_items_of_loops_keep_the_arguments_they_had(project):
    tasks = """
- ping: {data: hello}
  register: one
- ping: {data: "{{ item }}"}
  loop: [a, b]
  register: two
- debug: {msg: "{{ one.invocation is defined }} {{ two.invocation is defined }} {{ two.results[1].invocation.module_args.data }}"}
"""
    assert run(project, tasks).messages()[-1] == "False False b"


def test_names_of_parent_roles_exist_only_below_another_role(project):
    more = {
        "roles/inner/tasks/main.yml": "- debug: {msg: \"{{ ansible_parent_role_names | default('none') }}\"}",
        "roles/outer/tasks/main.yml": "- include_role: {name: inner}",
    }
    tasks = """
- include_role: {name: inner}
- include_role: {name: outer}
"""
    assert [each for each in run(project, tasks, more=more).messages() if each is not None] == ["none", ["outer"]]


def test_end_role_ends_it_for_the_hosts_that_ask(project):
    more = {"roles/r/tasks/main.yml": "- {meta: end_role, when: inventory_hostname == 'one'}\n- debug: {msg: in role}\n"}
    tasks = """
- include_role: {name: r}
- debug: {msg: after}
"""
    outcome = run(project, tasks, hosts=TWO, more=more)
    assert outcome.messages("one") == ["after"]
    assert outcome.messages("two")[-2:] == ["in role", "after"]


def test_end_role_outside_of_a_role_is_refused(project):
    with pytest.raises(ParseError, match="Cannot execute 'end_role' from outside of a role"):
        run(project, "- meta: end_role")


def test_role_files_stay_inside_the_role(project):
    more = {"roles/r/tasks/main.yml": "- debug:", "other.yml": "- debug: {msg: outside}"}
    with pytest.raises(ParseError, match="not inside the expected role path"):
        run(project, "- import_role: {name: r, tasks_from: ../../../other.yml}", more=more)


def test_ignored_unreachable_hosts_count_as_ok_and_ignored(project):
    hosts = "gone ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1\n"
    outcome = run(project, "- {ping: , ignore_unreachable: true}", hosts=hosts)
    tally = outcome.finished.tallies["gone"]
    assert (tally.ok, tally.ignored, tally.unreachable) == (1, 1, 0)
    assert outcome.code == 0


def test_omit_leaves_a_keyword_to_what_stands_around(project):
    tasks = """
- debug: {msg: shown}
  become: "{{ omit }}"
  delegate_to: "{{ omit }}"
  no_log: "{{ omit }}"
"""
    assert run(project, tasks).messages() == ["shown"]


def test_ansible_check_mode_is_that_of_the_command_line(project):
    tasks = """
- debug: {msg: "{{ ansible_check_mode }}"}
  check_mode: true
"""
    assert run(project, tasks).messages() == [False]
    assert run(project, tasks, "--check").messages() == [True]


def test_failed_when_decides_when_retries_are_used_up(project):
    tasks = """
- command: "true"
  register: out
  until: false
  retries: 2
  delay: 0
  failed_when: out.attempts > 5
- debug: {msg: "{{ out.attempts }}"}
"""
    outcome = run(project, tasks)
    assert outcome.messages()[-1] == "2"
    assert outcome.results()[0][2] == "changed"


def test_a_wrong_until_ends_the_tries_at_once(project):
    outcome = run(project, "- {command: 'true', until: nowhere.x, retries: 5, delay: 30}")
    assert "The conditional check 'nowhere.x' failed" in outcome.messages()[0]


def test_a_mapping_is_no_list_for_with_list(project):
    outcome = run(project, "- {debug: , with_list: {a: 1}}")
    assert outcome.messages() == ["with_list expects a list"]


def test_an_undefined_variable_in_an_argument_is_named(project):
    (message,) = run(project, "- debug: {msg: '{{ nowhere }}'}").messages()
    first, place = message.split("\n\n")
    assert first == "The task includes an option with an undefined variable. The error was: 'nowhere' is undefined"
    assert re.fullmatch(r"The error appears to be in '/.*/p\.yml': line 4, column 20", place)


def test_a_filter_that_breaks_leaves_its_traceback_under_exception(project):
    outcome = run(project, "- {name: broken, debug: {msg: '{{ 1 / 0 }}'}}")
    assert "ZeroDivisionError" in outcome.result("broken")["exception"]


def test_included_roles_keep_their_variables_unless_the_setting_says_otherwise(project, monkeypatch):
    more = {"roles/r/vars/main.yml": "v: 1", "roles/r/tasks/main.yml": "- meta: noop"}
    tasks = """
- include_role: {name: r}
- debug: {msg: "{{ v | default('private') }}"}
"""
    assert run(project, tasks, more=more).messages()[-1] == "private"
    monkeypatch.setenv("ANSIBLE_PRIVATE_ROLE_VARS", "0")
    assert run(project, tasks, more=more).messages()[-1] == "1"


def test_set_stats_wants_a_mapping(project):
    assert run(project, "- set_stats: {data: [1]}").messages() == ["The 'data' option needs to be a dictionary/hash"]


def test_lines_of_a_shell_command_are_kept_and_joined(project):
    tasks = """
- shell: |
    echo a \\
      b
    echo c
  register: out
- debug: {msg: "{{ out.cmd | to_json }}"}
"""
    assert run(project, tasks).messages()[-1] == '"echo a b\\necho c\\n"'


def test_throttle_holds_across_the_hosts_of_free(project):
    tasks = """
- shell: mkdir lock && sleep 0.05 && rmdir lock
  args: {chdir: "{{ playbook_dir }}"}
  throttle: 1
"""
    outcome = run(project, tasks, hosts=TWO, head="  strategy: free\n")
    assert [each[2] for each in outcome.results()] == ["changed", "changed"]


@pytest.mark.parametrize(
    ("play", "words"),
    [
        ("- {hosts: all, user: a, remote_user: b}", "both 'user' and 'remote_user' are set for this play"),
        ("- {hosts: all, tasks: 123}", "A malformed block was encountered while loading tasks: 123 should be a list or None"),
        ("- {hosts: all, roles: 123}", "A malformed role declaration was encountered."),
        ("- {hosts: all, roles: ['a,b']}", "Invalid old style role requirement: a,b"),
        ("[]", "A playbook must contain at least one play"),
    ],
)
def test_malformed_plays(project, play, words):
    made = project({"hosts": ONE, "p.yml": play})
    with pytest.raises(ParseError) as caught:
        made.play("-i", "hosts", "p.yml")
    assert words in caught.value.message


@pytest.mark.parametrize(
    "task",
    ["{debug: , vars: {query: 1}}", "{block: [{debug: }], vars: {query: 1}}", "{set_fact: {query: 1}}", "{include_vars: v.yml}"],
)
def test_variables_with_names_of_the_language_are_told(project, task):
    outcome = run(project, f"- {task}", more={"v.yml": "query: 1"})
    assert outcome.warnings() == ["Found variable using reserved name: query"]


def test_names_of_the_engine_are_no_arguments(project):
    with pytest.raises(ParseError, match="is reserved for internal use only"):
        run(project, "- set_fact: {_ansible_x: 1}")


def test_the_setting_decides_what_a_key_that_stands_twice_means(project, monkeypatch):
    tasks = "- debug: {msg: 1, msg: 2}"
    assert any("found a duplicate dict key (msg)" in each for each in run(project, tasks).warnings())
    monkeypatch.setenv("ANSIBLE_DUPLICATE_YAML_DICT_KEY", "ignore")
    assert run(project, tasks).warnings() == []
    monkeypatch.setenv("ANSIBLE_DUPLICATE_YAML_DICT_KEY", "error")
    with pytest.raises(ParseError, match="found a duplicate dict key"):
        run(project, tasks)


def test_text_of_a_host_is_shown_by_debug_not_evaluated(project):
    tasks = """
- command: echo "1 + 1"
  register: out
- {name: shown, debug: {var: "{{ out.stdout }}"}}
- {name: ours, debug: {var: "{{ name_of }}"}, vars: {name_of: other, other: 5}}
"""
    outcome = run(project, tasks)
    assert outcome.result("shown")["1 + 1"] == "1 + 1"
    assert outcome.result("ours")["other"] == 5


def test_text_marked_unsafe_and_items_of_lookups_are_shown_by_debug_not_evaluated(project):
    tasks = """
- {name: marked, debug: {var: "{{ marked }}"}, vars: {marked: !unsafe undef() | mandatory}}
- {name: item, debug: {var: "{{ item }}"}, with_items: [inventory_hostname]}
- {name: ours, debug: {var: "{{ item }}"}, loop: [inventory_hostname]}
"""
    outcome = run(project, tasks)
    assert outcome.result("marked")["undef() | mandatory"] == "undef() | mandatory"
    assert outcome.result("item")["results"][0]["inventory_hostname"] == "inventory_hostname"
    assert outcome.result("ours")["results"][0]["inventory_hostname"] == "one"


def test_a_secret_that_set_fact_takes_stays_encrypted_until_it_is_used(project):
    tasks = """
- set_fact: {sealed: !vault "$ANSIBLE_VAULT;1.1;AES256\\n3132"}
- {name: known, debug: {msg: "{{ sealed is vault_encrypted }}"}}
"""
    assert run(project, tasks).messages() == [True]


def test_an_include_that_runs_once_is_for_the_first_host_alone(project):
    tasks = """
- {include_tasks: in.yml, run_once: true}
- {debug: {msg: "{{ seen | default('no') }}"}}
- {include_tasks: {file: in.yml, apply: {run_once: true}}, run_once: true}
- {debug: {msg: "{{ seen | default('no') }}"}}
"""
    outcome = run(project, tasks, hosts=TWO, more={"in.yml": "- set_fact: {seen: yes}"})
    assert outcome.messages() == [True, "no", True, True]


def test_an_omitted_argument_of_an_include_is_not_there(project):
    role = {"roles/r/tasks/main.yml": "- debug: {msg: main}"}
    assert run(project, "- include_role: {name: r, tasks_from: '{{ omit }}'}", more=role).messages() == ["main"]


@pytest.mark.parametrize("word", ["tasks_from", "vars_from", "defaults_from", "handlers_from"])
@pytest.mark.parametrize("action", ["include_role", "import_role"])
def test_a_role_is_told_one_file_of_each_kind(project, action, word):
    with pytest.raises(ParseError, match=f"Expected a string for {word} but got") as caught:
        run(project, f"- {action}: {{name: r, {word}: [main.yml]}}")
    assert caught.value.exit_code == 1


def test_the_shell_replaces_variables_itself(project):
    outcome = run(project, "- {name: refused, shell: echo $HOME, args: {expand_argument_vars: true}, ignore_errors: true}")
    assert outcome.result("refused")["msg"] == "Unsupported parameters for (shell) module: expand_argument_vars"


def test_no_rescue_takes_care_of_a_module_that_does_not_exist(project):
    tasks = """
- block:
    - nosuch: {a: b}
  rescue:
    - debug: {msg: never}
  always:
    - debug: {msg: always}
- debug: {msg: after}
"""
    outcome = run(project, tasks)
    assert outcome.code == 2
    assert "always" in outcome.messages()
    assert not {"never", "after"} & set(outcome.messages())


def test_hostvars_knows_nothing_of_plays_and_roles_and_gives_what_needs_them_as_it_is_written(project):
    tasks = """
- debug: {msg: "{{ hostvars['one'].of_play | default('none') }}"}
- debug: {msg: "{{ hostvars['one'].needs }}"}
- set_fact: {later: "{{ hostvars['one'].needs }}"}
- debug: {msg: "{{ later }}"}
- set_fact: {data: "{{ hostvars['one'][item] }}"}
  with_items: [needs]
- debug: {msg: "{{ data }}"}
- debug: {msg: "{{ hostvars['one'].whole }}"}
"""
    hosts = ONE + "[all:vars]\nneeds='<{{ of_play }}>'\nwhole='{{ base }}!'\nbase=1\n"
    outcome = run(project, tasks, hosts=hosts, head="  vars: {of_play: 5}\n")
    assert outcome.messages() == ["none", "<{{ of_play }}>", "<5>", "<{{ of_play }}>", "1!"]
    assert set(outcome.warnings()) == {
        "hostvars gives '<{{ of_play }}>' as it is written, since outside of plays and roles 'of_play' is undefined"
    }


def test_a_fact_made_of_constants_alone_may_be_a_template_of_a_variable_it_is_data(project):
    tasks = """
- set_fact: {constant: "{{ '{{' }} name_of {{ '}}' }}", raw: ["{% raw %}{{ name_of }}{% endraw %}"], made: "{{ open }} name_of }}"}
  vars: {open: !unsafe "{{"}
- debug: {msg: "{{ [constant, raw[0], made] }}"}
  vars: {name_of: me}
  register: shown
- debug: {msg: "{{ constant }}"}
  vars: {name_of: me}
"""
    assert run(project, tasks).messages() == [["me", "me", "{{ name_of }}"], "me"]


def test_what_a_result_repeats_of_a_template_is_data_in_the_registered_one(project):
    tasks = """
- include_vars: v.yml
  register: read
- debug: {msg: "{{ read.ansible_facts.v }}"}
"""
    assert run(project, tasks, more={"v.yml": "v: '{{ nowhere }}'"}).messages() == ["{{ nowhere }}"]


def test_the_label_of_an_item_sees_its_result_and_the_item_fails_where_it_cannot_be_rendered(project):
    tasks = """
- name: labelled
  command: echo {{ item }}
  register: out
  loop: [a, b, c]
  loop_control: {label: "{{ out.stdout }}"}
  when: item != 'b'
  ignore_errors: true
- debug: {msg: "{{ out.results | map(attribute='failed', default=false) | list }} {{ out.results[1].msg }}"}
"""
    outcome = run(project, tasks)
    assert outcome.messages()[-1] == (
        "[False, True, False] Failed to template loop_control.label: 'dict object' has no attribute 'stdout'"
    )


def test_ansible_managed_may_be_a_template_and_the_name_of_a_file_is_none(project, tmp_path, monkeypatch):
    monkeypatch.setenv("ANSIBLE_CONFIG", str(tmp_path / "my.cfg"))
    files = {"my.cfg": "[defaults]\nansible_managed = {{{{ 'by' | upper }}}} {file}\n", "a{{ 1 % 0 }}%n.j2": "{{ ansible_managed }}"}
    run(project, f"- template: {{src: !unsafe 'a{{{{ 1 % 0 }}}}%n.j2', dest: {tmp_path}/out}}", more=files)
    assert (tmp_path / "out").read_text() == "BY a{{ 1 % 0 }}%n.j2"


@pytest.mark.parametrize(("words", "told"), [((), 0), (("-vvvv",), 1)])
def test_how_a_user_is_become_is_told_at_vvvv_and_not_how_it_is_not(project, monkeypatch, words, told):
    tasks = "- {raw: 'true', become: true, become_user: '{{ me }}', become_exe: /nowhere/sudo, ignore_errors: true}"
    me = ("-e", f"me={getpass.getuser()}")
    unasked = run(project, tasks, *words, *me)
    assert not [each for each in unasked.events if isinstance(each, Noted) and "BECOME" in each.text]
    monkeypatch.setenv("ANSIBLE_BECOME_ALLOW_SAME_USER", "true")
    asked = run(project, tasks, *words, *me)
    lines = [each.text for each in asked.events if isinstance(each, Noted) and "BECOME" in each.text]
    assert lines == [f"<one> BECOME /nowhere/sudo -H -S -n -u {getpass.getuser()} /bin/sh -c ..."] * told


def test_roles_of_a_collection_know_its_name(project):
    tree = "collections/ansible_collections/n/c/roles"
    more = {
        f"{tree}/r/tasks/main.yml": '- debug: {msg: "{{ ansible_collection_name }} {{ ansible_role_name }} {{ role_name }}"}\n',
        "roles/own/tasks/main.yml": '- debug: {msg: "{{ ansible_collection_name is defined }} {{ ansible_collection_name }}"}\n',
    }
    tasks = """
- include_role: {name: n.c.r}
- include_role: {name: own}
- debug: {msg: "{{ ansible_collection_name is defined }}"}
"""
    assert run(project, tasks, more=more).messages() == ["n.c n.c.r r", "True ", False]


def test_clear_host_errors_lets_a_host_that_left_the_play_into_the_next_one(project):
    tasks = """
- fail:
  when: inventory_hostname == 'two'
- meta: clear_host_errors
- debug: {msg: here}
"""
    second = "- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: there}}]\n"
    outcome = run(project, tasks, hosts=TWO)
    assert outcome.messages("two") == ["Failed as requested from task"]
    body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
    both = f"- hosts: all\n  gather_facts: false\n  tasks:\n{body}{second}"
    outcome = project({"hosts": TWO, "p.yml": both}).play("-i", "hosts", "p.yml")
    assert outcome.messages("two")[1:] == ["there"]
    assert outcome.messages("one")[-2:] == ["here", "there"]


def test_hosts_of_the_play_are_told_in_the_order_of_the_inventory_whatever_order_they_run_in(project):
    tasks = """
- debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_hosts_all }} {{ ansible_play_batch }}"}
"""
    outcome = run(project, tasks, hosts=TWO, head="  order: reverse_inventory\n")
    assert outcome.messages("one") == ["['one', 'two'] ['one', 'two'] ['two', 'one']"]


def test_run_once_under_the_free_strategy_warns_and_runs_everywhere(project):
    outcome = run(project, "- debug: {msg: x}\n  run_once: true\n", hosts=TWO, head="  strategy: free\n")
    assert outcome.messages() == ["x", "x"]
    assert [each for each in outcome.warnings() if "run_once with the free strategy" in each]


def test_a_loop_tells_that_it_was_not_skipped_also_when_an_item_failed(project):
    tasks = """
- command: "{{ item }}"
  loop: ["true", "false"]
  register: out
  ignore_errors: true
- debug: {msg: "{{ out.skipped }} {{ out.msg }}"}
"""
    assert run(project, tasks).messages()[-1] == "False One or more items failed"


def test_an_environment_without_names_is_told_and_left_out(project):
    tasks = """
- command: printenv A
  environment:
    - {A: "1"}
    - nonsense
  register: out
- debug: {msg: "{{ out.stdout }}"}
"""
    outcome = run(project, tasks)
    assert str(outcome.messages()[-1]) == "1"
    assert outcome.warnings() == ["could not parse environment value, skipping: 'nonsense'"]
    assert run(project, tasks, "--strict").code == 2


def test_a_file_of_vars_files_may_be_a_list_of_mappings(project):
    files = {"v.yml": "- {a: 1, b: 1}\n- {b: 2}\n"}
    outcome = run(project, "- debug: {msg: '{{ a }}{{ b }}'}\n", more=files, head="  vars_files: [v.yml]\n")
    assert str(outcome.messages()[-1]) == "12"


def test_a_name_in_vars_files_may_be_looked_up_by_what_only_a_host_has(project):
    head = "  vars: {names: ['{{ own }}.yml', other.yml]}\n  vars_files: [\"{{ lookup('first_found', names) }}\"]\n"
    files = {"mine.yml": "a: found\n"}
    outcome = run(project, "- debug: {msg: '{{ a }}'}\n", hosts="one ansible_connection=local own=mine\n", more=files, head=head)
    assert outcome.messages() == ["found"]


def test_files_are_found_at_absolute_paths_however_the_playbook_is_named(project):
    tasks = """
- debug: {msg: "{{ lookup('first_found', ['nope', 'there.txt']) == playbook_dir ~ '/files/there.txt' }}"}
- debug: {msg: "{{ ansible_search_path == [playbook_dir] }}"}
"""
    assert run(project, tasks, more={"files/there.txt": "x"}).messages() == [True, True]


def test_a_host_that_ended_or_failed_is_none_of_the_hosts_of_the_play_any_more_but_one_of_all(project):
    told = "{{ ansible_play_hosts }} {{ ansible_play_batch }} {{ ansible_play_hosts_all }}"
    tasks = f"""
- meta: end_host
  when: inventory_hostname == 'one'
- fail:
  when: inventory_hostname == 'two'
- debug: {{msg: "{told}"}}
"""
    body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
    second = f"- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {{msg: \"{told}\"}}\n"
    three = TWO + "three ansible_connection=local\n"
    made = project({"hosts": three, "p.yml": f"- hosts: all\n  gather_facts: false\n  tasks:\n{body}{second}"})
    every = "['one', 'two', 'three']"
    assert [each for each in made.play("-i", "hosts", "p.yml").messages("three") if "[" in each] == [
        f"['three'] ['three'] {every}",
        f"['one', 'three'] ['one', 'three'] {every}",
    ]


def test_what_a_template_says_of_its_own_file(project, monkeypatch):
    monkeypatch.setenv("ANSIBLE_CONFIG", "ansible.cfg")
    files = {
        "ansible.cfg": "[defaults]\nansible_managed = kept by {uid}: {file}\n",
        "templates/sub/t.j2": "{{ template_path }} {{ ansible_managed.startswith('kept by ') }} {{ ansible_managed.split(': ')[1] }}",
    }
    tasks = """
- template: {src: sub/t.j2, dest: "{{ playbook_dir }}/made"}
- debug: {msg: "{{ lookup('file', playbook_dir ~ '/made') }}"}
- debug: {msg: "{{ lookup('template', 'sub/t.j2') }}"}
"""
    assert run(project, tasks, more=files).messages()[-2:] == ["sub/t.j2 True sub/t.j2"] * 2


def test_debug_without_a_message_and_the_address_of_the_implicit_localhost(project):
    tasks = """
- debug: {msg: "{{ omit }}"}
- debug: {msg: "{{ nothing }}"}
  vars: {nothing: ~}
- debug: {msg: "{{ ansible_host }}"}
"""
    body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
    text = f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{body}"
    outcome = project({"hosts": ONE, "p.yml": text}).play("-i", "hosts", "p.yml")
    assert outcome.messages() == ["Hello world!", None, "127.0.0.1"]
