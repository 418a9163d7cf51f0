"""yum_repository and rpm_key: on a host in memory, rpm and gpg as their manuals say."""

from runner.target.modules import rpm_key, yum_repository
from tests.target.fake_system import FakeSystem

FILES = {"/etc/yum.repos.d/": ""}
ARGS = {"name": "x", "description": "X y", "baseurl": ["http://a/", "http://b/"], "gpgcheck": False, "exclude": ["a", "b"]}
# as configparser writes it: the reference made the same file
TEXT = "[x]\nbaseurl = http://a/\n\thttp://b/\nexclude = a b\ngpgcheck = 0\nname = X y\n\n"
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
GPG = "pub:-:4096:1:A20E52146B8D79E6:1500000000:::-:::scESC::::::23::0:\nfpr:::::::::EBC6E12C62B1C734026B2122A20E52146B8D79E6:\n"


def test_section_is_made_once_and_removed() -> None:
    system = FakeSystem(FILES, diff=True)
    made = system.perform(yum_repository, **ARGS)
    assert made["changed"]
    assert made["repo"] == "x"
    assert system.text("/etc/yum.repos.d/x.repo") == TEXT
    assert made["diff"]["after"] == TEXT.replace("\t", "")
    assert not system.again().perform(yum_repository, **ARGS)["changed"]
    assert system.again().perform(yum_repository, **ARGS, mode="0600")["changed"]
    assert system.again(check=True).perform(yum_repository, name="x", state="absent")["changed"]
    assert system.again().perform(yum_repository, name="x", state="absent")["changed"]
    assert "/etc/yum.repos.d/x.repo" not in system.files
    assert not system.again().perform(yum_repository, name="x", state="absent")["changed"]


def test_other_sections_stay() -> None:
    system = FakeSystem({"/etc/yum.repos.d/all.repo": "[other]\nname=O\nbaseurl=http://o/\n"})
    system.perform(yum_repository, **ARGS, file="all")
    assert system.text("/etc/yum.repos.d/all.repo") == "[other]\nname = O\nbaseurl = http://o/\n\n" + TEXT
    system.again().perform(yum_repository, name="x", file="all", state="absent")
    assert system.text("/etc/yum.repos.d/all.repo") == "[other]\nname = O\nbaseurl = http://o/\n\n"


def test_complaints_and_check() -> None:
    system = FakeSystem(FILES, check=True)
    assert system.perform(yum_repository, **ARGS)["changed"]
    assert "/etc/yum.repos.d/x.repo" not in system.files
    assert system.perform(yum_repository, name="x", description="x")["msg"].endswith("missing: baseurl, mirrorlist, metalink")
    assert system.perform(yum_repository, name="x", baseurl=["x"])["msg"].endswith("missing: description")
    assert system.perform(yum_repository, **ARGS, reposdir="/no")["msg"] == "Repo directory '/no' does not exist."


def rpm_host(installed: str, **task: bool) -> FakeSystem:
    commands = {
        "rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n'": (0 if installed else 1, installed, ""),
        "gpg --no-tty --batch --with-colons --fixed-list-mode --with-fingerprint --show-keys /k.asc": GPG,
        "rpm --import /k.asc": "",
        "rpm --erase --allmatches gpg-pubkey-6b8d79e6-1": "",
    }
    return FakeSystem({"/k.asc": KEY, "/bad": "x"}, commands, **task)


def test_key_import_and_erase() -> None:
    system = rpm_host("")
    assert system.perform(rpm_key, key="/k.asc")["changed"]
    assert system.ran[-1][1:] == ["--import", "/k.asc"]
    there = "gpg-pubkey-6b8d79e6-1\ngpg-pubkey-12345678-1\n"
    assert not rpm_host(there).perform(rpm_key, key="/k.asc")["changed"]
    gone = rpm_host(there)
    assert gone.perform(rpm_key, key="0xA20E52146B8D79E6", state="absent")["changed"]
    assert gone.ran[-1][1:] == ["--erase", "--allmatches", "gpg-pubkey-6b8d79e6-1"]
    dry = rpm_host("", check=True)
    assert dry.perform(rpm_key, key="/k.asc")["changed"]
    assert "--import" not in dry.ran[-1]


def test_key_complaints() -> None:
    system = rpm_host("")
    prints = "EBC6 E12C 62B1 C734 026B  2122 A20E 5214 6B8D 79E6"
    assert system.perform(rpm_key, key="/k.asc", fingerprint=[prints])["changed"]
    assert "does not match any key fingerprints" in system.perform(rpm_key, key="/k.asc", fingerprint=["ABC"])["msg"]
    assert system.perform(rpm_key, key="/bad")["msg"] == "Not a public key: /bad"
    assert system.perform(rpm_key, key="/none")["msg"] == "Not a valid key /none"
    assert system.perform(rpm_key, key="DEADBEEF")["msg"] == "When importing a key, a valid file must be given"
