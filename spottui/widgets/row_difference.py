"""Knows how two long sequences of records differ when most of both is the same; knows no table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress, count
from operator import is_not
from typing import Generic, TypeVar

R = TypeVar("R")

_MOST_SHIFTS = 64
"""Rows that may come or go between others before it is cheaper to look at every uid."""


@dataclass(slots=True)
class Difference(Generic[R]):
    """How the rows given now differ from those given before."""

    swapped: list[R] = field(default_factory=list)
    """Other records of the same uids in the same places."""
    inserted: list[R] = field(default_factory=list)
    """New records between the others."""
    appended: list[R] = field(default_factory=list)
    """New records after all others."""
    removed: list[str] = field(default_factory=list)
    """Uids."""


def difference(last: Sequence[R], given: Sequence[R], key: Callable[[R], str]) -> Difference[R] | None:
    """Walk through both at once, comparing by identity; None when too much has moved.

    Asks `key` of differing records only: scanning 50,000 others costs a millisecond or two.
    """
    found: Difference[R] = Difference()
    for _ in range(_MOST_SHIFTS):
        shift = _to_next_shift(last, given, key, found)
        if shift is None:
            break
        if shift == (0, 0):
            return None
        last, given = last[shift[0] :], given[shift[1] :]
    else:
        return None
    shared = min(len(last), len(given))
    found.appended += given[shared:]
    found.removed += map(key, last[shared:])
    return found


def _to_next_shift(
    last: Sequence[R], given: Sequence[R], key: Callable[[R], str], found: Difference[R]
) -> tuple[int, int] | None:
    """Note swapped rows up to the first place where a row came or went.

    Return how far to go on in both, None at the end, (0, 0) when it is neither.
    """
    for place in compress(count(), map(is_not, last, given)):
        former, record = last[place], given[place]
        uid = key(former)
        if uid == key(record):
            found.swapped.append(record)
        elif place + 1 < len(last) and last[place + 1] is record:
            found.removed.append(uid)
            return place + 1, place
        elif place + 1 < len(given) and given[place + 1] is former:
            found.inserted.append(record)
            return place, place + 1
        else:
            return 0, 0
    return None
