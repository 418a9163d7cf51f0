"""Drill files: what is read, and what is said about mistakes."""

from pathlib import Path
from typing import Any

import pytest

from runner.drill.description import read
from runner.errors import InventoryError, ParseError, RunnerError

GOOD = """\
name: trial
hosts: pair
load:
  - name: web
    from: client
    http: {url: "http://{{ vip }}/"}
    rate: 50
observe: {address: "{{ vip }}", units: [keepalived]}
expect: {max_outage: 4, max_split_brain: 0}
repeat: 3
cases:
  - name: stopped
    faults:
      - {hosts: one, for: 5, service: {name: keepalived, action: stop}}
  - name: cut
    faults:
      - {hosts: one, at: 1, for: 5, cut: {from: two}}
    expect: {max_outage: 9}
"""
OBSERVE = 'observe: {address: "{{ vip }}", units: [keepalived]}'
PAGE = 'http: {url: "http://{{ vip }}/"}'
LOAD = f"{PAGE}\n    rate: 50\n{OBSERVE}\nexpect: {{max_outage: 4, max_split_brain: 0}}"
TCP = "dns: {name: a, over: tcp}\nexpect: {max_duplicated: 0}"


def render(pattern: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: render(pattern, each) for key, each in value.items()}
    if isinstance(value, list):
        return [render(pattern, each) for each in value]
    return value.replace("{{ vip }}", "10.0.0.9") if isinstance(value, str) else value


