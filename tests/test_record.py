"""Records mean what the standard library's dataclasses mean."""

import copy
import pickle

import pytest

from runner.record import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace


@dataclass(frozen=True, slots=True)
class Point:
    """Two numbers and a name."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)
    secret: str | None = field(default=None, repr=False)

    @property
    def total(self) -> int:
        """x + y."""
        return self.x + self.y


@dataclass(slots=True)
class Counter:
    """Counts; `double` follows from `count`."""

    count: int = 0
    double: int = field(init=False)

    def __post_init__(self) -> None:
        self.double = 2 * self.count


@dataclass(slots=True, eq=False)
class Thing:
    """Equal only to itself."""

    name: str


def test_is_made_of_its_fields_by_place_and_by_name() -> None:
    point = Point(1, names=["a"])
    assert (point.x, point.y, point.names, point.total) == (1, 2, ["a"], 3)
    assert Point(1).names is not Point(1).names


def test_a_missing_or_unknown_field_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1, z=3)  # type: ignore[call-arg]


def test_frozen_ones_cannot_be_changed_and_are_hashable_by_value() -> None:
    @dataclass(frozen=True, slots=True)
    class Pair:
        a: int
        b: int

    pair = Pair(1, 2)
    with pytest.raises(FrozenInstanceError):
        pair.a = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del pair.a
    assert pair == Pair(1, 2) != Pair(1, 3)
    assert {pair: "x"}[Pair(1, 2)] == "x"
    assert pair != (1, 2)


def test_others_have_no_hash_and_eq_false_is_by_identity() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counter())
    assert Counter(1) == Counter(1)
    one = Thing("a")
    assert one == one
    assert one != Thing("a")
    assert {one} == {one}


def test_post_init_runs_and_slots_refuse_other_names() -> None:
    assert Counter(4).double == 8
    with pytest.raises(AttributeError):
        Counter(4).other = 1  # type: ignore[attr-defined]


def test_repr_leaves_out_what_shall_not_be_seen() -> None:
    assert repr(Point(1, secret="s3cret")) == "Point(x=1, y=2, names=[])"


def test_replace_copy_and_pickle() -> None:
    point = Point(1, names=["a"])
    assert replace(point, y=5) == Point(1, 5, ["a"])
    assert copy.deepcopy(point) == point
    assert copy.copy(point).names is point.names
    assert pickle.loads(pickle.dumps(point)) == point


def test_fields_are_told_in_order() -> None:
    assert [each.name for each in fields(Point)] == ["x", "y", "names", "secret"]
    assert is_dataclass(Point(1))
    assert not is_dataclass(3)


def test_matches_by_place() -> None:
    match Point(7, 8):
        case Point(x, 8):
            assert x == 7
        case _:
            pytest.fail("did not match")


def test_a_mutable_default_is_refused() -> None:
    with pytest.raises(ValueError, match="use default_factory"):

        @dataclass(slots=True)
        class _Wrong:
            items: list[int] = []
