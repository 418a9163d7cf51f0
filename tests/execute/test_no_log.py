"""What a task with `no_log` shows, registers and lets others see."""

from runner.execute.result import CENSORED
from runner.model.event import HostFinished, ItemFinished, Retrying

ONE = "one ansible_connection=local\n"


def run(project, tasks, *words):
    body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
    return project({"hosts": ONE, "p.yml": f"- hosts: all\n  gather_facts: false\n  tasks:\n{body}"}).play("-i", "hosts", "p.yml", *words)


def shown(outcome, kind=(HostFinished, ItemFinished, Retrying)):
    return [each.result for each in outcome.events if isinstance(each, kind)]


def test_nothing_is_shown_but_whether_it_changed_and_the_next_task_has_it_all(project):
    outcome = run(
        project,
        """
- command: echo hush
  no_log: true
  register: out
- assert: {that: "out.stdout == 'hush' and out.invocation is not defined"}
- {command: "false", no_log: true, ignore_errors: true, register: bad}
- assert: {that: bad.rc == 1}
""",
    )
    assert outcome.code == 0
    assert shown(outcome)[0] == {"censored": CENSORED, "changed": True, "failed": False}
    assert shown(outcome)[2] == {"censored": CENSORED, "changed": True, "failed": True}
    assert "hush" not in str(outcome.events)


def test_an_item_decides_for_itself(project):
    outcome = run(
        project,
        """
- command: echo {{ item.text }}
  loop: [{text: hush, secret: true}, {text: plain}]
  loop_control: {label: "{{ item.text }}"}
  no_log: "{{ item.secret | default(false) }}"
""",
    )
    items = [each for each in outcome.events if isinstance(each, ItemFinished)]
    assert [(each.label, each.result.get("stdout")) for each in items] == [("None", None), ("plain", "plain")]
    assert shown(outcome, HostFinished)[0]["censored"] == CENSORED
    assert "hush" not in str(outcome.events)


def test_a_loop_that_cannot_be_rendered_tells_nothing_where_its_items_decide(project):
    outcome = run(project, "- command: echo {{ item }}\n  loop: '{{ [nosuch] }}'\n  no_log: '{{ item == 1 }}'\n")
    assert shown(outcome)[0] == {"censored": CENSORED, "changed": False, "failed": True}


def test_tries_and_blocks_and_what_a_rescue_sees(project):
    outcome = run(
        project,
        """
- block:
    - shell: echo hush; exit 1
      register: out
      until: out.rc == 0
      retries: 1
      delay: 0
  no_log: true
  rescue:
    - assert: {that: "ansible_failed_result.stdout == 'hush'", quiet: true}
""",
    )
    assert outcome.code == 0
    assert [sorted(each) for each in shown(outcome, Retrying)] == [["attempts", "censored", "changed", "failed"]]
    assert "hush" not in str([each for each in shown(outcome) if "censored" in each])


def test_a_secret_parameter_is_stars_in_every_later_result(project):
    outcome = run(
        project,
        """
- htpasswd: {path: /nosuch/file, name: joe, password: hushhush, create: false}
  ignore_errors: true
- debug: {msg: it is hushhush}
""",
    )
    assert shown(outcome)[1]["msg"] == "it is ********"


def test_the_setting_hides_what_a_task_does_not_decide(project, monkeypatch):
    monkeypatch.setenv("ANSIBLE_NO_LOG", "1")
    outcome = run(
        project,
        """
- debug: {msg: hush}
- command: echo {{ item }}
  loop: [hush]
- {debug: {msg: said}, no_log: false}
""",
    )
    assert [each.get("msg", each.get("censored")) for each in shown(outcome)] == [CENSORED, CENSORED, CENSORED, "said"]