def read_text(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "drill.yml"
    path.write_text(text)
    return read(path, render)


def test_a_drill_is_read(tmp_path: Path) -> None:
    drill = read_text(tmp_path, GOOD)
    assert (drill.address, drill.units, drill.repeat, drill.period) == ("10.0.0.9", ("keepalived",), 3, 0.05)
    assert drill.probes[0].settings == {"url": "http://10.0.0.9/", "status": 200, "text": "", "check_certificate": True}
    assert (drill.probes[0].rate, drill.probes[0].timeout) == (50, 1)
    stopped, cut = drill.cases
    assert stopped.expect == {"max_outage": 4, "max_split_brain": 0, "holders_at_end": 1}
    assert cut.expect == {"max_outage": 9, "max_split_brain": 0, "holders_at_end": 1}
    assert (cut.length, cut.faults[0].title) == (6, "cut from two (both) on one")


def test_steps_are_kept_as_they_stand_and_playbooks_are_found(tmp_path: Path) -> None:
    (tmp_path / "up.yml").write_text("[]\n")
    text = GOOD.replace("service: {name: keepalived, action: stop}", "playbook: up.yml")
    tasks = "tasks: [{name: It breaks, command: '{{ vip }}'}], undo_tasks: [{command: 'true'}]"
    drill = read_text(tmp_path, text.replace("cut: {from: two}", tasks))
    played, steps = (case.faults[0] for case in drill.cases)
    assert (played.kind, played.settings, played.title) == ("playbook", {"playbook": str(tmp_path / "up.yml")}, "playbook up.yml on one")
    # not filled in before they run
    assert steps.settings["tasks"][0]["command"] == "{{ vip }}"
    assert [task["command"] for task in steps.settings["undo_tasks"]] == ["true"]
    assert steps.title == "tasks (It breaks) on one"
    (tmp_path / "up.yml").unlink()
    with pytest.raises(ParseError, match=r"there is no file up\.yml"):
        read_text(tmp_path, text)
    with pytest.raises(ParseError, match="`undo_tasks` means nothing beside `cut`") as wrong:
        read_text(tmp_path, GOOD.replace("cut: {from: two}", "cut: {from: two}, undo_tasks: [{ping: }]"))
    assert wrong.value.position is not None
    assert wrong.value.position.line == GOOD.splitlines().index("      - {hosts: one, at: 1, for: 5, cut: {from: two}}") + 1


@pytest.mark.parametrize("action", ["pause", "power_off", "kill", "panic"])
def test_a_machine_is_named_by_what_is_done_to_it(tmp_path: Path, action: str) -> None:
    drill = read_text(tmp_path, GOOD.replace("cut: {from: two}", f"machine: {{action: {action}}}"))
    assert drill.cases[1].faults[0].title == f"machine {action.replace('_', ' ')} on one"


def test_probes_and_observers_have_what_was_not_said(tmp_path: Path) -> None:
    more = GOOD.replace(PAGE, "icmp: {host: a}").replace("units: [keepalived]", "keepalived: {hosts: one}, etcd: {ca: /ca, port: 1}")
    drill = read_text(tmp_path, more.replace("    rate: 50", "  - {name: name, from: client, dns: {name: b.c, answer: 10.0.0.1}}"))
    assert [(probe.kind, probe.settings) for probe in drill.probes] == [
        ("icmp", {"host": "a", "size": 56}),
        ("dns", {"name": "b.c", "answer": "10.0.0.1", "type": "A", "port": 53, "over": "udp"}),
    ]
    assert drill.observers == {"keepalived": {"hosts": "one", "unit": "keepalived"}, "etcd": {"ca": "/ca", "port": 1}}


@pytest.mark.parametrize(
    ("old", "new", "message", "line", "nearest"),
    [
        ("    rate: 50", "    rat: 50", "there is no key `rat` of load.0", 7, ("rate",)),
        ("    rate: 50", "    rate: 999", "`load.0.rate` cannot be this", 7, ()),
        ("action: stop", "action: stopp", "`cases.0.faults.0.service.action` cannot be this", 14, ("stop",)),
        ("service: {name: keepalived, action: stop}", "link: {interface: eth0}, cut: {from: two}", "a fault is exactly one of", 14, ()),
        (", cut: {from: two}", "", "a fault is exactly one of", 17, ()),
        ("  - name: cut", "  - name: stopped", "the name `stopped` is given twice in cases", 15, ()),
        (" for: 5, service", " service", "the key `for` of cases.0.faults.0 is missing", 14, ()),
        ("cut: {from: two}", "traffic: {interface: eth0}", "nothing is done to the traffic", 17, ()),
        ("cut: {from: two}", "traffic: {interface: eth0, to: two}", "nothing is done to the traffic", 17, ()),
        ("cut: {from: two}", "traffic: {interface: eth0, loss: 1, jitter: 1}", "`jitter` means nothing without `delay`", 17, ()),
        ("cut: {from: two}", "disk: {path: srv}", "`cases.1.faults.0.disk.path` cannot be this", 17, ()),
        ("cut: {from: two}", "disk: {path: /srv, most: 2GB}", "`cases.1.faults.0.disk.most` cannot be this", 17, ()),
        ("cut: {from: two}", "certificate: {path: /a, with: none.pem}", "there is no file none.pem", 17, ()),
        ("cut: {from: two}", "check: {says: ill}", "a check is exactly one of script, server, port", 17, ()),
        ("cut: {from: two}", "check: {says: ill, port: 1, script: /a}", "a check is exactly one of script, server, port", 17, ()),
        ("cut: {from: two}", "check: {says: ill, script: /a, text: b}", "`text` means nothing without `port`", 17, ()),
        ("http://{{ vip }}/", "{{ vip }}", "this is no address of a page", 6, ()),
        (OBSERVE, "observe: {}", "`max_split_brain` cannot be known", 9, ()),
        (OBSERVE, "observe: {etcd: {certificate: /a, key: /b}}", "`certificate` means nothing without `ca`", 8, ()),
        (OBSERVE, "observe: {keepalived: {uni: a}}", "there is no key `uni` of observe.keepalived", 8, ("unit",)),
        (OBSERVE, "observe: {etcd: {port: 0}}", "`observe.etcd.port` cannot be this", 8, ()),
        ("max_split_brain: 0", "max_detect: 1", "without `observe.keepalived` or `observe.haproxy` or `observe.etcd`", 9, ()),
        ("max_split_brain: 0", "masters_at_end: 1", "`masters_at_end` cannot be known without `observe.keepalived`", 9, ()),
        ("max_split_brain: 0", "max_no_leader: 1", "`max_no_leader` cannot be known without `observe.etcd`", 9, ()),
        (LOAD, TCP, "without `load.icmp` or `load.dns`", 7, ()),
        ("max_split_brain: 0", "max_duplicated: 0", "`max_duplicated` cannot be known without `load.icmp` or `load.dns`", 9, ()),
        (PAGE, "icmp: {host: a, size: 4}", "`load.0.icmp.size` cannot be this", 6, ()),
        (PAGE, "dns: {name: a..b}", "this is no name", 6, ()),
        (PAGE, "dns: {name: a, over: tpc}", "`load.0.dns.over` cannot be this", 6, ("tcp",)),
        (PAGE, "dns: {name: a, type: AAAAA}", "`load.0.dns.type` cannot be this", 6, ("AAAA",)),
        ("\ncases:", "\ncasses:", "there is no key `casses`", 11, ("cases",)),
        ("cut: {from: two}", "cutt: {from: two}", "there is no key `cutt` of cases.1.faults.0", 17, ("cut",)),
        ("max_outage: 4", "max_outtage: 4", "there is no key `max_outtage` of expect", 9, ("max_outage",)),
        ("at: 1", "at: -1", "`cases.1.faults.0.at` cannot be this", 17, ()),
        ("at: 1", "at: .nan", "`cases.1.faults.0.at` cannot be this", 17, ()),
        ("at: 1", "at: .inf", "`cases.1.faults.0.at` cannot be this", 17, ()),
        ("at: 1", "at: 1s", "`cases.1.faults.0.at` cannot be this", 17, ()),
        ("at: 1", "at: true", "`cases.1.faults.0.at` cannot be this", 17, ()),
        ("max_outage: 4", "max_outage: .nan", "`expect.max_outage` cannot be this", 9, ()),
        ("max_outage: 4", "max_outage: null", "`expect.max_outage` cannot be this", 9, ()),
        ("max_outage: 9", "max_lost: null", "the drill does not expect `max_lost`", 18, ()),
        ("max_outage: 9", "max_lostt: null", "there is no key `max_lostt` of cases.1.expect", 18, ("max_lost",)),
        ("repeat: 3", "repeat: 3.0", "`repeat` cannot be this", 10, ()),
        ("repeat: 3", "repeat: 0", "`repeat` cannot be this", 10, ()),
        ("hosts: pair", 'hosts: ""', "`hosts` cannot be this", 2, ()),
        ("hosts: pair", "hosts: [one, two]", "`hosts` cannot be this", 2, ()),
        ("{hosts: one, at: 1,", '{hosts: "", at: 1,', "`cases.1.faults.0.hosts` cannot be this", 17, ()),
        ("from: client", "from:", "`load.0.from` cannot be this", 5, ()),
        ('address: "{{ vip }}"', "address: 10.0.0.9/24", "`observe.address` is no address", 8, ()),
        ('address: "{{ vip }}"', 'address: "{{ vip }}/24"', "`observe.address` is no address", 8, ()),
        ('address: "{{ vip }}"', "address: www", "`observe.address` is no address", 8, ()),
        ("for: 5, cut", "for: !vault x, cut", "the tag `!vault` means nothing here", 17, ()),
        ("for: 5, cut", "for: !!python/name:os.system x, cut", "the tag `!!python/name:os.system` means nothing here", 17, ()),
        ("    from: client", "\tfrom: client", "this is not YAML: found character '\\t'", 5, ()),
        ("cut: {from: two}", "command: {set: 'true'}", "the key `undo` of cases.1.faults.0.command is missing", 17, ()),
        ("cut: {from: two}", "tasks: {command: 'true'}", "`cases.1.faults.0.tasks` cannot be this", 17, ()),
        ("max_outage: 4", "availability: 99.9", "`expect.availability` cannot be this", 9, ()),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, old: str, new: str, message: str, line: int, nearest: tuple[str, ...]) -> None:
    assert old in GOOD
    with pytest.raises(ParseError) as caught:
        read_text(tmp_path, GOOD.replace(old, new, 1))
    error = caught.value
    assert message in error.message
    assert error.position is not None
    assert error.position.line == line
    assert error.nearest[: len(nearest)] == nearest


@pytest.mark.parametrize(
    ("old", "new", "expected", "remedy"),
    [
        ("repeat: 3", "repeat: 0", "a whole number: how often each case is run (default 1) (at least 1, at most 1000)", ""),
        ("rate: 50", "rate: 0", "a number: requests a second, at most 200 (default 20) (more than 0)", ""),
        ("hosts: pair", 'hosts: ""', "the variables of the first (not empty)", ""),
        ('address: "{{ vip }}"', 'address: "{{ vip }}/24"', "without the length of its network", "write 10.0.0.9"),
        ("    from: client", "\tfrom: client", "", "indent with blanks, not with tabs"),
    ],
)
def test_what_was_wanted_is_said(tmp_path: Path, old: str, new: str, expected: str, remedy: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_text(tmp_path, GOOD.replace(old, new, 1))
    assert caught.value.expected.endswith(expected)
    assert caught.value.remedy.endswith(remedy)


def test_an_empty_file_lacks_what_a_drill_has(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="the file is empty") as caught:
        read_text(tmp_path, "")
    assert caught.value.expected == "a mapping with name, hosts and cases"


def test_a_case_may_do_without_what_the_drill_expects(tmp_path: Path) -> None:
    drill = read_text(tmp_path, GOOD.replace("max_outage: 9", "max_outage: null, holders_at_end: null, max_lost: 3"))
    assert [case.expect for case in drill.cases] == [
        {"max_outage": 4, "max_split_brain": 0, "holders_at_end": 1},
        {"max_split_brain": 0, "max_lost": 3},
    ]


def test_an_address_is_looked_for_as_the_kernel_writes_it(tmp_path: Path) -> None:
    drill = read_text(tmp_path, GOOD.replace('address: "{{ vip }}"', "address: 2001:DB8:0::09"))
    assert drill.address == "2001:db8::9"
    # who holds it is part of every verdict, whatever is expected besides
    drill = read_text(tmp_path, GOOD.replace(", max_split_brain: 0", ""))
    assert drill.cases[0].expect == {"max_outage": 4, "max_split_brain": 0.5, "holders_at_end": 1}
    without = GOOD.replace('address: "{{ vip }}", ', "").replace(", max_split_brain: 0", "")
    assert read_text(tmp_path, without).cases[0].expect == {"max_outage": 4}


def test_hosts_that_the_inventory_lacks_have_their_place(tmp_path: Path) -> None:
    def nobody(pattern: str, value: Any) -> Any:
        raise InventoryError(f"no host matches `{pattern}`")

    path = tmp_path / "drill.yml"
    path.write_text(GOOD)
    with pytest.raises(InventoryError, match="no host matches `pair`") as caught:
        read(path, nobody)
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (2, 8)


def test_checks_that_do_not_exist_are_told_before_anything_is_broken(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="there are no checks at nowhere"):
        read_text(tmp_path, GOOD + "steady_state:\n  - checks: nowhere\n")


@pytest.mark.parametrize("path", sorted(Path("drills").glob("*.yml")), ids=lambda path: path.name)
def test_the_drills_that_ship_can_be_read(path: Path) -> None:
    assert read(path, None).cases


def with_numbers(**known: Any) -> Any:
    """A `render` that knows these variables and gives what it has no template for as it is."""

    def fill(pattern: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(pattern, each) for key, each in value.items()}
        if isinstance(value, list):
            return [fill(pattern, each) for each in value]
        name = value.strip("{} ") if isinstance(value, str) and "{{" in value else ""
        return known.get(name, value)

    return fill


TEMPLATED = """\
name: trial
hosts: pair
load:
  - name: web
    from: client
    http: {url: "{{ url }}", status: "{{ status }}", check_certificate: "{{ checked }}", text: "{{ version }}"}
    rate: "{{ rate }}"
observe: {units: "{{ units }}"}
expect: {max_outage: "{{ most }}"}
repeat: "{{ n }}"
cases:
  - name: stopped
    faults:
      - {hosts: one, for: "{{ seconds }}", service: {name: "{{ unit }}", action: "{{ action }}"}}
"""
KNOWN = {
    "url": "http://h/",
    "status": "204",
    "checked": "no",
    "version": 1.5,
    "rate": 7,
    "units": ["a", "b"],
    "most": "2.5",
    "n": "3",
    "seconds": 4,
    "unit": "a",
    "action": "kill",
}


def test_templates_may_stand_for_numbers_words_and_lists(tmp_path: Path) -> None:
    path = tmp_path / "drill.yml"
    path.write_text(TEMPLATED)
    drill = read(path, with_numbers(**KNOWN))
    (case,), (probe,) = drill.cases, drill.probes
    assert (drill.repeat, drill.units, case.expect, case.faults[0].seconds, probe.rate) == (3, ("a", "b"), {"max_outage": 2.5}, 4, 7)
    assert probe.settings == {"url": "http://h/", "status": 204, "check_certificate": False, "text": "1.5"}
    assert case.faults[0].settings == {"name": "a", "action": "kill"}


def test_what_may_stand_there_is_known_without_the_variables(tmp_path: Path) -> None:
    path = tmp_path / "drill.yml"
    path.write_text(TEMPLATED)
    assert read(path, None).repeat == 1
    path.write_text(TEMPLATED.replace('"{{ n }}"', "none"))
    with pytest.raises(ParseError, match="`repeat` cannot be this"):
        read(path, None)


@pytest.mark.parametrize(
    ("name", "value", "message", "line", "found"),
    [
        ("n", "many", "`repeat` cannot be this", 10, "'many', from {{ n }}"),
        ("n", "0", "`repeat` cannot be this", 10, "0, from {{ n }}"),
        ("n", "1.5", "`repeat` cannot be this", 10, "'1.5', from {{ n }}"),
        ("rate", 999, "`load.0.rate` cannot be this", 7, "999, from {{ rate }}"),
        ("most", "nan", "`expect.max_outage` cannot be this", 9, "'nan', from {{ most }}"),
        ("seconds", None, "`cases.0.faults.0.for` cannot be this", 14, "None, from {{ seconds }}"),
        ("unit", "a b", "`cases.0.faults.0.service.name` cannot be this", 14, "'a b', from {{ unit }}"),
        ("action", "stopp", "`cases.0.faults.0.service.action` cannot be this", 14, "'stopp', from {{ action }}"),
        ("units", [{}], "`observe.units.0` cannot be this", 8, "{}, from {{ units }}"),
    ],
)
def test_what_a_template_gives_is_checked_as_if_it_were_written_there(
    tmp_path: Path, name: str, value: Any, message: str, line: int, found: str
) -> None:
    path = tmp_path / "drill.yml"
    path.write_text(TEMPLATED)
    with pytest.raises(ParseError) as caught:
        read(path, with_numbers(**{**KNOWN, name: value}))
    assert message in caught.value.message
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.found) == (line, found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: stopped", 'name: "{{ unit }}"'),
        ("name: trial", 'name: "{{ unit }}"'),
        ('service: {name: "{{ unit }}", action: "{{ action }}"}', 'service: "{{ unit }}"'),
    ],
)
def test_names_and_mappings_are_no_templates(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "drill.yml"
    assert old in TEMPLATED
    path.write_text(TEMPLATED.replace(old, new))
    with pytest.raises(ParseError, match="cannot be this"):
        read(path, with_numbers(**KNOWN))
