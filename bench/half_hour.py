"""The scenarios and runners that say most, in the order in which half an hour on two idle cores is best spent on them."""

ALL = ("muster", "pyinfra", "mitogen", "ansible")
FAST = ("muster", "pyinfra", "mitogen")
PLAYBOOKS = ("muster", "mitogen", "ansible")
OWN = ("muster",)

# (scenario, runners). What takes ansible-core many minutes on two cores stands at the end: it is done if time is left.
TURNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("version", ALL),
    ("debug", ALL),
    ("files-1", ALL),
    ("files-10", ALL),
    ("files-1-25ms", ALL),
    ("files-10-25ms", FAST),
    ("chain-1-25ms", PLAYBOOKS),
    ("chain-10-25ms", ("muster", "mitogen")),
    ("files-50", FAST),
    ("facts", PLAYBOOKS),
    ("hang", ("muster", "mitogen")),
    ("loop", ("muster", "mitogen")),
    ("loop-25ms", ("muster", "mitogen")),
    ("templates", FAST),
    ("roles", FAST),
    ("copy", ALL),
    ("edited", ALL),
    ("copies", ("muster", "mitogen")),
    ("files-10-100ms", FAST),
    ("chain-1-100ms", ("muster", "mitogen")),
    ("chain-10-100ms", ("muster", "mitogen")),
    ("files-1-100ms", FAST),
    ("local", OWN),
    ("templates", ("ansible",)),
    ("files-50", ("ansible",)),
)
