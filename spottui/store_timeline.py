"""The Timeline's part of the store: what happened, bounded, repetitions counted, and what was not seen said so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from spottui.events import ClockSet, LinkDown, LinkUp, LoginRefused, LoginTaken
from spottui.records import Access, Meta, Target
from spottui.records_links import Links, Probe
from spottui.records_robot import Robot
from spottui.records_timeline import TimelineEntry, Tone
from spottui.store_clock import moved
from spottui.verdicts.changes import ONE_LINE_FOR, REPEAT_AFTER, entries_for, entry_for_arrival
from spottui.verdicts.changes_links import interface_entries, link_entry, login_entry, low_data_entry, probe_entries
from spottui.verdicts.changes_robot import carried, robot_entries
from spottui.verdicts.changes_words import age_words, entry
from spottui.verdicts.changes_workloads import BEGAN, COUNTED, DONE

TIMELINE_LENGTH = 2000
"""Entries kept; about an operator's day."""
MOST_AFTER_A_GAP = 25
"""Changes of one kind that are told one by one after a time in which nothing was seen; the others are counted."""
SETTLED_AFTER = 15.0
"""Seconds after a kind is live again in which changes may still be those of the time before."""

Resolve = Callable[[Target], tuple[Target, tuple[str, ...]]]
"""From a target to itself with its real UID, and to the UIDs of its owners."""


class _Gap(Struct):
    """A time in which one kind was not seen."""

    since: float
    until: float | None = None
    """When the kind was live again; None: it is not yet."""
    told: int = 0
    left_out: int = 0
    new: int = 0
    gone: int = 0


