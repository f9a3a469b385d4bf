"""Knows which rows a table shows and in which order; must not know how they are drawn (no Textual here)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from spottui.widgets.row_difference import Difference, difference
from spottui.widgets.row_filter import RowFilter
from spottui.widgets.row_order import Entry, RowOrder

R = TypeVar("R")


class Cell(NamedTuple):
    """What one column says of one row."""

    text: str
    """Cleaned of control characters; the table cleans again what still comes in."""
    tone: str = ""
    """"", "good", "warn", "bad", "dim", "info" or "accent"; the text must say the same without colour."""


@dataclass(frozen=True, slots=True, eq=False)
class Column(Generic[R]):
    """One column of a table: what it draws, how it sorts, how much room it takes."""

    key: str
    title: str
    cell: Callable[[R, float], Cell | str]
    """(record, now) -> what to draw; called for visible rows only, or for all to sort when `sort` is None."""
    sort: Callable[[R], Any] | None = None
    """Comparable key; None sorts last. Without it the text of the cell sorts, upper and lower case alike."""
    width: int = 0
    """Cells; 0 = flexible, shares what is left over."""
    min_width: int = 6
    max_width: int = 0
    """Cells; 0 = no limit."""
    priority: int = 0
    """0 is never dropped; the highest number drops out first on a narrow terminal."""
    wide_only: bool = False
    align: Literal["left", "right"] = "left"
    search: Callable[[R], str] | None = None
    """Text the filter sees for this column; None = nothing."""
    ages: bool = False
    """Its text changes with time alone: redrawn by the clock, never flashes."""


@dataclass(frozen=True, slots=True)
class Changes(Generic[R]):
    """What one update of an index did."""

    before: Mapping[str, R | None]
    """Former record of each changed row by uid; None for a new row."""
    removed: Sequence[str]
    moved: bool
    """True when the rows in view or their order are no longer the same."""


class RowIndex(Generic[R]):
    """Keeps rows by uid, filtered and in order; an update costs a scan and a few bisections, not a sort."""

    def __init__(
        self,
        key: Callable[[R], str],
        text: Callable[[R], str] | None = None,
        labels: Callable[[R], Mapping[str, str]] | None = None,
        tie: Callable[[R], str] | None = None,
    ) -> None:
        """`tie` orders rows with equal sort keys before the uid does (the name, as a rule)."""
        self._key, self._text, self._labels, self._tie = key, text, labels, tie
        self.rows: dict[str, R] = {}
        self.order: list[str] = []
        """Uids in view order."""
        self.held: str | None = None
        """Uid that stays in view though it left or no longer matches: the one under the cursor."""
        self.held_is_gone = False
        self._last_given: tuple[R, ...] | None = ()
        self._rows_in_order = True
        """False when `rows` is no longer in the order given, which only an unsorted table needs."""
        self._sorted = RowOrder()
        self._entry: dict[str, Entry] = {}
        self._visible: set[str] = set()
        self._texts: dict[str, str] = {}
        self._sort: Callable[[R], Any] | None = None
        self._keys_as_text = False
        self._filter = RowFilter()

    def set_rows(self, rows: Iterable[R]) -> Changes[R]:
        """Replace all rows; what changed is worked out by identity, then by equality."""
        given = tuple(rows)
        found = self._difference(given)
        if found is None:
            return self._set_all(given)
        if found.inserted:
            self._rows_in_order = False
        changes = self._apply((*found.swapped, *found.inserted, *found.appended), found.removed)
        self._last_given = given
        return changes

    def _set_all(self, given: Sequence[R]) -> Changes[R]:
        """Replace all rows by looking at the uid of each."""
        by_uid = {self._key(record): record for record in given}
        known = self.rows.get
        changed = [record for uid, record in by_uid.items() if known(uid) is not record or uid == self.held]
        places = list(self.rows)
        changes = self._apply(changed, [uid for uid in places if uid not in by_uid])
        if self.held_is_gone and self.held is not None:
            pairs = list(by_uid.items())
            pairs.insert(places.index(self.held), (self.held, self.rows[self.held]))
            by_uid = dict(pairs)
        self.rows, self._rows_in_order = by_uid, True
        # Two rows of one uid would break the comparison with the next rows, so those are compared by uid again.
        self._last_given = tuple(given) if len(by_uid) - self.held_is_gone == len(given) else None
        if self._sort is None:
            before, self.order = self.order, [uid for uid in by_uid if uid in self._visible]
            changes = Changes(changes.before, changes.removed, changes.moved or before != self.order)
        return changes

    def update(self, changed: Iterable[R], removed: Iterable[str] = ()) -> Changes[R]:
        """Take in some new or changed rows, then let some uids go; the others are not looked at.

        In a table without a sort order new rows come last.
        """
        if not self._rows_in_order and self._last_given is not None:
            self._set_all(self._last_given)  # the order given is forgotten below, and may be wanted later
        self._last_given = None
        return self._apply(changed, removed)

    def remove(self, uid: str) -> Changes[R]:
        """Let one row go; an unknown uid changes nothing."""
        return self.update((), (uid,))

    def position(self, uid: str) -> int | None:
        """Return the place of a row in `order`; None when it is not in view."""
        if uid not in self._visible:
            return None
        place = self._sorted.find(self._entry_of(uid)) if self._sort is not None else None
        return self.order.index(uid) if place is None else place

    def is_visible(self, uid: str) -> bool:
        """Say whether the row is in `order`."""
        return uid in self._visible

    def sort(self, sort: Callable[[R], Any] | None, descending: bool = False) -> None:
        """Order by this key: None keys last either way, ties ascending; without a key the order given."""
        if sort is not self._sort:
            self._entry.clear()
            self._keys_as_text = False
        if sort is None and not self._rows_in_order and self._last_given is not None:
            self._set_all(self._last_given)
        self._sort, self._sorted.descending = sort, descending
        self._arrange()

    def filter(self, row_filter: RowFilter) -> None:
        """Show only matching rows; a held row that does not match is let go."""
        self._filter = row_filter
        held, self.held = self.held, None
        if held is not None and held in self.rows and self._matches(held):
            self.held = held
        elif held is not None and self.held_is_gone:
            self._forget(held)
            self._entry.pop(held, None)
        self.held_is_gone = self.held_is_gone and self.held is not None
        self._visible = {uid for uid in self.rows if self._matches(uid)}
        self._arrange()

    def hold(self, uid: str | None) -> bool:
        """Hold this row in view instead of the one before; return whether the order changed by it."""
        former, was_gone = self.held, self.held_is_gone
        if uid == former:
            return False
        self.held, self.held_is_gone = uid, False
        if former is None or former not in self.rows:
            return False
        if was_gone:
            self._forget(former)
            return self._rearrange((), (former,))
        return self._rearrange((former,), ())

    def _difference(self, given: Sequence[R]) -> Difference[R] | None:
        """Return how the rows differ from the last ones; None when each uid must be looked at."""
        found = None if self._last_given is None else difference(self._last_given, given, self._key)
        if found is None or (found.inserted and self._sort is None):
            return None
        new = [self._key(record) for record in (*found.inserted, *found.appended)]
        gone = self.held if self.held_is_gone else None
        if len(set(new)) < len(new) or any(uid in self.rows and uid != gone for uid in new):
            return None  # a row that moved, or two of one uid
        return found

    def _apply(self, changed: Iterable[R], removed: Iterable[str]) -> Changes[R]:
        """Store records, find out which really differ, and put those in their new places."""
        before: dict[str, R | None] = {}
        for record in changed:
            uid = self._key(record)
            former = self.rows.get(uid)
            self.rows[uid] = record
            returned = self.held_is_gone and uid == self.held
            if returned:
                self.held_is_gone = False
            elif former is not None and (former is record or former == record):
                continue
            before[uid] = former
            self._texts.pop(uid, None)
        left = [uid for uid in dict.fromkeys(removed) if uid in self.rows]
        if self.held in left:
            if self.held_is_gone:
                left.remove(self.held)
            self.held_is_gone = True
        for uid in left:
            before.pop(uid, None)
            if uid != self.held:
                self._forget(uid)
        moved = self._rearrange(before, [uid for uid in left if uid != self.held])
        return Changes(before, left, moved)

    def _forget(self, uid: str) -> None:
        """Drop a record; its place in the order goes with the next rearranging."""
        del self.rows[uid]
        self._texts.pop(uid, None)

    def _matches(self, uid: str) -> bool:
        """Say whether a row is to be seen; its searchable text is kept until the row changes."""
        if self._filter.shows_all or uid == self.held:
            return True
        record = self.rows[uid]
        text = self._texts.get(uid)
        if text is None:
            text = self._texts[uid] = self._text(record) if self._text else ""
        return self._filter.matches(text, self._labels(record) if self._labels else {})

    def _entry_of(self, uid: str) -> Entry:
        """Return where the row sorts, worked out once per record and sort order."""
        entry = self._entry.get(uid)
        if entry is None:
            record = self.rows[uid]
            tie = (self._tie(record) if self._tie else "", uid)
            key = self._sort(record) if self._sort else 0
            if key is None or key != key:  # not-a-number is unequal to itself and would break the order
                entry = (1, 0, tie)
            else:
                entry = (0, str(key) if self._keys_as_text else key, tie)
            self._entry[uid] = entry
        return entry

    def _rearrange(self, changed: Iterable[str], removed: Iterable[str]) -> bool:
        """Move changed rows to their places and take removed ones out; return whether anything moved."""
        leaving: list[tuple[str, Entry | None]] = []
        coming: list[str] = []
        for uid in changed:
            former = self._entry.pop(uid, None)
            was_visible, is_visible = uid in self._visible, self._matches(uid)
            if was_visible and is_visible and (self._sort is None or former == self._entry_of(uid)):
                continue
            if was_visible:
                leaving.append((uid, former))
            if is_visible:
                coming.append(uid)
        for uid in removed:
            former = self._entry.pop(uid, None)
            if uid in self._visible:
                leaving.append((uid, former))
        if not leaving and not coming:
            return False
        self._visible.difference_update([uid for uid, _ in leaving])
        self._visible.update(coming)
        if self._sort is None or any(entry is None for _, entry in leaving):
            self._arrange()
        else:
            self._splice([entry for _, entry in leaving if entry is not None], coming)
        return True

    def _splice(self, leaving: list[Entry], coming: list[str]) -> None:
        """Move few rows among many."""
        try:
            done = self._sorted.splice(leaving, [self._entry_of(uid) for uid in coming])
        except TypeError:
            done = False  # keys that do not compare: arranging anew sees to it
        if done:
            self.order = self._sorted.uids
        else:
            self._arrange()

    def _arrange(self) -> None:
        """Put all visible rows in order anew."""
        self.order = [uid for uid in self.rows if uid in self._visible]
        if self._sort is None:
            return
        try:
            self._sorted.fill([self._entry_of(uid) for uid in self.order])
        except TypeError:
            # The keys are of kinds that do not compare: their texts do.
            self._keys_as_text = True
            self._entry.clear()
            self._sorted.fill([self._entry_of(uid) for uid in self.order])
        self.order = self._sorted.uids
