"""How fast YAML is read with positions, as a ratio to PyYAML's C loader, which keeps none."""

import time
from collections.abc import Callable

import yaml

from runner.parse.yaml_text import load_yaml

ENTRY = "- name: install {}\n  apt:\n    name: '{{{{ item }}}}'\n    state: present\n    mode: 0644\n  when: x is defined\n"


def ratio() -> float:
    """Return the CPU time of our reader divided by that of PyYAML with libyaml, best of five each."""
    text = "".join(ENTRY.format(number) for number in range(1000))
    return _best(lambda: load_yaml(text, "f")) / _best(lambda: yaml.load(text, yaml.CSafeLoader))


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)
