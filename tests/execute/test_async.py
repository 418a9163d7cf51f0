"""Tasks with `async`: waited for at intervals, left alone and asked later, ended when their time is up, in loops and check mode."""

import re

import pytest

from runner.model.event import Noted

ONE = "one ansible_connection=local\n"
LATER = """
        - async_status: {jid: "{{ job.ansible_job_id }}"}
          register: end
          until: end is finished
          retries: 600
          delay: 0.05
"""


@pytest.fixture
def run(project, tmp_path):
    def start(tasks, *words):
        text = f"""
    - hosts: all
      gather_facts: false
      environment: {{ANSIBLE_ASYNC_DIR: {tmp_path}/jobs}}
      tasks:
{tasks.strip(chr(10))}
"""
        return project({"hosts": ONE, "p.yml": text}).play("-i", "hosts", "p.yml", *words)

    return start


def told(outcome):
    texts = [each.text for each in outcome.events if isinstance(each, Noted) and each.text.startswith("ASYNC")]
    return [re.sub(r"jid=\S+", "jid=J", text) for text in texts]


def test_a_job_that_is_waited_for_gives_the_result_of_its_module(run, tmp_path):
    outcome = run(
        """
        - shell: echo out; echo err >&2
          async: 30
          poll: 1
          register: job
        - debug: {msg: "{{ job.stdout }} {{ job.stderr }} {{ job.rc }} {{ job.finished }} {{ job is changed }}"}
        """
    )
    assert outcome.messages()[-1] == "out err 0 1 True"
    assert told(outcome)[-1] == "ASYNC OK on one: jid=J"
    assert list((tmp_path / "jobs").iterdir()) == [], "the status file is removed"


def test_a_job_that_is_left_alone_is_asked_later_and_cleaned_up(run, tmp_path):
    outcome = run(
        f"""
        - shell: echo done
          async: 30
          poll: 0
          register: job
        - debug: {{msg: "{{{{ job.started }}}} {{{{ job.finished }}}} {{{{ job is changed }}}} {{{{ 'stdout' in job }}}}"}}
{LATER}
        - debug: {{msg: "{{{{ end.stdout }}}} {{{{ end.finished }}}}"}}
        - async_status: {{jid: "{{{{ job.ansible_job_id }}}}", mode: cleanup}}
        """
    )
    assert [str(each) for each in outcome.messages() if " " in str(each)] == ["1 0 True False", "done 1"]
    assert told(outcome) == []
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_job_whose_time_is_up_is_ended(run, tmp_path):
    outcome = run(
        f"""
        - shell: sleep 30; touch {tmp_path}/late
          async: 1
          poll: 1
          ignore_errors: true
          register: job
        - debug: {{msg: "{{{{ job.msg }}}}"}}
        """
    )
    assert outcome.messages()[-1] == "async task did not complete within the requested time - 1s"
    assert told(outcome)[-1] == "ASYNC FAILED on one: jid=J"


def test_every_item_of_a_loop_is_a_job_of_its_own(run):
    outcome = run(
        """
        - shell: echo {{ item }}; exit {{ item }}
          loop: [0, 3]
          async: 30
          poll: 0
          register: jobs
        - async_status: {jid: "{{ item.ansible_job_id }}"}
          loop: "{{ jobs.results }}"
          register: ends
          until: ends is finished
          retries: 600
          delay: 0.05
          ignore_errors: true
        - debug: {msg: "{{ ends.results | map(attribute='rc') | list }} {{ ends is failed }}"}
        """
    )
    assert outcome.messages()[-1] == "[0, 3] True"


def test_the_result_is_judged_when_the_job_has_ended(run):
    outcome = run(
        """
        - shell: echo hello; exit 1
          async: 30
          poll: 1
          failed_when: "'hello' not in job.stdout"
          changed_when: false
          register: job
        - debug: {msg: "{{ job is failed }} {{ job is changed }}"}
        """
    )
    assert outcome.messages()[-1] == "False False"
    assert outcome.code == 0


def test_a_job_nobody_knows_and_an_action_that_cannot_be_one(run):
    outcome = run(
        """
        - {name: unknown, async_status: {jid: "1.2"}, ignore_errors: true}
        - {name: action, debug: {msg: x}, async: 5, ignore_errors: true}
        """
    )
    assert outcome.result("unknown")["msg"] == "could not find job"
    assert outcome.result("unknown")["finished"] == 1
    assert outcome.result("action")["msg"] == "This action (debug) does not support async."


def test_a_dry_run_starts_nothing(run, tmp_path):
    outcome = run(
        f"""
        - {{name: job, shell: touch {tmp_path}/made, async: 30, poll: 1}}
        """,
        "--check",
    )
    assert outcome.results()[-1][2] == "skipped"
    assert not (tmp_path / "made").exists()
