"""The hosts' image: made again only when its recipe changes, from a public base or from Debian packages."""

import pytest

from runner.errors import RunnerError
from runner.lab import image
from runner.lab.image import Recipe
from runner.record import replace
from tests.lab.conftest import Programs

ABSENT = {"docker image inspect": (1, "No such image")}


def silent(line: str) -> None:
    """Say nothing."""


def test_the_tag_follows_the_recipe() -> None:
    recipe = Recipe()
    assert recipe.tag == Recipe().tag
    others = [replace(recipe, suite="trixie"), replace(recipe, base="debian:13"), replace(recipe, packages=("ipvsadm",))]
    assert len({recipe.tag, *(other.tag for other in others)}) == 4
    assert replace(recipe, packages=("curl",)).tag == recipe.tag  # it has curl already


def test_another_suite_has_its_own_public_image() -> None:
    recipe = Recipe(packages=("ipvsadm",))
    assert recipe.of_suite("trixie") == Recipe("trixie", "debian:13", ("ipvsadm",))
    assert recipe.of_suite("sid").base == "debian:sid"
    assert recipe.of_suite("") == recipe == recipe.of_suite("bookworm")


def test_an_image_that_is_there_is_kept() -> None:
    programs = Programs()
    assert image.ensure(Recipe(), silent, programs) == Recipe().tag
    assert programs.began_with("docker run") == []


def test_a_public_base_is_tried_first() -> None:
    programs = Programs(ABSENT)
    tag = image.ensure(Recipe(), silent, programs)
    assert programs.began_with("docker pull") == [["docker", "pull", "--quiet", "debian:12"]]
    (made,) = programs.began_with("docker run")
    assert made[-4:-1] == ["debian:12", "sh", "-ec"]
    assert "--env=SOURCES=" in made
    (kept,) = programs.began_with("docker commit")
    assert kept[-1] == tag
    assert f'--change=CMD ["{image.START}"]' in kept


def test_without_a_hub_it_is_made_from_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/sbin/{name}")
    programs, said = Programs({**ABSENT, "docker pull": (1, "no such host")}), list[str]()
    image.ensure(Recipe(), said.append, programs)
    (argv,) = programs.began_with("debootstrap")
    assert argv[1:3] == ["--variant=minbase", "bookworm"]
    assert programs.began_with("docker import")[0][-1] == "muster-lab-base:bookworm"
    (made,) = programs.began_with("docker run")
    assert made[-4] == "muster-lab-base:bookworm"
    assert any(word.startswith("--env=SOURCES=deb ") for word in made)
    assert "no public image (no such host); making one from Debian packages instead" in said


def test_a_failed_step_says_its_last_words_and_leaves_no_container() -> None:
    programs = Programs({**ABSENT, "docker run": (100, "E: Unable to locate package keepalivd")})
    with pytest.raises(RunnerError, match="cannot make the image") as caught:
        image.ensure(Recipe(), silent, programs)
    assert caught.value.found == "E: Unable to locate package keepalivd"
    assert programs.calls[-1][:3] == ["docker", "rm", "--force"]


def test_the_variant_without_python_stands_on_the_image() -> None:
    tag = Recipe().tag
    programs = Programs({f"docker image inspect --format {{{{.Id}}}} {tag}-nopython": (1, "No such image")})
    assert image.ensure(Recipe(), silent, programs, bare=True) == f"{tag}-nopython"
    (made,) = programs.began_with("docker run")
    assert made[-4] == tag
