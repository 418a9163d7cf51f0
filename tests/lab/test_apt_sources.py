"""The machine's own mirrors are found in both formats of apt's sources."""

from pathlib import Path

from runner.lab import apt_sources
from runner.lab.apt_sources import Source

DEB822 = """\
# Types: deb
Types: deb deb-src
# a snapshot that is out of reach
URIs: http://mirror.example/debian
Suites: bookworm
  bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://old.example/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://list.example/debian trixie main contrib # local
deb-src http://list.example/debian trixie main
deb http://list.example/security trixie-security main
"""


def test_deb822_joins_lines_and_skips_what_is_off() -> None:
    assert list(apt_sources.deb822(DEB822)) == [
        Source("http://mirror.example/debian", ("bookworm", "bookworm-updates"), ("main", "contrib"))
    ]


def test_one_line_skips_options_comments_and_sources() -> None:
    assert list(apt_sources.one_line(ONE_LINE)) == [
        Source("http://list.example/debian", ("trixie",), ("main", "contrib")),
        Source("http://list.example/security", ("trixie-security",), ("main",)),
    ]


def test_reads_what_apt_reads(tmp_path: Path) -> None:
    parts = tmp_path / "etc/apt/sources.list.d"
    parts.mkdir(parents=True)
    (tmp_path / "etc/apt/sources.list").write_text(ONE_LINE)
    (parts / "debian.sources").write_text(DEB822)
    (parts / "debian.sources.save").write_text("Types: deb\nURIs: http://saved.example\nSuites: bookworm\n")
    sources = apt_sources.read(tmp_path)
    assert apt_sources.mirror("bookworm", sources) == "http://mirror.example/debian"
    assert apt_sources.mirror("trixie", sources) == "http://list.example/debian"
    assert apt_sources.lines_for("trixie", sources) == [
        "deb http://list.example/debian trixie main",
        "deb http://list.example/security trixie-security main",
    ]


def test_another_system_has_no_mirror_of_ours(tmp_path: Path) -> None:
    sources = apt_sources.read(tmp_path)
    assert apt_sources.mirror("bookworm", sources) == apt_sources.DEBIAN_MIRROR
    assert apt_sources.lines_for("bookworm", sources) == [f"deb {apt_sources.DEBIAN_MIRROR} bookworm main"]


def test_another_suite_comes_from_the_mirrors_of_the_machines_own(tmp_path: Path) -> None:
    (tmp_path / "etc/apt").mkdir(parents=True)
    (tmp_path / "etc/apt/sources.list").write_text(ONE_LINE + "deb http://else.example/tools nodistro main\n")
    sources = apt_sources.read(tmp_path)
    assert apt_sources.mirror("bookworm", sources) == "http://list.example/debian"
    assert apt_sources.lines_for("bookworm", sources) == [
        "deb http://list.example/debian bookworm main",
        "deb http://list.example/security bookworm-security main",
    ]
