"""The docker commands a lab's hosts are made with."""

from itertools import pairwise
from pathlib import Path

import pytest

from runner.errors import RunnerError
from runner.lab import docker, image
from runner.lab.description import Lab
from runner.lab.docker import Circumstances, DockerDriver
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED
from runner.record import replace
from tests.lab.conftest import Programs

PLAIN = Circumstances(lacks_resource=False)


def driver_with(lab: Lab, answers: dict[str, tuple[int, str]] | None = None) -> tuple[DockerDriver, Programs]:
    programs = Programs({"docker info": (0, "20.10"), **(answers or {})})
    return DockerDriver(lab, Path("/state/small"), lambda line: None, programs), programs


def test_a_plain_host(small: Lab) -> None:
    words = docker.flags(small.hosts[0], PLAIN)
    assert "--cgroupns=private" in words
    assert not [word for word in words if word.startswith(("--volume", "--memory", "--cap-drop", "--privileged"))]


def test_a_host_with_docker_inside_and_a_limit(small: Lab) -> None:
    words = docker.flags(small.hosts[1], PLAIN)
    assert {"--volume=/var/lib/docker", "--device-cgroup-rule=a *:* rwm"} <= set(words)
    assert "--memory=512m" in words


def test_the_machines_cgroup_tree_is_never_shared(small: Lab) -> None:
    assert "/sys/fs/cgroup" not in " ".join(docker.flags(small.hosts[0], PLAIN) + docker.flags(small.hosts[1], PLAIN))


def test_what_the_machine_lacks_is_dropped(small: Lab) -> None:
    assert "--cap-drop=SYS_RESOURCE" in docker.flags(small.hosts[0], replace(PLAIN, lacks_resource=True))


@pytest.mark.parametrize(("bounding", "lacks"), [("000001ffffffffff", False), ("000001fffeffffff", True)])
def test_looks_at_the_machine(tmp_path: Path, bounding: str, lacks: bool) -> None:
    for folder in ("proc/self", "proc/net", "etc", "sys/class/net/eth0"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "proc/self/status").write_text(f"Name:\tx\nCapBnd:\t{bounding}\n")
    (tmp_path / "etc/resolv.conf").write_text("search x\nnameserver 127.0.0.53\nnameserver 10.0.0.1\n")
    (tmp_path / "proc/net/route").write_text("Iface\tDestination\tGateway\neth1\t0000A8C0\t0\neth0\t00000000\t010200C0\n")
    (tmp_path / "sys/class/net/eth0/mtu").write_text("1400\n")
    assert docker.circumstances(tmp_path) == Circumstances(lacks_resource=lacks, name_servers=("10.0.0.1",), mtu=1400)


def test_create_gives_the_address_and_the_labels(small: Lab) -> None:
    driver, programs = driver_with(small)
    driver.create(small.hosts[0])
    (argv,) = programs.began_with("docker run")
    pairs = dict(pairwise(argv))
    assert (pairs["--name"], pairs["--hostname"], pairs["--ip"]) == ("muster-small-a", "a", "172.30.59.11")
    assert "--label=muster.owner=/state/small" in argv
    assert argv[-1] == small.recipe.tag


def test_a_host_without_python_has_the_other_image(small: Lab) -> None:
    driver, programs = driver_with(small)
    driver.create(replace(small.hosts[0], python=False))
    assert programs.began_with("docker run")[0][-1] == image.without_python(small.recipe.tag)


def test_a_host_of_another_suite_has_that_image(small: Lab) -> None:
    lab = replace(small, hosts=(small.hosts[0], replace(small.hosts[1], suite="trixie")))
    driver, programs = driver_with(lab)
    driver.create(lab.hosts[1])
    assert programs.began_with("docker run")[0][-1] == small.recipe.of_suite("trixie").tag != small.recipe.tag
    driver.prepare()
    looked = [words[-1] for words in programs.began_with("docker image inspect")]
    assert looked == [small.recipe.tag, small.recipe.of_suite("trixie").tag]


def test_states_tell_what_no_longer_fits(small: Lab) -> None:
    driver, programs = driver_with(small)
    driver.create(small.hosts[0])
    shape = next(word.partition("shape=")[2] for word in programs.began_with("docker run")[0] if "muster.shape" in word)
    programs.answers["docker ps"] = (0, f"a\trunning\t{shape}\nb\tpaused\told\ngone\texited\told\n")
    states = driver.states()
    assert {name: (each.state, each.fits) for name, each in states.items()} == {
        "a": (RUNNING, True),
        "b": (PAUSED, False),
        "gone": (STOPPED, False),
    }
    programs.answers["docker ps"] = (0, "")
    assert {each.state for each in driver.states().values()} == {ABSENT}


