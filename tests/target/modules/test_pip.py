"""pip: outputs written by hand after those of pip 23; never run on a host."""

import re

import pytest

from runner.target.modules import pip
from tests.target.fake_system import FakeSystem

LIST = "Flask==2.2.5\nzope.interface==6.0\n"


def host(commands=None, **options):
    known = {"pip3 list --format=freeze": LIST}
    return FakeSystem(options.pop("files", {}), known | (commands or {}), programs=["pip3"], **options)


def test_installs_and_removes_only_when_needed():
    lists = [LIST, LIST + "six==1.16.0\n"]
    system = host({"pip3 install six": "Successfully installed six-1.16.0\n", "pip3 list --format=freeze": lambda _a, _s: lists.pop(0)})
    result = system.perform(pip, name=["six"])
    assert result["changed"]
    assert result["cmd"] == ["/usr/bin/pip3", "install", "six"]
    assert not host().perform(pip, name=["flask>=2,<3", "zope-interface"])["changed"]
    assert not host().perform(pip, name=["six"], state="absent")["changed"]
    assert host({"pip3 uninstall -y flask": "Successfully uninstalled Flask-2.2.5\n"}, check=True).perform(
        pip, name=["flask"], state="absent"
    )["changed"]


def test_an_environment_is_made():
    commands = {
        "python3 -m venv /srv/v": 0,
        "/srv/v/bin/python -m pip list --format=freeze": "",
        re.compile("/srv/v/bin/python -m pip install six"): "Successfully installed six-1.16.0\n",
    }
    system = FakeSystem(commands=commands, programs=["python3"])
    assert system.perform(pip, name=["six"], virtualenv="/srv/v", virtualenv_command="python3 -m venv")["changed"]
    assert system.ran[0][1:3] == ["-m", "venv"]


def test_more_words_are_split_as_a_shell_would():
    result = host({"pip3 install --user --constraint '/c d.txt' six": ""}).perform(
        pip, name=["six"], extra_args="--user --constraint \"/c d.txt\""
    )
    assert result["cmd"][2:] == ["--user", "--constraint", "/c d.txt", "six"]


def test_errors():
    err = "ERROR: Could not find a version that satisfies the requirement nope\n"
    result = host({"pip3 install nope": (1, "", err)}).perform(pip, name=["nope"])
    assert result["msg"] == err.strip()
    assert "ambiguous" in host().perform(pip, name=["a", "b"], version="1")["msg"]
    assert "pip needs to be installed" in FakeSystem().perform(pip, name=["a"])["msg"]


@pytest.mark.parametrize(
    ("version", "wanted", "held"),
    [
        ("2.2.5", ">=2,<3", True),
        ("2.2.5", "==2.2.*", True),
        ("2.2.5", "!=2.2.*", False),
        ("2.0", "==2.0.0", True),
        ("2.2.5", "~=2.1", None),
        ("2.10", ">2.9", True),
        ("2.0rc1", ">=2", None),
        ("1.0", "", True),
    ],
)
def test_versions(version, wanted, held):
    assert pip.satisfied(version, wanted) is held


def test_names():
    assert pip.joined(["a>=1,<2", "b, c==3"]) == ["a>=1,<2", "b", "c==3"]


def test_a_python_that_was_chosen_brings_its_own_pip(tmp_path, monkeypatch):
    chosen = tmp_path / "bin" / "python"
    chosen.parent.mkdir()
    assert pip.own_python(str(chosen)) == str(chosen)
    assert pip.own_python("/usr/bin/python3") is None
    known = {f"{chosen} -m pip --version": "pip 23\n", f"{chosen} -m pip list --format=freeze": LIST, f"{chosen} -m pip install six": ""}
    monkeypatch.setattr(pip.sys, "executable", str(chosen))
    assert host(known).perform(pip, name=["six"])["cmd"][:3] == [str(chosen), "-m", "pip"]
    none = {f"{chosen} -m pip --version": 1, "pip3 install six": ""}
    assert host(none).perform(pip, name=["six"])["cmd"][0] == "/usr/bin/pip3"
    (chosen.parent / "muster").touch()
    assert pip.own_python(str(chosen)) is None
