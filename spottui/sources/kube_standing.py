"""Says how we stand with one kind: live, stale, forbidden, absent; knows words for the operator, not requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from spottui.events import AccessChanged, KindAlive, ListEnded
from spottui.records import Access
from spottui.sources.kube_objects import Kind
from spottui.sources.kube_outbox import Outbox

OPERATORS = {
    "argoproj.io": "Argo CD",
    "core.spinkube.dev": "SpinKube",
    "runtime.spinkube.dev": "The runtime-class-manager",
}
"""API group of custom kinds -> what serves them."""

OPTIONAL = {"applicationsets": "There are no ApplicationSets here"}
"""Custom kinds that are not in every installation -> what to say where they are not."""

Word = Literal["waiting", "live", "stale", "forbidden", "absent", "expired", "failed"]


class Standing:
    """The last word on one kind, told to the store whenever it changes."""

    def __init__(self, kind: Kind, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._kind = kind
        self._outbox = outbox
        self._clock = clock
        self._word: Word = "waiting"
        self.has_listed = False
        """The store has rows of this kind, or knows that there are none."""
        self.note = ""
        """What the operator must know of live rows: that they are of one namespace only, or read now and then."""

    def tell(self, word: Word, reason: str) -> None:
        """Say that the rows are not live, and why."""
        self._word = word
        self._outbox.put_now(AccessChanged(self._kind.plural, Access(word, reason)))

    def trouble(self, reason: str) -> None:
        """Say that nothing new is heard: stale where there are rows, else still waiting."""
        self.tell("stale" if self.has_listed else "waiting", reason)

    def link_lost(self, reason: str) -> None:
        """Say that the link is lost; a kind that is forbidden or absent stays so."""
        if self._word not in ("forbidden", "absent"):
            self.trouble(reason)

    def alive(self) -> None:
        """Say that the rows are up to date now."""
        self._word = "live"
        self._outbox.put_now(KindAlive(self._kind.plural, self._clock()))
        self.repeat_note()

    async def listed(self, uids: frozenset[str]) -> None:
        """Say that all rows were heard: others are gone."""
        await self._outbox.put(ListEnded(self._kind.plural, uids, self._clock()))
        self._word = "live"
        self.has_listed = True
        self.repeat_note()

    async def absent(self) -> None:
        """Say that the server has no such kind; rows that it had are gone with it."""
        if self.has_listed:
            await self.listed(frozenset())
            self.has_listed = False
        where = f"{self._kind.path.removeprefix('/apis/').removeprefix('/api/')}/{self._kind.plural}"
        owner = next((name for group, name in OPERATORS.items() if f"/{group}/" in self._kind.path), "")
        lead = f"{owner} is not installed here: the" if owner else "The"
        if self._kind.plural in OPTIONAL:
            lead = f"{OPTIONAL[self._kind.plural]}: the"
        self.tell("absent", f"{lead} API server has no {where}.")

    def limit(self, note: str) -> None:
        """Say what limits live rows from now on; nothing does when it is empty."""
        self.note = note
        self._outbox.put_now(AccessChanged(self._kind.plural, Access("live", note, self._clock())))

    def repeat_note(self) -> None:
        """Say again what is special about live rows, as the store forgets it with each change."""
        if self.note:
            self._outbox.put_now(AccessChanged(self._kind.plural, Access("live", self.note, self._clock())))
