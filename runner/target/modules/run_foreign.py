"""Runs a module that is not one of ours, from memory, in a fresh process, and gives its answer (muster uses it itself)."""

from runner.target import foreign_answer, foreign_process

ARGUMENTS = {
    "type": "object",
    "properties": {
        "kind": {
            "type": "string",
            "enum": ["python", "json_file", "words_file", "binary"],
            "description": "How it takes its arguments: through AnsibleModule, or from a file of JSON or of key=value words.",
        },
        "name": {"type": "string", "description": "Its full Python name, or the name of the script."},
        "main": {"type": "string", "description": "The kept code of a script or program."},
        "interpreter": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "The words in front of a script; none: the Python of this host.",
        },
        "files": {
            "type": "array",
            "items": {"type": "array"},
            "default": [],
            "description": "For Python: full name, whether it is a package, name of the kept code.",
        },
        "args": {"type": "object", "default": {}, "description": "The arguments of the module, as written."},
        "internal": {"type": "object", "default": {}, "description": "What Ansible tells a module beside them (_ansible_*)."},
    },
    "required": ["kind", "name"],
}
RETURNS = {"module_stdout": "what it wrote, when that was no result", "module_stderr": "its errors then", "rc": "its exit status then"}
EXAMPLES = """
- name: Any module of a collection is run through this one
  community.general.ini_file:
    path: /etc/app.ini
    section: main
    option: size
    value: "3"
"""


def run(args, system):
    """Start the module, wait for its end, return the result it printed."""
    ran = foreign_process.run(args, system)
    return foreign_answer.result_of(ran.rc, ran.out, ran.err)
