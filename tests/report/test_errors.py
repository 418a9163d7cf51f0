"""What the user reads of a RunnerError."""

from pathlib import Path

from runner.errors import ParseError, UnknownName
from runner.position import Position
from runner.report.block import excerpt, place
from runner.report.errors import error_text


def test_tells_place_excerpt_and_remedy(tmp_path: Path) -> None:
    book = tmp_path / "site.yml"
    book.write_text("- hosts: web\n  tasks:\n    - name: x\n      cpoy: {}\n")
    error = UnknownName(
        "there is no module named cpoy",
        position=Position(str(book), 4, 7),
        expected="the name of a module",
        found="cpoy",
        nearest=["copy"],
        remedy="write copy",
        trail=[Position("all.yml", 1), Position("web.yml", 9, 3)],
    )
    assert error_text(error) == (
        "ERROR! there is no module named cpoy\n"
        f"  --> {book}:4:7\n"
        "  2 |   tasks:\n"
        "  3 |     - name: x\n"
        "  4 |       cpoy: {}\n"
        "    |       ^ here\n"
        "  expected: the name of a module\n"
        "  found: cpoy\n"
        "  did you mean: copy?\n"
        "  remedy: write copy\n"
        "  included from web.yml:9:3\n"
        "  included from all.yml:1"
    )


def test_message_alone_in_colour() -> None:
    assert error_text(ParseError("no"), color=True) == "\033[0;31mERROR! no\033[0m"


def test_excerpt_without_column_points_at_the_first_word(tmp_path: Path) -> None:
    book = tmp_path / "b.yml"
    book.write_text("\n".join(["x"] * 9 + ["  y: 1"]))
    assert excerpt(Position(str(book), 10)) == [" 8 | x", " 9 | x", "10 |   y: 1", "   |   ^ here"]


def test_long_line_is_cut_around_the_column(tmp_path: Path) -> None:
    book = tmp_path / "b.yml"
    book.write_text("a" * 500 + "B" + "c" * 500)
    line, pointer = excerpt(Position(str(book), 1, 501))
    assert line[pointer.index("^")] == "B"
    assert len(line) <= 204


def test_never_shows_an_encrypted_file_nor_fails_without_one(tmp_path: Path) -> None:
    secret = tmp_path / "v.yml"
    secret.write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    assert excerpt(Position(str(secret), 2, 1)) == []
    assert excerpt(Position(str(tmp_path / "none"), 2, 1)) == []
    assert excerpt(Position(str(secret), 99, 1)) == []


def test_place_is_read_from_text() -> None:
    assert place("a.yml:3") == Position("a.yml", 3)
    assert place("/x:y/a.yml:3:9") == Position("/x:y/a.yml", 3, 9)
    assert place("nowhere") is None
    assert place({"file": "a.yml", "line": 3, "column": 9}) == Position("a.yml", 3, 9)
    assert place({}) is None


def test_without_explanation_the_place_is_told_in_the_words_of_ansible(tmp_path: Path) -> None:
    book = tmp_path / "p.yml"
    book.write_text("- hosts: all\n  tasks:\n    - nosuch: {password: sesame}\n")
    error = ParseError("wrong", position=Position(str(book), 3, 7), remedy="mend it")
    assert error_text(error, explain=False).splitlines() == [
        "ERROR! wrong",
        "",
        f"The error appears to be in '{book}': line 3, column 7",
        "",
        "The offending line appears to be:",
        "",
        "- hosts: all",
        "  tasks:",
        "    - nosuch: {password: ******}",
        "      ^ here",
    ]
    assert error_text(ParseError("wrong"), explain=False) == "ERROR! wrong"
