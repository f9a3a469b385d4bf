"""Knows how to keep many sort entries in order while few of them change; knows nothing of rows or filters."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, TypeVar

T = TypeVar("T")

Entry = tuple[int, Any, tuple[str, str]]
"""Where a row sorts: 1 if it has no key (those come last), its key, then (tie, uid)."""

_BY_RANK, _BY_KEY, _BY_TIE = itemgetter(0), itemgetter(1), itemgetter(2)


class RowOrder:
    """A sorted list of entries and, beside it, the list of their uids.

    Entries without a key come last and ties stay ascending, whichever way the keys go.
    """

    def __init__(self) -> None:
        self.uids: list[str] = []
        self.descending = False
        self._entries: list[Entry] = []

    def fill(self, entries: list[Entry]) -> None:
        """Sort these entries in the place of all before.

        Raises:
            TypeError: Two keys do not compare.
        """
        self._entries = self._sorted(entries)
        self.uids = [entry[2][1] for entry in self._entries]

    def splice(self, outs: Sequence[Entry], ins: list[Entry]) -> bool:
        """Cut some entries out and put others in, by bisection and block copies.

        Return False, and change nothing, when one to cut out is not where its key says.

        Raises:
            TypeError: Two keys do not compare.
        """
        found = [self.find(entry) for entry in outs]
        cuts = sorted(place for place in found if place is not None)
        if len(cuts) < len(found):
            return False
        entries = _without(self._entries, cuts)
        ins = self._sorted(ins)
        places = [self._bisect(entries, entry) for entry in ins]
        self._entries = _with(entries, places, ins)
        self.uids = _with(_without(self.uids, cuts), places, [entry[2][1] for entry in ins])
        return True

    def find(self, entry: Entry) -> int | None:
        """Return the place of an entry; None when it is not where its key says."""
        place = self._bisect(self._entries, entry)
        if place < len(self._entries) and self._entries[place][2] == entry[2]:
            return place
        return None

    def _sorted(self, entries: list[Entry]) -> list[Entry]:
        """Sort by stable passes over plain keys: far faster than comparing entries in Python."""
        keyed = [entry for entry in entries if not entry[0]]
        without_key = [entry for entry in entries if entry[0]]
        keyed.sort(key=_BY_TIE)
        keyed.sort(key=_BY_KEY, reverse=self.descending)
        without_key.sort(key=_BY_TIE)
        return keyed + without_key

    def _bisect(self, entries: Sequence[Entry], entry: Entry) -> int:
        if not self.descending:
            return bisect_left(entries, entry)
        rank, key, tie = entry
        low, high = 0, len(entries)
        while low < high:
            middle = (low + high) // 2
            other_rank, other_key, other_tie = entries[middle]
            if other_rank != rank:
                precedes = other_rank < rank
            elif other_key == key:
                precedes = other_tie < tie
            else:
                precedes = key < other_key
            if precedes:
                low = middle + 1
            else:
                high = middle
        return low


def _without(items: list[T], cuts: Sequence[int]) -> list[T]:
    """Copy a list but for the places in `cuts`, which ascend."""
    if not cuts:
        return items
    kept: list[T] = []
    start = 0
    for cut in cuts:
        kept += items[start:cut]
        start = cut + 1
    kept += items[start:]
    return kept


def _with(items: list[T], places: Sequence[int], extra: Sequence[T]) -> list[T]:
    """Copy a list with `extra[i]` put in before `items[places[i]]`; the places ascend."""
    if not extra:
        return items
    filled: list[T] = []
    start = 0
    for place, item in zip(places, extra, strict=True):
        filled += items[start:place]
        filled.append(item)
        start = place
    filled += items[start:]
    return filled
