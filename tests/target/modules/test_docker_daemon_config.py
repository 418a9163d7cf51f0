"""docker_daemon_config: merge, ownership, refusals before a change, reload or restart, the old file back when the daemon refuses."""

import json
import re

import pytest

from runner.target.modules import docker_daemon_config as module
from runner.target.owned_keys import merged
from runner.target.unit_command import command_words, written
from tests.target.fake_system import FakeSystem

PATH, RECORD = "/etc/docker/daemon.json", "/var/lib/muster/docker_daemon_config.json"
UNIT = (
    "# /lib/systemd/system/docker.service\n[Service]\nType=notify\nEnvironmentFile=-/etc/default/docker\n"
    "ExecStart=/usr/sbin/dockerd -H fd:// \\\n  $DOCKER_OPTS\n"
)
JOURNAL = "journalctl --unit docker.service --since @1700000000 --output=cat --no-pager --lines=40"
DROPIN = "# /etc/systemd/system/docker.service.d/50-muster-command.conf\n[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd\n"


def host(settings=None, owned=None, *, unit=UNIT, running="/usr/sbin/dockerd\0-H\0fd://\0", commands=None, files=None, **task):
    there = {"/proc/42/cmdline": running, "/etc/docker/": "", **(files or {})}
    there |= {PATH: json.dumps(settings)} if settings is not None else {}
    there |= {RECORD: json.dumps({"owned": owned, "pending": False})} if owned is not None else {}
    answers = {
        "systemctl cat docker.service": unit,
        "systemctl show --property=ActiveState,MainPID -- docker.service": "MainPID=42\nActiveState=active\n",
        "systemctl kill --kill-who=main --signal=HUP docker.service": 0,
        "systemctl reset-failed docker.service": 0,
        "systemctl restart docker.service": 0,
        JOURNAL: 'level=info msg="Reloaded configuration: {}"\n',
    }
    return FakeSystem(there, answers | (commands or {}), **task)


def asked(system, settings, **further):
    return system.perform(module, settings=settings, **further)


def content(system, path=PATH):
    return json.loads(system.text(path))


def told(system):
    """Return what the daemon was told to do."""
    return [argv[1] for argv in system.ran if argv[:1] == ["systemctl"] and argv[1] in ("kill", "restart")]


def test_sets_keys_keeps_those_of_others_and_settles():
    system = host({"labels": ["a=b"], "log-opts": {"tag": "x"}})
    result = asked(system, {"log-opts": {"max-size": "10m"}, "live-restore": True})
    assert result["changed"]
    assert result["keys"] == ["live-restore", "log-opts.max-size"]
    assert content(system) == {"labels": ["a=b"], "log-opts": {"tag": "x", "max-size": "10m"}, "live-restore": True}
    again = system.again()
    assert not asked(again, {"log-opts": {"max-size": "10m"}, "live-restore": True})["changed"]
    assert told(again) == []


def test_takes_out_what_was_ours_and_is_no_longer_wanted():
    system = host({"debug": True, "mtu": 1400, "log-opts": {"max-size": "1m"}}, [["debug"], ["log-opts", "max-size"]])
    result = asked(system, {})
    assert content(system) == {"mtu": 1400}
    assert result["because"] == ["log-opts.max-size needs a restart", "debug is taken out"]
    assert told(system) == ["restart"]


def test_what_stood_there_before_is_not_ours():
    system = host({"debug": True})
    assert not asked(system, {"debug": True})["changed"]
    system = system.again()
    asked(system, {})
    assert content(system) == {"debug": True}


def test_null_takes_a_key_of_others_away():
    system = host({"debug": True, "mtu": 1400})
    asked(system, {"mtu": None})
    assert content(system) == {"debug": True}


def test_reloads_when_that_is_enough():
    system = host({})
    assert asked(system, {"registry-mirrors": ["http://m"], "debug": True})["effect"] == "reload"
    assert told(system) == ["kill"]


def test_check_mode_shows_keys_and_touches_nothing():
    system = host({"mtu": 1400}, check=True, diff=True)
    result = asked(system, {"mtu": 1450, "debug": True})
    assert result["changed"]
    assert result["effect"] == "restart"
    assert (result["diff"]["before"], result["diff"]["after"]) == ("mtu: 1400\n", "debug: true\nmtu: 1450\n")
    assert content(system) == {"mtu": 1400}
    assert told(system) == []


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"regsitry-mirrors": []}, "did you mean registry-mirrors?"),
        ({"debug": "yes"}, "debug must be true or false, not 'yes'"),
        ({"mtu": True}, "mtu must be a number, not true"),
        ({"log-opts": ["a"]}, "log-opts must be a mapping"),
    ],
)
def test_a_bad_key_is_refused_before_anything_changes(settings, complaint):
    system = host({"mtu": 1400})
    assert complaint in asked(system, settings)["msg"]
    assert content(system) == {"mtu": 1400}
    assert told(system) == []


