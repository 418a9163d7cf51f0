"""The virtual-machine driver: what it runs, with programs that only keep how they were called."""

import io
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runner.errors import ParseError, RunnerError
from runner.lab import commands, machine, machine_image, machine_seed, state
from runner.lab.description import Lab
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED
from runner.lab.engine import Machine
from runner.lab.image import Recipe
from runner.lab.machine import MachineFiles, MachineSize
from runner.lab.program import Finished
from runner.lab.qemu import QemuDriver
from runner.lab.state import StateFolder
from tests.lab.conftest import SMALL, Programs
from tests.lab.test_machine import made_image

VIRTUAL = SMALL + "driver: qemu\nmachine: {memory: 2g, cpus: 1}\n"
ROOT = Machine(root=True, systems=frozenset({"debian"}), init="systemd", has_daemon=False)


@pytest.fixture
def virtual(describe: Callable[[str], Lab]) -> Lab:
    return describe(VIRTUAL)


def driver_with(lab: Lab, tmp_path: Path, answers: dict[str, tuple[int, str]] | None = None) -> tuple[QemuDriver, Programs]:
    programs = Programs(answers)
    return QemuDriver(lab, tmp_path / "small", lambda line: None, programs, tmp_path / "cache"), programs


def switch_on(driver: QemuDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "process_of", lambda files: 4711)
    driver.folder.path.mkdir(parents=True, exist_ok=True)


def test_the_description_says_how_large_the_machine_is(virtual: Lab) -> None:
    assert (virtual.driver, virtual.machine) == ("qemu", MachineSize(memory=2048, cpus=1))


def test_no_host_has_the_machines_own_address(describe: Callable[[str], Lab]) -> None:
    with pytest.raises(ParseError, match="taken by the virtual machine itself"):
        describe(VIRTUAL.replace("172.30.59.12", "172.30.59.254"))


def test_the_file_decides_which_driver_there_is(virtual: Lab, folder: StateFolder) -> None:
    assert isinstance(commands.driver_for(virtual, folder, print), QemuDriver)


def test_a_recipe_has_an_image_of_its_own() -> None:
    assert machine_image.name_of(Recipe()) == machine_image.name_of(Recipe())
    assert machine_image.name_of(Recipe()) != machine_image.name_of(Recipe(packages=("ipvsadm",)))
    assert machine_image.name_of(Recipe(suite="trixie")).startswith("trixie-")


def test_without_root_the_remedy_is_named() -> None:
    nobody = Machine(root=False, systems=frozenset({"debian"}), init="systemd", has_daemon=False)
    with pytest.raises(RunnerError, match="needs root") as caught:
        machine_image.have_tools(print, Programs(), nobody)
    assert "driver: docker" in caught.value.remedy


def test_missing_tools_are_installed_where_that_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_image.shutil, "which", lambda name: None if name == "qemu-img" else f"/usr/bin/{name}")
    programs = Programs()
    machine_image.have_tools(lambda line: None, programs, ROOT)
    assert programs.began_with("apt-get")[-1][-1] == "qemu-utils"
    with pytest.raises(RunnerError, match="lacks qemu-utils"):
        machine_image.have_tools(print, Programs(), Machine(root=True, systems=frozenset({"arch"}), init="systemd", has_daemon=False))


class Bootstrap(Programs):
    """Stands for debootstrap and what follows: leaves the files they would."""

    def __call__(self, argv: Sequence[str], **options: object) -> Finished:
        if argv[0] == "debootstrap":
            boot = Path(argv[3]) / "boot"
            boot.mkdir(parents=True)
            for name in ("vmlinuz-6.1.0-9-cloud-amd64", "initrd.img-6.1.0-9-cloud-amd64"):
                (boot / name).write_text(name)
        if argv[0] == "mkfs.ext4":
            Path(argv[-2]).touch()
        return super().__call__(argv, **options)  # type: ignore[arg-type]


def test_an_image_is_made_once(tmp_path: Path) -> None:
    programs = Bootstrap()
    image = machine_image.ensure(Recipe(), lambda line: None, programs, tmp_path)
    assert image.kernel.read_text().startswith("vmlinuz")
    assert image.initrd.read_text().startswith("initrd.img")
    assert [argv[0] for argv in programs.calls] == ["debootstrap", "unshare", "unshare", "mkfs.ext4"]
    assert [path.name for path in tmp_path.iterdir()] == [image.folder.name]
    assert machine_image.ensure(Recipe(), lambda line: None, programs, tmp_path) == image
    assert len(programs.calls) == 4


