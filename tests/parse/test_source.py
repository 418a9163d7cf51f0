"""Reading the user's files, quoting them in errors, limits from files and extra variables."""

from pathlib import Path

import pytest

from runner.errors import ParseError, UsageError, VaultError
from runner.model.text import Template
from runner.parse.extra_vars import read_extra_vars
from runner.parse.limit import read_limit
from runner.parse.source import excerpt, read_source
from runner.position import Position
from runner.vault.envelope import seal
from runner.vault.secrets import Secrets

PW = Secrets((("default", b"pw"),))


def test_reads_text_and_whole_file_vaults(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfx: \xc3\xbc\n")
    (tmp_path / "b").write_text(seal(b"secret: 1\n", b"pw"))
    assert read_source(tmp_path / "a") == "x: ü\n"
    assert read_source(tmp_path / "b", PW) == "secret: 1\n"
    with pytest.raises(VaultError):
        read_source(tmp_path / "b")


def test_what_cannot_be_read_is_explained(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ParseError) as caught:
        read_source(tmp_path / "sit.yml", position=Position("p.yml", 3, 4))
    assert caught.value.nearest == ("site.yml",)
    assert caught.value.position == Position("p.yml", 3, 4)
    with pytest.raises(ParseError, match="not UTF-8") as caught:
        read_source(tmp_path / "site.yml")
    assert caught.value.position == Position(str(tmp_path / "site.yml"), 2, 4)
    with pytest.raises(ParseError, match="is a directory"):
        read_source(tmp_path)


def test_an_excerpt_shows_the_line_and_a_caret(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_text("one: 1\ntwo: 2\n\tthree: 3\n")
    assert excerpt(Position(str(path), 2, 6)) == ["1 | one: 1", "2 | two: 2", "  |      ^"]
    assert excerpt(Position(str(path), 3), context=0) == ["3 |  three: 3"]
    assert excerpt(Position(str(path), 9)) == []
    assert excerpt(Position("missing", 1)) == []
    path.write_text(seal(b"x", b"pw"))
    assert excerpt(Position(str(path), 1)) == []


def test_limit_files(tmp_path: Path) -> None:
    (tmp_path / "retry").write_text("h1\n\nh2\n")
    assert read_limit(["a", "@retry"], str(tmp_path)) == ["a", "h1", "h2"]
    with pytest.raises(UsageError, match="must be a file"):
        read_limit(["@."], str(tmp_path))
    with pytest.raises(UsageError) as caught:
        read_limit(["@rety"], str(tmp_path))
    assert caught.value.nearest == ("retry",)


def test_extra_variables_in_every_form(tmp_path: Path) -> None:
    (tmp_path / "v.yml").write_text("f: 1\na: file\n")
    (tmp_path / "s.json").write_text(seal(b'{"s": "{{ t }}"}', b"pw"))
    written = ["a=1 b='two words'", '{"c": [1, true]}', "{d: 0644}", "@v.yml", "@s.json", "e={{x}}"]
    found = read_extra_vars(written, PW, str(tmp_path))
    assert found == {"a": "file", "b": "two words", "c": [1, True], "d": 420, "f": 1, "s": "{{ t }}", "e": "{{x}}"}
    assert type(found["s"]) is type(found["e"]) is Template


@pytest.mark.parametrize("written", ["novalue", "./vars.yml", "[1]", "@list.yml"])
def test_extra_variables_that_are_none(tmp_path: Path, written: str) -> None:
    (tmp_path / "list.yml").write_text("- a\n")
    with pytest.raises(UsageError):
        read_extra_vars([written], PW, str(tmp_path))