def test_a_lab_of_another_checkout_is_not_taken(small: Lab) -> None:
    driver, _ = driver_with(small, {"docker ps": (0, "/elsewhere/.lab/small\n")})
    with pytest.raises(RunnerError, match="made from elsewhere") as caught:
        driver.prepare()
    assert "/elsewhere/.lab/small" in caught.value.found


def test_the_network_is_made_with_the_machines_packet_size(small: Lab) -> None:
    driver, programs = driver_with(small, {"docker network inspect": (1, "No such network")})
    driver.prepare()
    (argv,) = programs.began_with("docker network create")
    assert argv[3:7] == ["--subnet", "172.30.59.0/24", "--gateway", "172.30.59.1"]
    assert argv[-1] == "muster-small"


def test_a_taken_subnet_is_explained(small: Lab) -> None:
    pool = "Error response from daemon: Pool overlaps with other one on this address space"
    driver, _ = driver_with(small, {"docker network inspect": (1, ""), "docker network create": (1, pool)})
    with pytest.raises(RunnerError, match=r"cannot make the network 172\.30\.59\.0/24") as caught:
        driver.prepare()
    assert caught.value.found == pool
    assert "choose another subnet" in caught.value.remedy


def test_a_changed_subnet_makes_hosts_and_network_anew(small: Lab) -> None:
    driver, programs = driver_with(
        small,
        {
            "docker network inspect": (0, "10.9.0.0/24"),
            "docker ps --all --filter label=muster.lab=small": (0, "a\trunning\told\n"),
        },
    )
    driver._have_network()
    assert [" ".join(argv[1:3]) for argv in programs.calls if argv[1] in ("rm", "network")] == [
        "network inspect",
        "rm --force",
        "network inspect",
        "network rm",
        "network create",
    ]


def test_removing_what_is_not_there_is_no_error(small: Lab) -> None:
    driver, programs = driver_with(small, {"docker rm": (1, "Error: No such container: muster-small-a")})
    driver.remove("a")
    programs.answers["docker rm"] = (1, "permission denied")
    with pytest.raises(RunnerError, match="cannot remove the host a"):
        driver.remove("a")


def test_hosts_go_before_their_network(small: Lab) -> None:
    driver, programs = driver_with(
        small, {"docker network inspect": (0, small.subnet), "docker ps --all": (0, "a\trunning\told\nold\texited\told\n")}
    )
    assert driver.dismantle() == 2
    assert [" ".join(argv[1:3]) for argv in programs.calls if "rm" in argv] == ["rm --force", "rm --force", "network rm"]


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("power_off", ["stop", "--time", "30"]),
        ("kill", ["kill"]),
        ("pause", ["pause"]),
        ("unpause", ["unpause"]),
    ],
)
def test_verbs(small: Lab, verb: str, words: list[str]) -> None:
    driver, programs = driver_with(small)
    getattr(driver, verb)("a")
    assert programs.calls == [["docker", *words, "muster-small-a"]]


def test_a_panic_is_silent_before_it_kills(small: Lab) -> None:
    driver, programs = driver_with(small)
    driver.panic("a")
    assert programs.calls == [
        ["docker", "network", "disconnect", "muster-small", "muster-small-a"],
        ["docker", "kill", "muster-small-a"],
    ]


@pytest.mark.parametrize(("networks", "connects"), [("1", 0), ("0", 1)])
def test_start_gives_back_a_network_that_a_panic_took(small: Lab, networks: str, connects: int) -> None:
    driver, programs = driver_with(small, {"docker inspect": (0, networks)})
    driver.start("a")
    again = programs.began_with("docker network connect")
    assert again == [["docker", "network", "connect", "--ip", "172.30.59.11", "muster-small", "muster-small-a"]][:connects]
    assert programs.calls[-1] == ["docker", "start", "muster-small-a"]


def test_input_is_not_in_the_arguments(small: Lab) -> None:
    driver, programs = driver_with(small)
    driver.execute("a", ["sh", "-s"], stdin="secret")
    assert "secret" not in programs.calls[0]
    assert programs.stdins == ["secret"]
