"""What a statement passes on to those inside it: replacing keywords, adding conditions, tags, environment and variables."""

from collections.abc import Mapping
from typing import Any

from runner.model.keywords import ADDITIVE, OWN
from runner.model.plan import Frame
from runner.model.text import Text
from runner.record import replace

PLAY_ONLY = frozenset("hosts name vars_files vars_prompt serial order strategy gather_facts gather_subset gather_timeout fact_path".split())


def many(value: Any) -> tuple[Any, ...]:
    """Return a keyword's value as a tuple: None is empty, one value is a tuple of one."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def tag_list(value: Any) -> tuple[Any, ...]:
    """Return tags as a tuple; a text may hold several, separated by commas."""
    tags: list[Any] = []
    for each in many(value):
        if isinstance(each, str) and "{{" not in each:
            tags += [Text(part.strip(), getattr(each, "position", None)) for part in each.split(",") if part.strip()]
        else:
            tags.append(each)
    return tuple(tags)


def mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Return `vars` as mappings: one mapping, or the old form of a list of them."""
    return tuple(each for each in many(value) if isinstance(each, dict))


def enter(frame: Frame, keywords: Mapping[str, Any]) -> Frame:
    """Return the frame of what stands inside a statement (or of the statement itself) with these keywords.

    Conditions, tags, environment, module defaults, collections (innermost first) and variables add up;
    other keywords replace, own ones are kept as the task's.
    """
    if not keywords:
        return frame
    own = {str(key): value for key, value in keywords.items() if str(key) not in ADDITIVE}
    return replace(
        frame,
        keywords={**frame.keywords, **own},
        when=(*frame.when, *many(keywords.get("when"))),
        tags=(*frame.tags, *tag_list(keywords.get("tags"))),
        environment=(*frame.environment, *many(keywords.get("environment"))),
        module_defaults=(*frame.module_defaults, *many(keywords.get("module_defaults"))),
        collections=(*many(keywords.get("collections")), *frame.collections),
        vars=(*frame.vars, *mappings(keywords.get("vars"))),
    )


def without_own(frame: Frame) -> Frame:
    """Return the frame without the keywords that mean something only on the statement that has them."""
    return replace(frame, keywords={key: value for key, value in frame.keywords.items() if key not in OWN})
