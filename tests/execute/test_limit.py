"""What `--limit` leaves of a play's hosts."""

import pytest

HOSTS = "".join(f"{name} ansible_connection=local\n" for name in ("one", "two", "three")) + "[pair]\none\ntwo\n"
PLAY = "- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: x}}]\n"


@pytest.mark.parametrize(
    ("limit", "hosts"),
    [
        ("@names.txt", ["three", "one"]),
        ("@names.txt:!one", ["three"]),
        ("pair:!two", ["one"]),
        ("all[0:1]", ["three", "one"]),
        ("~^t", ["three", "two"]),
    ],
)
def test_a_run_and_a_list_are_limited_alike(project, capsys, limit, hosts):
    made = project({"hosts": HOSTS, "p.yml": PLAY, "names.txt": "one\nthree\n"})
    outcome = made.play("-i", "hosts", "p.yml", "--limit", limit)
    assert sorted(host for host, _task, _status in outcome.results()) == sorted(hosts)
    assert not outcome.warnings()
    made.command("play", "-i", "hosts", "p.yml", "--limit", limit, "--list-hosts")
    assert sorted(line.strip() for line in capsys.readouterr().out.splitlines()[-len(hosts) :]) == sorted(hosts)
