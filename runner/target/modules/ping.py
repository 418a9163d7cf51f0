"""Proves that the host can be reached and has a usable Python; returns what it was given."""

ARGUMENTS = {
    "type": "object",
    "properties": {
        "data": {
            "type": "string",
            "default": "pong",
            "description": "What to return as `ping`; `crash` makes the module fail with a bug, to see how that looks.",
        },
    },
}
RETURNS = {"ping": "the value of `data`"}
EXAMPLES = """
- name: Is the host there
  ping:

- name: Say something else
  ping:
    data: hello
"""


def run(args, system):
    """Return the data; `crash` raises on purpose."""
    if args["data"] == "crash":
        raise Exception("boom")
    return {"ping": args["data"]}