class Timeline:
    """Keeps what happened, the order of hearing; turns what is heard into lines."""

    def __init__(self, resolve: Resolve, changed: Callable[[], None]) -> None:
        """Take how to find owners, and what to call when there is something new."""
        self._resolve, self._changed = resolve, changed
        self._entries: dict[str, TimelineEntry] = {}
        self._groups: dict[str, str] = {}
        """Group -> uid of its last line."""
        self._unwritten: dict[str, None] = {}
        self._counted: dict[str, None] = {}
        """Lines that only count on since they were taken to the disk."""
        self._gaps: dict[str, _Gap] = {}
        self._rolling: set[str] = set()
        self._lost_at: dict[str, float] = {}
        self._refused_at: dict[str, float] = {}
        self._robot: Robot | None = None

    def __iter__(self) -> Iterator[TimelineEntry]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    # -- taking in lines -----------------------------------------------------------------------------

    def note(self, *entries: TimelineEntry | None) -> None:
        """Add lines; one that repeats another within minutes counts there, one that is known is left out."""
        for line in entries:
            if line is not None and not self._is_no_rollout(line):
                self._add(line)

    def note_about(
        self, source: str, at: float, tone: Tone, what: str, text: str, target: Target | None = None
    ) -> None:
        """Add a line about one of our own parts."""
        self.note(entry(f"{source}@{at}", at, tone, what, source, text, target))

    def _add(self, line: TimelineEntry) -> None:
        if line.target is not None and not line.chain:
            target, chain = self._resolve(line.target)
            line = replace(line, target=target, chain=chain)
        known = self._entries.get(self._groups.get(line.group, "")) if line.group else None
        if known is not None and _repeats(known, line):
            self._count(known, line)
        elif line.uid not in self._entries:
            self._entries[line.uid] = line
            self._unwritten[line.uid] = None
            if line.group:
                self._groups[line.group] = line.uid
            self._forget()
            self._changed()

    def _count(self, known: TimelineEntry, line: TimelineEntry) -> None:
        last, heard = known.until or known.at, line.until or line.at
        if known.is_earlier:
            if heard <= last:
                return  # the same words that an earlier spottui heard
            count = max(known.count + 1, line.count)
        else:
            count = known.count + line.count
        self._entries[known.uid] = replace(
            known, count=count, until=max(last, heard), text=line.text, tone=line.tone, is_earlier=False
        )
        self._counted[known.uid] = None
        self._changed()

    def _forget(self) -> None:
        while len(self._entries) > TIMELINE_LENGTH:
            uid = next(iter(self._entries))
            dropped = self._entries.pop(uid)
            self._unwritten.pop(uid, None)
            self._counted.pop(uid, None)
            if self._groups.get(dropped.group) == uid:
                del self._groups[dropped.group]

    def _is_no_rollout(self, line: TimelineEntry) -> bool:
        """Tell whether a line calls a mere scale the end of a rollout; remember which rollouts go on."""
        if line.target is None or line.what != "rollout":
            return False
        if line.uid.startswith(BEGAN):
            self._rolling.add(line.target.uid)
        elif line.uid.startswith(DONE):
            went_on = line.target.uid in self._rolling
            self._rolling.discard(line.target.uid)
            return line.target.kind in COUNTED and not went_on
        return False

    # -- the disk ------------------------------------------------------------------------------------

    def remember(self, entries: Iterable[TimelineEntry]) -> None:
        """Put what an earlier spottui wrote before what is known; what is known already stays as it is."""
        earlier = {line.uid: replace(line, is_earlier=True) for line in entries if line.uid not in self._entries}
        both = sorted((*earlier.values(), *self._entries.values()), key=lambda line: line.at)
        self._entries = {line.uid: line for line in both}
        for line in earlier.values():
            if line.group:
                self._groups.setdefault(line.group, line.uid)
        self._forget()
        self._changed()

    def take(self, *, counted: bool = False) -> list[TimelineEntry]:
        """Return the lines that are to be written down, once each; with `counted` those too that only count on."""
        uids = dict(self._unwritten)
        self._unwritten.clear()
        if counted:
            uids |= self._counted
            self._counted.clear()
        for uid in uids:
            self._counted.pop(uid, None)
        return [self._entries[uid] for uid in uids if uid in self._entries]

    # -- the cluster ---------------------------------------------------------------------------------

    def objects_heard(
        self, kind: str, changes: Sequence[tuple[Meta | None, Meta]], at: float, *, is_live: bool
    ) -> None:
        """Take in records that appeared or changed; `is_live`: the list of the kind was heard before."""
        gap = self._gap(kind, at)
        for before, after in changes:
            if before is None and gap is not None:
                gap.new += 1
            elif before is None and is_live:
                self.note(entry_for_arrival(after, at, is_gone=False))
            for line in entries_for(before, after, at):
                self._note_in(gap, line, at)

    def objects_gone(self, kind: str, gone: Sequence[Meta], at: float) -> None:
        """Take in records that are gone."""
        gap = self._gap(kind, at)
        for thing in gone:
            if gap is not None:
                gap.gone += 1
            if (line := entry_for_arrival(thing, at, is_gone=True)) is not None:
                self._note_in(gap, line, at)

    def _note_in(self, gap: _Gap | None, line: TimelineEntry, at: float) -> None:
        if gap is None:
            self.note(line)
        elif gap.told >= MOST_AFTER_A_GAP:
            gap.left_out += 1
        else:
            gap.told += 1
            # What carries a time of its own is dated by it; the rest happened at some time in the gap.
            self.note(replace(line, unseen=at - gap.since) if line.at == at else line)

    def standing(self, kind: str, before: Access, after: Access, at: float | None = None) -> None:
        """Take in how we stand with a kind: a time in which it is not live is one in which it is not seen."""
        heard = before.heard_at
        if before.state == "live" and after.state != "live" and heard is not None:
            self._gaps.setdefault(kind, _Gap(heard)).until = None
        gap = self._gaps.get(kind)
        if gap is not None and after.state == "live" and gap.until is None:
            gap.until = at if at is not None else after.heard_at

    def listed(self, kind: str, at: float) -> None:
        """Take in that a full list was heard: what differs since before has been said."""
        if (gap := self._gaps.pop(kind, None)) is not None:
            self._end(kind, gap, at)

    def alive(self, kind: str, at: float) -> None:
        """Take in that a kind is up to date; ends its gap once late words have had their time."""
        self._gap(kind, at)

    def _gap(self, kind: str, at: float) -> _Gap | None:
        gap = self._gaps.get(kind)
        if gap is None or gap.until is None or at <= gap.until + SETTLED_AFTER:
            return gap
        del self._gaps[kind]
        self._end(kind, gap, gap.until)
        return None

    def _end(self, kind: str, gap: _Gap, at: float) -> None:
        counts = {"new": gap.new, "gone": gap.gone, "more changed": gap.left_out}
        if kind == "events":
            counts = {"more": gap.left_out}
        said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        if said:
            text = f"{kind}: {said}, while not seen for {age_words(gap.since, at)}"
            self.note(entry(f"gap:{kind}@{at}", at, "info", "link", "kube", text, unseen=at - gap.since))

    # -- links, robot --------------------------------------------------------------------------------

    def link_heard(
        self, before: LinkUp | LinkDown | None, event: LinkUp | LinkDown, heard_at: float | None = None
    ) -> None:
        """Take in a source's link; `heard_at`: when the source was heard last, where that is known better than now."""
        if isinstance(event, LinkDown):
            self._lost_at.setdefault(event.source, event.at if heard_at is None else min(heard_at, event.at))
            self.note(link_entry(before, event, None))
        else:
            self.note(link_entry(before, event, self._lost_at.pop(event.source, None)))

    def login_heard(self, event: LoginRefused | LoginTaken) -> None:
        """Take in whether a source takes our login."""
        if isinstance(event, LoginRefused):
            if self._refused_at.setdefault(event.source, event.at) == event.at:
                self.note(login_entry(event, None))
        elif (since := self._refused_at.pop(event.source, None)) is not None:
            self.note(login_entry(event, since))

    def clock_set(self, step: ClockSet) -> None:
        """Take in that the clock was set: lines keep the time that it told, what goes on stays as long as it is."""
        for gap in self._gaps.values():
            gap.since = moved(gap.since, step)
            gap.until = None if gap.until is None else moved(gap.until, step)
        for moments in (self._lost_at, self._refused_at):
            moments.update({source: moved(moment, step) for source, moment in moments.items()})
        by, way = age_words(0, abs(step.by)), "forward" if step.by > 0 else "back"
        text = f"this computer's clock was set {way} by {by}"
        self.note(entry(f"clock@{step.at}", step.at, "warn", "spottui", "clock", text))

    def stood_still(self, seconds: float, at: float) -> None:
        """Take in that the program did not run."""
        text = f"spottui stood still for {age_words(0, seconds)}: asleep or stopped, and nothing was watched"
        self.note(entry(f"stood-still@{at}", at, "warn", "spottui", "spottui", text, unseen=seconds))

    def robot_heard(self, robot: Robot, at: float) -> None:
        """Take in the robot's word."""
        self.note(*robot_entries(self._robot, robot, at))
        self._robot = carried(self._robot, robot)

    def probes_heard(self, before: Iterable[Probe], after: Iterable[Probe], at: float) -> None:
        """Take in all probes."""
        self.note(*probe_entries(before, after, at))

    def interfaces_heard(self, before: Links | None, after: Links) -> None:
        """Take in this computer's own links."""
        self.note(*interface_entries(before, after))

    def low_data_heard(self, before: str, after: str, at: float) -> None:
        """Take in whether low-data mode is on, and why."""
        self.note(low_data_entry(before, after, at))


def _repeats(known: TimelineEntry, line: TimelineEntry) -> bool:
    last, heard = known.until or known.at, line.until or line.at
    return abs(heard - last) < REPEAT_AFTER and heard - known.at < ONE_LINE_FOR
