"""Modules of others, run on this machine through the real agent."""

from collections.abc import Callable

from tests.foreign.conftest import Write

SHOW = """
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.words import hello

def main():
    module = AnsibleModule(argument_spec={})
    if module.params.get("fail"):
        module.fail_json(msg="as told")
    if module.params.get("boom"):
        raise ValueError("boom")
    module.exit_json(changed=True, said=hello(module.params["who"]), **{"internal_" + k: v for k, v in module.internal.items()})

if __name__ == "__main__":
    main()
"""
FILES = {"library/greet.py": SHOW, "module_utils/words.py": "def hello(who):\n    return 'hello ' + who\n"}
Play = Callable[..., str]


def test_python_module_gets_arguments_and_gives_its_result(write: Write, play: Play) -> None:
    write(FILES)
    said = play(
        """
- greet: {who: world}
  register: it
- assert:
    that:
      - it is changed
      - it.said == "hello world"
      - it.internal_version == "2.18.99"
      - it.internal_module_name == "greet"
      - not it.internal_check_mode
- stat: {path: "{{ it.internal_tmpdir }}"}
  register: folder
- assert: {that: not folder.stat.exists}
- greet: {who: x}
  check_mode: true
  register: it
- assert: {that: it.internal_check_mode}
"""
    )
    assert "failed=0" in said, said
    assert "ok=6" in said, said


def test_failures(write: Write, play: Play) -> None:
    write({**FILES, "library/silent.py": "from ansible.module_utils.basic import AnsibleModule\nprint('hi')\n"})
    said = play(
        """
- greet: {fail: true}
  ignore_errors: true
  register: told
- greet: {boom: true}
  ignore_errors: true
  register: broken
- silent:
  ignore_errors: true
  register: silent
- assert:
    that:
      - told.msg == "as told"
      - broken.msg.startswith("MODULE FAILURE")
      - broken.rc == 1
      - "'ValueError: boom' in broken.module_stderr"
      - silent.msg == "New-style module did not handle its own exit"
"""
    )
    assert "failed=0" in said, said
    assert "ignored=3" in said, said


def test_scripts(write: Write, play: Play) -> None:
    words = '#!/bin/sh\n. "$1"\nprintf \'{"changed": false, "said": "%s", "mode": "%s"}\' "$who" "$_ansible_check_mode"\n'
    json_file = "#!/usr/bin/python\n# WANT_JSON\nimport json, sys\nprint(json.dumps({'got': json.load(open(sys.argv[1]))}))\n"
    write({"library/words": words, "library/want.py": json_file})
    said = play(
        """
- words: who="a b"
  register: one
- want: {deep: {list: [1, two]}}
  register: two
- assert:
    that:
      - one.said == "a b"
      - one.invocation is not defined
      - one.mode == "False"
      - two.got.deep.list == [1, "two"]
"""
    )
    assert "failed=0" in said, said


def test_deadline_stops_it(write: Write, play: Play) -> None:
    write({"library/slow": "#!/bin/sh\nsleep 30\necho '{}'\n"})
    said = play("- slow:\n  timeout: 1\n")
    assert "failed to execute in the expected time frame (1)" in said, said


def test_in_the_background(write: Write, play: Play) -> None:
    write(FILES)
    said = play("- greet: {who: later}\n  async: 20\n  poll: 1\n  register: it\n- assert: {that: it.said == 'hello later'}\n")
    assert "failed=0" in said, said


def test_unknown_module_says_what_to_install(play: Play) -> None:
    said = play("- our.tools.thing:\n")
    assert "no collection our.tools" in said, said
    assert "ansible-galaxy collection install our.tools" in said, said


def test_secret_arguments_are_no_words_of_a_process(write: Write, play: Play) -> None:
    look = "#!/bin/sh\n"
    look += "found=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c s3cr3t[-]w0rd)\necho '{\"found\": \"'$found'\"}'\n"
    write({"library/look": look})
    said = play("- look: {password: '{{ \"s3cr3t\" ~ \"-w0rd\" }}'}\n  register: it\n- assert: {that: it.found == '0'}\n")
    assert "failed=0" in said, said


def test_collections_of_a_role(write: Write, play: Play) -> None:
    base = "collections/ansible_collections/our/tools"
    greet = "from ansible.module_utils.basic import AnsibleModule\nAnsibleModule({}).exit_json(said='from our.tools')\n"
    use = "- greet:\n  register: it\n- assert: {that: it.said == 'from our.tools'}\n"
    write(
        {
            f"{base}/plugins/modules/greet.py": greet,
            f"{base}/roles/inside/tasks/main.yml": use,
            "roles/outside/tasks/main.yml": use,
            "roles/outside/meta/main.yml": "collections: [our.tools]\n",
        }
    )
    said = play("- include_role: {name: our.tools.inside}\n- include_role: {name: outside}\n")
    assert "ok=6" in said, said
    assert "failed=0" in said, said
