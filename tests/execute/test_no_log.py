"""Whatever goes wrong in a task with no_log: its values are in no event, and so in no display, report or callback."""

import json

import pytest

from runner.report.json_lines import plain

SECRET = "S3cretCanary"
HIDDEN = "{{ hidden }}"
# What each task is; the last ends the host.
ATTACKS = {
    "the module fails": {"fail": {"msg": HIDDEN}},
    "a command fails": {"shell": f"echo {HIDDEN}; echo {HIDDEN} >&2; exit 3"},
    "an item of a loop fails": {"shell": "echo {{ item }}; exit 3", "loop": [HIDDEN]},
    "the label of a loop": {"shell": "echo {{ item }}", "loop": [HIDDEN], "loop_control": {"label": "{{ item }}"}},
    "tries are used up": {"shell": f"echo {HIDDEN}", "register": "r", "until": "r.rc == 1", "retries": 1, "delay": 0},
    "failed_when breaks": {"shell": f"echo {HIDDEN}", "failed_when": "hidden.nowhere"},
    "changed_when breaks": {"shell": f"echo {HIDDEN}", "changed_when": "lookup('file', hidden)"},
    "when breaks": {"command": "true", "when": "lookup('file', hidden)"},
    "an argument does not exist": {"copy": {"content": "x", "dest": "/nowhere/x", "moed": HIDDEN}},
    "an argument has the wrong kind": {"file": {"path": "/nowhere/x", "recurse": HIDDEN}},
    "a filter breaks": {"debug": {"msg": "{{ (hidden ~ 1) | from_json }}"}},
    "an assertion fails": {"assert": {"that": "hidden == 'b'", "fail_msg": f"is {HIDDEN}"}},
    "variables cannot be read": {"include_vars": {"file": HIDDEN}},
    "a file is missing": {"copy": {"src": HIDDEN, "dest": "/nowhere/x"}},
    "a difference is shown": {"copy": {"content": HIDDEN, "dest": "{{ playbook_dir }}/new"}, "diff": True},
    "a loop is no list": {"debug": {"msg": "a"}, "loop": HIDDEN},
    "an environment is none": {"command": "true", "environment": HIDDEN},
    "a timeout is no number": {"command": "true", "timeout": HIDDEN},
    "a job in the background fails": {"shell": f"echo {HIDDEN}; exit 3", "async": 20, "poll": 1},
    "tasks are included in a loop": {"include_tasks": {"file": "part.yml"}, "loop": [HIDDEN]},
    "tasks to include are missing": {"include_tasks": {"file": f"{HIDDEN}.yml"}},
}


@pytest.mark.parametrize("keyword", [True, "{{ hide }}"])
def test_nothing_of_a_task_with_no_log_is_told(project, keyword):
    tasks = [{"name": name, "no_log": keyword, "ignore_errors": True, **task} for name, task in ATTACKS.items()]
    play = {"hosts": "h1", "gather_facts": False, "vars": {"hidden": "{{ 'S3cret' ~ 'Canary' }}", "hide": True}, "tasks": tasks}
    made = project({"hosts": "h1 ansible_connection=local\n", "part.yml": "- meta: noop\n", "site.yml": json.dumps([play])})
    outcome = made.play("-i", "hosts", "site.yml")
    assert {name for _, name, _ in outcome.results()} == set(ATTACKS)
    assert outcome.results()[-1][1:] == ("tasks to include are missing", "failed")
    told = [json.dumps(plain(event), default=str) for event in outcome.events]
    assert [text for text in told if SECRET in text] == []
