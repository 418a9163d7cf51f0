"""Files that tasks name and that are nowhere, looked for where the run would look."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from runner import find
from runner.errors import nearest_names
from runner.lint.facts import PlayFacts, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.texts import truth
from runner.model.text import Template, Text
from runner.plan.inherit import many
from runner.position import Position, position_of

# module -> (argument, folder its files are kept in)
NAMED = {
    "template": ("src", "templates"),
    "copy": ("src", "files"),
    "script": ("_raw_params", "files"),
    "include_vars": ("file", "vars"),
    "unarchive": ("src", "files"),
    "assemble": ("src", "files"),
}
REMOTE = {"copy": False, "unarchive": False, "assemble": True}


def missing(site: Site, project: Project) -> Iterable[Wart]:
    """Find a file that template, copy, script, include_vars or unarchive name and that does not exist."""
    short = find.short_name(str(site.task.action))
    args = site.task.args
    if short not in NAMED or not isinstance(args, dict):
        return
    if short in REMOTE and _remote(args, REMOTE[short]):
        return
    word, folder = NAMED[short]
    name = args.get(word, args.get("_raw_params") if short == "include_vars" else None)
    if short == "script" and isinstance(name, Text):
        name = type(name)(str(name).strip().split(" ")[0], name.position)
    if not isinstance(name, str) or isinstance(name, Template) or not name.strip() or "://" in name or name.startswith(("~", "/")):
        return  # what stands elsewhere on this machine may be made by the run
    places = list(_places(site, folder, str(name).rstrip("/")))
    if any(each.exists() for each in places):
        return
    there = sorted({each.name for place in places if place.parent.is_dir() for each in place.parent.iterdir()})
    yield Wart(
        f"the file '{name}' of {short} does not exist",
        position_of(name) or site.position,
        expected=f"a file in {folder}/ of the role or beside the playbook",
        found="nothing at " + ", ".join(shown(each) for each in places[:3]),
        nearest=tuple(nearest_names(Path(name).name, there)),
        remedy="correct the name, or write the file",
    )


def _remote(args: dict[str, object], default: bool) -> bool:
    value = args.get("remote_src", default)
    return isinstance(value, Template) or truth(value) is True or ("creates" in args and isinstance(args.get("src"), Template))


def _places(site: Site, folder: str, name: str) -> Iterator[Path]:
    bases = [*([site.place.role_path] if site.place.role_path else []), *site.place.parents, site.place.base, site.place.playbook_dir]
    for base in dict.fromkeys(str(each) for each in bases):
        yield Path(base) / folder / name
        yield Path(base) / name
        if base == site.place.role_path:
            yield Path(base) / "tasks" / name


def shown(path: Path) -> str:
    """Return a path as seen from the present folder, where it is below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def vars_files(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find `vars_files` that do not exist."""
    base = Path(play.path).parent
    for each in many(play.entry.get("vars_files")):
        names = [one for one in many(each) if isinstance(one, str)]
        if not names or any(isinstance(one, Template) for one in names):
            continue
        if not any((base / one).is_file() or (base / "vars" / one).is_file() for one in names):
            at = position_of(names[0]) or Position(play.path, 1)
            there = [one.name for one in (base / names[0]).parent.glob("*.y*ml")]
            near = tuple(nearest_names(Path(names[0]).name, there))
            yield Wart(f"the file '{names[0]}' of vars_files does not exist", at, found=f"nothing at {base / names[0]}", nearest=near)


RULES = (
    Rule("missing-file", "error", "task", "A file that template, copy, script, include_vars or unarchive name is nowhere.", missing),
    Rule("missing-file", "error", "play", "The same for `vars_files`, imports and static includes.", vars_files),
)
