"""Filters on lists: unique, union, flatten, zip, combinations, shuffle, random ..."""

import itertools
import random as randomness
from collections.abc import Hashable, Mapping
from typing import Any

from jinja2 import Undefined as JinjaUndefined
from jinja2 import pass_context, pass_environment
from jinja2.filters import do_unique

from runner.errors import TemplateError


def once(values: Any) -> list[Any]:
    """Return the values without repeats, in order; such as cannot be hashed are compared one by one."""
    values = list(values)
    try:
        return list(dict.fromkeys(values))
    except TypeError:
        result: list[Any] = []
        for each in values:
            if each not in result:
                result.append(each)
        return result


def checked(value: Any) -> Any:
    """Return a value that is defined. Raises Used."""
    if isinstance(value, JinjaUndefined):
        str(value)
    return value


def within(values: Any) -> Any:
    """Return something in which to look values up quickly when they can be hashed."""
    try:
        return set(values)
    except TypeError:
        return list(values)


def has(values: Any, value: Any) -> bool:
    """Tell whether a value is among others, also when it cannot be hashed."""
    if isinstance(values, set):
        try:
            return value in values
        except TypeError:
            return any(value == each for each in values)
    return value in values


@pass_environment
def unique(environment: Any, a: Any, case_sensitive: bool | None = None, attribute: Any = None) -> list[Any]:
    """Return a list without repeats. Case does not count unless told; attribute: compare only that."""
    checked(a)
    try:
        return list(do_unique(environment, a, case_sensitive=bool(case_sensitive), attribute=attribute))
    except TypeError as error:
        if case_sensitive is False or attribute is not None:
            kind = "case_sensitive=False" if attribute is None else "attribute"
            raise TemplateError(
                f"unique failed ({error}) and cannot fall back to comparing the values one by one, which does not know {kind}",
                expected="values that can be hashed: text and numbers",
            ) from error
        return once(a)


def union(a: Any, b: Any) -> list[Any]:
    """Return what stands in one list or the other."""
    checked(b)
    if not hasattr(checked(a), "__iter__") or not hasattr(b, "__iter__"):
        raise TypeError(f"unsupported operand type(s) for +: {type(a).__name__!r} and {type(b).__name__!r}")
    return once([*a, *b])


def intersect(a: Any, b: Any) -> list[Any]:
    """Return what stands in both lists."""
    others = within(checked(b))
    return once(each for each in checked(a) if has(others, each))


def difference(a: Any, b: Any) -> list[Any]:
    """Return what stands in the first list but not in the second."""
    others = within(checked(b))
    return once(each for each in checked(a) if not has(others, each))


def symmetric_difference(a: Any, b: Any) -> list[Any]:
    """Return what stands in just one of two lists."""
    return difference(a, b) + difference(b, a)


def flatten(mylist: Any, levels: int | None = None, skip_nulls: bool = True) -> list[Any]:
    """Return a list with the lists in it dissolved, `levels` deep."""
    result: list[Any] = []
    for each in checked(mylist):
        if skip_nulls and isinstance(each, Hashable) and each in (None, "None", "null"):
            continue
        if isinstance(each, (list, tuple)) and (levels is None or levels >= 1):
            result += flatten(each, None if levels is None else levels - 1, skip_nulls)
        else:
            result.append(each)
    return result


def zipped(*lists: Any) -> list[Any]:
    """Return the lists taken side by side, as long as the shortest."""
    return list(zip(*[checked(each) for each in lists]))


def zip_longest(*lists: Any, fillvalue: Any = None) -> list[Any]:
    """Return the lists taken side by side, as long as the longest."""
    return list(itertools.zip_longest(*[checked(each) for each in lists], fillvalue=fillvalue))


def product(*lists: Any, repeat: int = 1) -> list[Any]:
    """Return every choice of one value from each list."""
    return list(itertools.product(*lists, repeat=repeat))


def permutations(values: Any, r: int | None = None) -> list[Any]:
    """Return the orders of r of the values."""
    return list(itertools.permutations(values, r))


def combinations(values: Any, r: int) -> list[Any]:
    """Return the choices of r of the values."""
    return list(itertools.combinations(values, r))


@pass_context
def shuffle(context: Any, mylist: Any, seed: Any = None) -> list[Any]:
    """Return a list in random order, always the same one for a seed."""
    try:
        result = list(mylist)
    except TypeError:
        return mylist  # type: ignore[no-any-return]
    source(seed).shuffle(result)
    return result


def source(seed: Any) -> randomness.Random:
    """Return a source of random numbers; the same seed gives the same numbers."""
    return randomness.SystemRandom() if seed is None else randomness.Random(seed)  # noqa: S311 chance, not a secret


@pass_context
def random(context: Any, end: Any, start: Any = None, step: Any = None, seed: Any = None) -> Any:
    """Return a random number below `end`, or a random item of a list."""
    chance = source(seed)
    if isinstance(end, (int, float)):
        return chance.randrange(int(start or 0), int(end), int(step or 1))
    if hasattr(end, "__iter__"):
        if start or step:
            raise TemplateError("start and step can only be used with integer values")
        if isinstance(end, Mapping):
            raise TemplateError("random can only be used on sequences and integers", found="a mapping", remedy="use `| list | random`")
        return chance.choice(end)
    raise TemplateError("random can only be used on sequences and integers", found=type(end).__name__)


FILTERS = {
    "unique": unique,
    "union": union,
    "intersect": intersect,
    "difference": difference,
    "symmetric_difference": symmetric_difference,
    "flatten": flatten,
    "zip": zipped,
    "zip_longest": zip_longest,
    "product": product,
    "permutations": permutations,
    "combinations": combinations,
    "shuffle": shuffle,
    "random": random,
}
