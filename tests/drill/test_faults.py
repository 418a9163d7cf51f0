"""The shell and the files that each fault comes down to."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runner.drill import arming
from runner.drill.arming import NOT_READY, Arming
from runner.drill.deed import Deed
from runner.drill.expired import expired_twin
from runner.drill.fault_load import size
from runner.drill.fault_traffic import bits, netem_words
from runner.drill.faults import deed
from runner.drill.model import Fault
from runner.errors import TaskError
from tests.drill.conftest import Bench

EXAMPLES: dict[str, dict[str, Any]] = {
    "service": {"name": "nginx", "action": "freeze"},
    "cut": {"from": "everyone"},
    "link": {"interface": "eth0"},
    "traffic": {"interface": "eth0", "loss": 5},
    "dns": {"how": "drop"},
    "disk": {"path": "/srv"},
    "memory": {"take": "64m"},
    "cpu": {"workers": 2},
    "clock": {"by": -60},
    "certificate": {"path": "/etc/ssl/it's.pem", "reload": ["nginx"]},
    "check": {"port": 8404, "says": "ill"},
    "command": {"set": "true", "undo": "true"},
}


def made(kind: str, said: dict[str, Any] | None = None, peers: list[str] | None = None, given: dict[str, bytes] | None = None) -> Deed:
    return deed(Fault("x", kind, EXAMPLES[kind] if said is None else said, 5.0), 3, peers or [], given)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_fault_is_shell_that_can_be_read(kind: str) -> None:
    wanted = made(kind)
    arm = arming.arm(Arming(3, wanted, 0.2, 5.0))
    for text in (wanted.set, wanted.undo, wanted.ready, arming.ready(wanted), arm, arming.heal("me")):
        done = subprocess.run(["/bin/sh", "-n"], input=text, text=True, capture_output=True)
        assert (done.returncode, done.stderr) == (0, ""), text


@pytest.mark.parametrize(("set_", "undo", "wrong"), [("if", "true", "in `set`"), ("true", "echo 'a", "in `undo`"), ("true", "false", "")])
def test_commands_that_no_shell_can_read_are_refused(set_: str, undo: str, wrong: str) -> None:
    ready = made("command", {"set": set_, "undo": undo}).ready
    done = subprocess.run(["/bin/sh", "-c", ready], text=True, capture_output=True)
    assert (done.returncode != 0) == bool(wrong)
    assert wrong in done.stdout


def test_a_unit_that_there_is_none_of_is_told_from_one_that_does_not_run(bench: Bench) -> None:
    systemctl = bench.folder / "bin" / "systemctl"
    for state, words in (("not-found", "there is no unit nginx\n"), ("loaded", "nginx is inactive, not active\n")):
        systemctl.write_text(f'#!/bin/sh\ncase "$1" in show) echo {state};; *) echo inactive; exit 3;; esac\n')
        done = bench.run(f"( {made('service').ready} )")
        assert (done.returncode, done.stdout) == (1, words)


def test_what_was_frozen_runs_again_though_something_ended_it_meanwhile() -> None:
    assert made("service").undo.splitlines() == [
        "systemctl kill --kill-who=all --signal=SIGCONT nginx 2>/dev/null; systemctl reset-failed nginx 2>/dev/null; systemctl start nginx"
    ]


def test_traffic_goes_by_netem_and_without_it_by_what_there_is() -> None:
    both = made("traffic", {"interface": "eth0", "loss": 2.5, "rate": "10mbit"})
    assert "root handle 6d64: netem limit 10000 loss 2.5% rate 10mbit" in both.set
    assert 'hook egress device "eth0"' in both.set
    assert 'numgen random mod 10000 < 250 fwd to "mdrill3"' in both.set
    assert "tbf rate 10mbit burst 32768 latency 400ms" in both.set
    assert "tc qdisc delete dev eth0 root" in both.undo
    assert "delete table netdev muster_drill_3" in both.undo


def test_traffic_to_some_hosts_leaves_the_others_alone() -> None:
    some = made("traffic", {"interface": "eth0", "loss": 1, "rate": "1mbit"}, ["10.0.0.2", "fd00::2"])
    assert "handle 6d64: prio bands 4" in some.set
    assert "parent 6d64:4 handle 6d65: netem" in some.set
    assert "match ip dst 10.0.0.2/32 flowid 6d64:4" in some.set
    assert "match ip6 dst fd00::2/128 flowid 6d64:4" in some.set
    assert "ip daddr 10.0.0.2 numgen" in some.set
    assert "ip6 daddr fd00::2 numgen" in some.set


def test_netem_speaks_of_milliseconds_and_percent() -> None:
    said = {"interface": "eth0", "delay": 0.1, "jitter": 0.02, "reorder": 25, "duplicate": 1}
    assert netem_words(said) == "limit 10000 delay 100.000ms 20.000ms reorder 25% duplicate 1%"


@pytest.mark.parametrize(("text", "number"), [("9bit", 9), ("512kbit", 512_000), ("10mbit", 10**7), ("2gbit", 2 * 10**9)])
def test_bandwidths(text: str, number: int) -> None:
    assert bits(text) == number


@pytest.mark.parametrize(("text", "number"), [("512k", 512 << 10), ("64m", 64 << 20), ("2g", 2 << 30)])
def test_sizes(text: str, number: int) -> None:
    assert size(text) == number


def stand_in(bench: Bench, name: str, text: str) -> None:
    file = bench.folder / "bin" / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_a_delay_without_netem_is_refused_in_words(bench: Bench) -> None:
    stand_in(bench, "unshare", "exit 2")
    stand_in(bench, "tc", "echo qdisc noqueue 0: root refcnt 2")
    stand_in(bench, "ip", "true")
    answer = bench.run(arming.ready(made("traffic", {"interface": "eth0", "delay": 0.1, "jitter": 0.02})))
    assert answer.returncode == NOT_READY
    assert "the kernel has no netem, so delay and jitter cannot be had here (a lab with `driver: qemu` has it)" in answer.stdout
    answer = bench.run(arming.ready(made("traffic", {"interface": "eth0", "rate": "1mbit"})))
    assert "the kernel has neither netem nor tbf" in answer.stdout
    stand_in(bench, "unshare", "exit 0")
    assert bench.run(arming.ready(made("traffic", {"interface": "eth0", "delay": 0.1}))).returncode == 0


def test_the_traffic_of_a_host_that_shapes_it_itself_is_left_alone(bench: Bench) -> None:
    stand_in(bench, "tc", "echo qdisc htb 1: root refcnt 2")
    stand_in(bench, "ip", "true")
    answer = bench.run(arming.ready(made("traffic")))
    assert (answer.returncode, answer.stdout) == (NOT_READY, "eth0 has a queueing discipline of its own: htb 1:\n")


def test_names_are_not_resolved() -> None:
    assert "hook input" in made("dns", {}).set
    assert "udp sport 53 drop; tcp sport 53 drop" in made("dns", {}).set
    refused = made("dns", {"how": "refuse"})
    assert "udp dport 53 reject; tcp dport 53 reject with tcp reset" in refused.set
    assert "delete table inet muster_drill_3" in refused.undo


@pytest.mark.parametrize("kind", ["disk", "memory", "cpu"])
def test_what_is_taken_is_given_back_without_the_controller_and_without_the_undo(kind: str) -> None:
    taken = made(kind)
    assert "--unit=muster-drill-hold-3" in taken.set
    assert "--property=RuntimeMaxSec=35 --property=OOMScoreAdjust=1000" in taken.set
    assert "systemctl stop muster-drill-hold-3" in taken.undo
    assert "hold.py" in taken.files


def test_a_file_is_masked_and_not_touched() -> None:
    script = made("check", {"script": "/usr/local/bin/look", "says": "ill"})
    assert script.files == {"mask-3": b"#!/bin/sh\nexit 1\n"}
    assert 'mount --bind mask-3 "$real" && mount -o remount,bind,exec "$real"' in script.set
    assert 'grep -q "/muster-drill/mask-3 " /proc/self/mountinfo; do umount -l "$real"' in script.undo
    assert made("check", {"script": "/usr/local/bin/look", "says": "well"}).files == {"mask-3": b"#!/bin/sh\nexit 0\n"}


def test_a_program_that_others_use_too_is_not_masked(bench: Bench) -> None:
    answer = bench.run(arming.ready(made("check", {"script": "/bin/sh", "says": "ill"})))
    assert answer.returncode == NOT_READY
    assert "/bin/sh is no script" in answer.stdout
    own = bench.folder / "look"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert bench.run(arming.ready(made("check", {"script": str(own), "says": "ill"}))).returncode == 0


def certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.org")])
    now = datetime.now(UTC)
    alternatives = x509.SubjectAlternativeName([x509.DNSName("www.example.org"), x509.DNSName("example.org")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=9)).add_extension(alternatives, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.mark.parametrize("together", [True, False])
def test_an_expired_twin_has_the_names_and_a_key_of_its_own(together: bool) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    old = certificate(key)
    found = [old + pem(key)] if together else [old, pem(key)]
    files = expired_twin(found, ["mask-0", "mask-0-key"][: len(found)])
    twin = x509.load_pem_x509_certificate(files["mask-0"])
    other = serialization.load_pem_private_key(files["mask-0" if together else "mask-0-key"], None)
    assert twin.not_valid_after_utc < datetime.now(UTC)
    names = twin.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    assert (twin.subject, names) == (x509.load_pem_x509_certificate(old).subject, ["www.example.org", "example.org"])
    assert isinstance(other, ec.EllipticCurvePrivateKey)
    assert other.public_key() == twin.public_key() != key.public_key()


def test_no_certificate_and_a_missing_key_are_told() -> None:
    with pytest.raises(TaskError, match="no certificate"):
        expired_twin([b"nothing"], ["mask-0"])
    with pytest.raises(TaskError, match="key is in another file"):
        expired_twin([certificate(ec.generate_private_key(ec.SECP256R1()))], ["mask-0"])


def test_a_prepared_certificate_is_put_as_it_is(tmp_path: Path) -> None:
    ready = made("certificate", {"path": "/etc/a.pem", "with": "x"}, given={"with": b"PEM"})
    assert (ready.files, ready.make) == ({"mask-3": b"PEM"}, None)
    made_there = made("certificate", {"path": "/etc/a.pem", "key": "/etc/a.key"})
    assert made_there.made_from == ("/etc/a.pem", "/etc/a.key")
    assert made_there.make is not None
