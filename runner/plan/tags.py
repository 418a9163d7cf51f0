"""Whether a task's tags are among those asked for (`--tags`, `--skip-tags`)."""

from collections.abc import Iterable


def selected(tags: Iterable[str], only: Iterable[str], skip: Iterable[str]) -> bool:
    """Tell whether a task with `tags` runs. `only` empty or {"all"}: everything but `never`.

    Special words as documented: always, never, tagged, untagged, all.
    """
    mine = set(tags)
    wanted = set(only) or {"all"}
    run = True
    if "always" in mine:
        run = True
    elif "never" in mine and not mine & (wanted - {"all", "tagged"}):
        run = False
    elif "all" in wanted:
        run = "never" not in mine or bool(mine & wanted)
    else:
        run = bool(mine & wanted) or ("tagged" in wanted and bool(mine) and mine != {"never"}) or ("untagged" in wanted and not mine)
    if not run:
        return False
    unwanted = set(skip)
    if "all" in unwanted:
        return "always" in mine and "always" not in unwanted
    return not (mine & unwanted or ("tagged" in unwanted and mine) or ("untagged" in unwanted and not mine))
