"""group_vars/ and host_vars/: which file counts, what is merged, what is left out."""

from pathlib import Path

import pytest

from runner.errors import ParseError, VaultError
from runner.parse.inventory.vars_files import VarsFiles
from runner.parse.settings import Settings
from runner.position import Position
from runner.record import replace
from runner.vault.envelope import seal
from runner.vault.secrets import Secrets


def write(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


def test_a_folder_of_files_is_merged_in_order(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "group_vars/web/a.yml": "x: 1\ny: 1",
            "group_vars/web/b": "x: 2",
            "group_vars/web/sub/c.json": '{"z": 3}',
            "group_vars/web/.hidden.yml": "no: 1",
            "group_vars/web/old.yml~": "no: 1",
            "group_vars/web/notes.txt": "no: 1",
        },
    )
    assert VarsFiles(Secrets(), Settings()).at(folder).groups["web"] == {"x": 2, "y": 1, "z": 3}


@pytest.mark.parametrize("kept", ["web", "web.yml", "web.yaml", "web.json"])
def test_the_first_name_that_exists_counts(tmp_path: Path, kept: str) -> None:
    order = ["web", "web.yml", "web.yaml", "web.json"]
    folder = write(tmp_path, {f"host_vars/{name}": f'{{"from": "{name}"}}' for name in order[order.index(kept) :]})
    assert VarsFiles(Secrets(), Settings()).at(folder).hosts["web"] == {"from": kept}


def test_deep_merging_where_asked(tmp_path: Path) -> None:
    folder = write(tmp_path, {"group_vars/all/a.yml": "d: {x: 1}", "group_vars/all/b.yml": "d: {y: 2}"})
    assert VarsFiles(Secrets(), Settings()).at(folder).groups["all"] == {"d": {"y": 2}}
    merging = VarsFiles(Secrets(), replace(Settings(), hash_behaviour="merge"))
    assert merging.at(folder).groups["all"] == {"d": {"x": 1, "y": 2}}


def test_files_of_names_nobody_asks_for_are_not_read(tmp_path: Path) -> None:
    folder = write(tmp_path, {"group_vars/bad.yml": "a: b: c", "group_vars/web.yml": "a: 1"})
    groups = VarsFiles(Secrets(), Settings()).at(folder).groups
    assert groups["web"] == {"a": 1}
    with pytest.raises(ParseError):
        groups["bad"]


def test_a_vault_file_needs_its_password(tmp_path: Path) -> None:
    folder = write(tmp_path, {"host_vars/h1.yml": seal(b"s: secret", b"pw")})
    assert VarsFiles(Secrets((("default", b"pw"),)), Settings()).at(folder).hosts["h1"] == {"s": "secret"}
    with pytest.raises(VaultError) as caught:
        VarsFiles(Secrets(), Settings()).at(folder).hosts["h1"]
    assert caught.value.position == Position(str(tmp_path / "host_vars/h1.yml"), 1)


def test_a_file_that_is_no_mapping_is_an_error_and_an_empty_one_is_not(tmp_path: Path) -> None:
    folder = write(tmp_path, {"group_vars/list.yml": "- a", "group_vars/empty.yml": "---\n"})
    groups = VarsFiles(Secrets(), Settings()).at(folder).groups
    assert groups["empty"] == {}
    with pytest.raises(ParseError, match="must be stored as a dictionary") as caught:
        groups["list"]
    assert caught.value.found == "a list"


def test_no_folder_is_no_variables(tmp_path: Path) -> None:
    assert dict(VarsFiles(Secrets(), Settings()).at(str(tmp_path)).groups) == {}