def test_dockerd_is_asked_where_it_can_tell():
    def validate(argv, _stdin):
        staged = argv[2].partition("=")[2]
        return (1, "", f"unable to configure the Docker daemon with file {staged}: no such key: future-key\n")

    answers = {"/usr/bin/dockerd --help": "      --validate   Validate configuration\n"}
    pattern = re.compile(r"/usr/bin/dockerd --validate --config-file=\S+")
    system = host({}, commands=answers | {pattern: validate}, programs=["dockerd"])
    assert asked(system, {"future-key": 1})["msg"].endswith(f"with file {PATH}: no such key: future-key")
    accepted = host({}, commands=answers | {pattern: (0, "", "configuration OK\n")}, programs=["dockerd"])
    assert asked(accepted, {"future-key": 1})["changed"]


@pytest.mark.parametrize(
    ("settings", "options", "key", "flag"),
    [
        ({"hosts": ["tcp://x"]}, "", "hosts", "-H fd://"),
        ({"debug": True}, "-D --mtu 1400", "debug", "-D"),
        ({"mtu": 1450}, "-D --mtu 1400", "mtu", "--mtu 1400"),
        ({"log-opts": {"max-size": "1m"}}, "--log-opt=max-size=2m", "log-opts", "--log-opt=max-size=2m"),
    ],
)
def test_a_key_that_a_flag_sets_too_is_explained(settings, options, key, flag):
    files = {"/etc/default/docker": f'DOCKER_OPTS="{options}"\n'}
    system = host({}, files=files)
    result = asked(system, settings)
    assert result["failed"]
    assert f"{key} (flag {flag})" in result["msg"]
    assert result["conflicts"] == [{"key": key, "flag": flag}]
    assert flag not in result["command_line"]
    assert content(system) == {}
    assert told(system) == []


def test_with_a_dropin_of_ours_the_conflict_is_only_reported():
    system = host({}, unit=UNIT + DROPIN, running="/usr/sbin/dockerd\0")
    result = asked(system, {"hosts": ["fd://"]}, dropin="50-muster-command.conf", conflicts="report")
    assert result["conflicts"] == [{"key": "hosts", "flag": "-H fd://"}]
    assert result["command_line"] == "/usr/sbin/dockerd"
    assert result["changed"]


def test_restarts_a_daemon_that_has_other_flags_than_its_unit():
    system = host({}, unit=UNIT + DROPIN)
    assert asked(system, {})["because"] == ["the daemon runs with other flags than its unit has"]
    assert told(system) == ["restart"]


@pytest.mark.parametrize("running", ["", "(dockerd)\0", "/lib/systemd/systemd-executor\0--deserialize\0"])
def test_a_process_that_ends_or_begins_says_nothing_of_the_flags(running):
    system = host({}, unit=UNIT + DROPIN, running=running)
    assert not asked(system, {})["changed"]
    assert told(system) == []


def test_the_old_file_comes_back_when_the_daemon_does_not():
    ends = iter([1, 0])
    said = "failed to start daemon: error initializing graphdriver: driver not supported\n"
    answers = {"systemctl restart docker.service": lambda _argv, _stdin: next(ends)}
    system = host({"mtu": 1400}, [["mtu"]], commands=answers | {JOURNAL: said})
    result = asked(system, {"storage-driver": "nonsense"})
    assert "driver not supported" in result["msg"]
    assert content(system) == {"mtu": 1400}
    assert content(system, RECORD) == {"owned": [["mtu"]], "pending": False}
    assert told(system) == ["restart", "restart"]


def test_a_refused_reload_is_taken_back():
    system = host(None, commands={JOURNAL: 'level=error msg="unable to configure the Docker daemon with file"\n'})
    assert "unable to configure" in asked(system, {"debug": True})["msg"]
    assert PATH not in system.files


def test_what_never_took_effect_is_made_good():
    system = host({"debug": True}, files={RECORD: '{"owned": [["debug"]], "pending": true}'})
    assert asked(system, {"debug": True})["because"] == ["an earlier change did not take effect"]
    assert content(system, RECORD)["pending"] is False


def test_a_fresh_host_only_gets_the_file():
    system = FakeSystem(commands={"systemctl cat docker.service": (1, "", "No files found for docker.service.\n")})
    assert asked(system, {"debug": True})["effect"] == "none"
    assert content(system) == {"debug": True}
    assert system.files[PATH].mode == 0o644


@pytest.mark.parametrize("text", ["{,}", "[1]"])
def test_a_file_that_is_no_object_is_not_overwritten(text):
    system = host(files={PATH: text})
    assert "it is not overwritten" in asked(system, {"debug": True})["msg"]
    assert system.text(PATH) == text


def test_merging_forgets_keys_that_are_no_longer_ours():
    after, owned = merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, [["a", "b"]])
    assert (after, owned) == ({"a": {"c": 3}}, [["a", "c"]])


def test_the_command_of_a_unit():
    system = FakeSystem({"/etc/default/docker": "# x\nDOCKER_OPTS='-D --label a'\n"})
    assert command_words(UNIT, system) == ["/usr/sbin/dockerd", "-H", "fd://", "-D", "--label", "a"]
    assert command_words(UNIT + DROPIN, system) == ["/usr/sbin/dockerd"]
    assert command_words("", system) is None
    assert written(["/x", "a b", 'c"d']) == '/x "a b" "c\\"d"'