def test_a_failed_image_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="cannot make the machine's disk"):
        machine_image.ensure(Recipe(), lambda line: None, Bootstrap({"mkfs.ext4": (1, "no space")}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_host_is_asked_when_the_lab_goes_down(virtual: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs in the machine may hang for ever: its power goes, and its disk with all hosts."""
    driver, programs = driver_with(virtual, tmp_path)
    switch_on(driver, monkeypatch)
    stopped: list[MachineFiles] = []
    monkeypatch.setattr(machine, "stop", stopped.append)
    driver.files.disk.touch()
    assert driver.dismantle() == 2
    assert stopped == [driver.files]
    assert not driver.files.disk.exists()
    assert programs.calls == []
    assert driver.dismantle() == 0


def test_the_machine_proves_itself_from_the_first_connection_on(folder: StateFolder) -> None:
    state.have_secrets(folder)
    private, public = machine_seed.have_host_key(folder)
    assert machine_seed.have_host_key(folder) == (private, public)
    files = machine_seed.contents(folder, "172.30.59.254", 24)
    assert files["etc/ssh/ssh_host_ed25519_key"] == (0o600, private)
    with tarfile.open(fileobj=io.BytesIO(machine_seed.archive(files))) as tar:
        assert {each.name: each.mode for each in tar} == {name: mode for name, (mode, _) in files.items()}
        settings = tar.extractfile("etc/lab/settings")
        assert settings is not None
        assert settings.read() == b"ADDRESS=172.30.59.254\nPREFIX=24\n"
    assert "StrictHostKeyChecking yes" in machine_seed.ssh_config(folder, "172.30.59.254")


def test_states_are_those_of_the_machine(virtual: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, programs = driver_with(virtual, tmp_path)
    switch_on(driver, monkeypatch)
    shape = driver._shape(virtual.hosts[0])
    text = f"a\tactive running \t{shape}\nb\tactive frozen \told\ngone\tinactive  \told\n"
    programs.answers["ssh -F"] = (0, text)
    assert {name: (each.state, each.fits) for name, each in driver.states().items()} == {
        "a": (RUNNING, True),
        "b": (PAUSED, False),
        "gone": (STOPPED, False),
    }


def test_hosts_of_a_machine_that_is_off(virtual: Lab, tmp_path: Path) -> None:
    driver, programs = driver_with(virtual, tmp_path)
    assert {each.state for each in driver.states().values()} == {ABSENT}
    driver.folder.path.mkdir(parents=True)
    driver.files.disk.touch()
    assert {each.state for each in driver.states().values()} == {STOPPED}
    driver.remove("a")
    assert programs.calls == []


@pytest.mark.parametrize("verb", ["start", "kill", "panic", "pause", "unpause"])
def test_verbs(virtual: Lab, tmp_path: Path, verb: str) -> None:
    driver, programs = driver_with(virtual, tmp_path)
    getattr(driver, verb)("a")
    assert [argv[-1] for argv in programs.calls] == [f"lab-host {verb} a"]
    programs.answers["ssh"] = (1, "no such host")
    with pytest.raises(RunnerError, match="a") as caught:
        getattr(driver, verb)("a")
    assert caught.value.found == "no such host"


def test_words_arrive_as_they_are_and_input_is_not_among_them(virtual: Lab, tmp_path: Path) -> None:
    driver, programs = driver_with(virtual, tmp_path)
    driver.execute("a", ["sh", "-c", "echo 'two words' $HOME"], stdin="secret")
    assert programs.calls[0][-1] == "lab-host enter a sh -c 'echo '\"'\"'two words'\"'\"' $HOME'"
    assert programs.stdins == ["secret"]


def test_create_sends_what_the_host_is(virtual: Lab, tmp_path: Path) -> None:
    driver, programs = driver_with(virtual, tmp_path)
    driver.create(virtual.hosts[1])
    assert programs.calls[0][-1] == "lab-host create b"
    assert programs.stdins[0].splitlines()[:5] == [
        "ADDRESS=172.30.59.12",
        "PREFIX=24",
        "GATEWAY=172.30.59.254",
        "MEMORY=512M",
        "PYTHON=yes",
    ]


@pytest.mark.parametrize(
    ("routes", "complaint"),
    [
        ('[{"dst": "172.30.0.0/16", "dev": "docker0"}]', "is in use on this machine"),
        ('[{"dst": "172.30.59.0/24", "dev": "mst-TAP"}]', "made from elsewhere"),
    ],
)
def test_a_taken_network_is_explained(virtual: Lab, tmp_path: Path, routes: str, complaint: str) -> None:
    driver, programs = driver_with(virtual, tmp_path)
    programs.answers["ip -json"] = (0, routes.replace("mst-TAP", driver.tap))
    with pytest.raises(RunnerError, match=complaint):
        driver._refuse_taken()


def test_a_default_route_takes_no_network(virtual: Lab, tmp_path: Path) -> None:
    routes = '[{"dst": "default", "dev": "eth0"}, {"dst": "10.1.0.0/16", "dev": "eth0"}]'
    driver, _ = driver_with(virtual, tmp_path, {"ip -json": (0, routes)})
    driver._refuse_taken()


def test_up_starts_the_machine_and_waits_for_it(virtual: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").mkdir()
    made = made_image(tmp_path / "made")
    made.folder.rename(tmp_path / "cache" / machine_image.name_of(virtual.recipe))
    monkeypatch.setattr(machine_image, "have_tools", lambda say, runs: None)
    monkeypatch.setattr(machine, "accelerator", lambda *given: "tcg")
    driver, programs = driver_with(virtual, tmp_path, {"ssh": (0, "active\n")})
    driver.prepare()
    assert [" ".join(argv[:4]) for argv in programs.calls[1:4]] == [
        "qemu-img create -q -f",
        "nice -n 5 qemu-system-x86_64",
        f"ip address replace {virtual.gateway}/24",
    ]
    assert driver.files.seed.stat().st_mode & 0o077 == 0
    assert driver.files.shape.exists()


def test_a_machine_that_ends_at_once_shows_its_last_words(virtual: Lab, tmp_path: Path) -> None:
    driver, _ = driver_with(virtual, tmp_path, {"ssh": (255, "No route to host")})
    driver.folder.path.mkdir(parents=True)
    driver.files.log.write_text("Kernel panic - not syncing: no init\n")
    with pytest.raises(RunnerError, match="ended while it started") as caught:
        driver._wait()
    assert "no init" in caught.value.found
