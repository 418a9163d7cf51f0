"""Settings come from defaults, ansible.cfg and the environment, and say from where."""

from pathlib import Path

import pytest

from runner.errors import ParseError, UsageError
from runner.parse.ansible_cfg import read_settings
from runner.parse.settings import Settings


def read(tmp_path: Path, text: str | None = None, told: list[str] | None = None, **environ: str) -> Settings:
    if text is not None:
        (tmp_path / "ansible.cfg").write_text(text)
    return read_settings({"HOME": str(tmp_path / "home"), **environ}, str(tmp_path), (told or []).append)


def test_defaults(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.forks, found.host_key_checking, found.config_file) == (5, True, None)
    assert found.origin["forks"] == "default"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    text = "[defaults]\nforks = 9 ; nine\ntimeout=30\n[ssh_connection]\npipelining = yes\n"
    found = read(tmp_path, text, ANSIBLE_FORKS="11")
    assert (found.forks, found.timeout, found.pipelining) == (11, 30, True)
    assert found.origin["forks"] == "env: ANSIBLE_FORKS"
    assert found.origin["timeout"] == f"{tmp_path / 'ansible.cfg'}:3"
    assert found.config_file == str(tmp_path / "ansible.cfg")


def test_paths_start_at_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "cfg").mkdir()
    (tmp_path / "cfg/my.cfg").write_text("[defaults]\nroles_path = roles:~/r:/abs:$WHERE/x\ninventory = inv,b/c\n")
    found = read(tmp_path, ANSIBLE_CONFIG=str(tmp_path / "cfg/my.cfg"), WHERE="/w")
    assert found.roles_path[0] == str(tmp_path / "cfg/roles")
    assert found.roles_path[2:] == ("/abs", "/w/x")
    assert found.inventory == (str(tmp_path / "cfg/inv"), str(tmp_path / "cfg/b/c"))
    assert read(tmp_path, ANSIBLE_ROLES_PATH="r").roles_path == (str(tmp_path / "r"),)


def test_the_search_order(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.ansible.cfg").write_text("[defaults]\nforks=2\n")
    assert read(tmp_path).forks == 2
    assert read(tmp_path, "[defaults]\nforks=3\n").forks == 3
    (tmp_path / "named.cfg").write_text("[defaults]\nforks=4\n")
    assert read(tmp_path, ANSIBLE_CONFIG=str(tmp_path / "named.cfg")).forks == 4


def test_a_folder_that_everyone_may_write_is_no_source(tmp_path: Path) -> None:
    told: list[str] = [""]
    (tmp_path / "ansible.cfg").write_text("[defaults]\nforks=3\n")
    tmp_path.chmod(0o777)
    assert read(tmp_path, None, told).forks == 5
    assert "world writable" in told[1]


def test_lists_quotes_and_no_color(tmp_path: Path) -> None:
    found = read(tmp_path, "[defaults]\ncallbacks_enabled = a, b,\nansible_managed = 'by us'\n", NO_COLOR="please")
    assert found.callbacks_enabled == ("a", "b")
    assert found.ansible_managed == "by us"
    assert found.nocolor is True


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ANSIBLE_FORKS", "many", "a whole number"),
        ("ANSIBLE_NO_LOG", "maybe", "true or false"),
        ("ANSIBLE_GATHERING", "smrt", "one of"),
    ],
)
def test_values_of_the_wrong_kind(tmp_path: Path, name: str, value: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, **{name: value})
    assert expected in caught.value.expected
    assert name in caught.value.message


def test_a_broken_file_has_a_place(tmp_path: Path) -> None:
    with pytest.raises(ParseError) as caught:
        read(tmp_path, "[defaults]\nforks=1\nnonsense\n")
    assert str(caught.value.position) == f"{tmp_path / 'ansible.cfg'}:3"
