"""Releases an armed sync down the one road, and finds out what became of it; when it may be sent is decided elsewhere.

What is on the disk is the truth: "running" is there before anything is sent, and so is that the request is about to
leave. Whoever starts after a crash reads the Application first; what it does not tell is "unknown", and never sent
again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from spottui.actions.armed_sync import Outcome, Sending, class_of, outcome_of, release_action
from spottui.actions.objects import path_of, read, uid_of
from spottui.actions.runner import Runner
from spottui.app_armed_book import ArmedBook, target_of, words_of
from spottui.clock import rfc3339
from spottui.errors import NotFound, SpottuiError
from spottui.records_armed import ArmedState, ArmedSync
from spottui.store import Store
from spottui.verdicts.release import End, after

READ_BACK_EVERY = 10.0


class TakenElsewhere(Exception):
    """Somebody else was first: it waits no more."""


class ArmedAttempts(ArmedBook):
    """One attempt after the other to send an armed sync; used from the event loop's thread only."""

    def __init__(
        self, *, store: Store, runner: Runner, api: Callable[[], Any], monotonic: Callable[[], float], **book: Any
    ) -> None:
        """Take the parts; `api` returns the cluster's API, None while there is none; `book` as `ArmedBook`."""
        super().__init__(**book)
        self._store, self._runner, self._api, self._monotonic = store, runner, api, monotonic
        self._looked_at: dict[str, float] = {}

    async def _release(self, waiting: ArmedSync) -> None:
        """Take it up on the disk, send it down the one road, put on the disk what became of it."""

        def take(one: ArmedSync) -> ArmedSync:
            if one.state != "waiting":
                raise TakenElsewhere  # it was cancelled, say
            owner = f"pid {os.getpid()} of {self._who}"
            return replace(
                one, state="running", result="", attempts=one.attempts + 1, sent_at=None, owner=owner, not_before=None
            )

        try:
            one = await self._edit(waiting.id, take)
        except TakenElsewhere:
            return
        sending = Sending(
            one.operation_id,
            f"armed {rfc3339(one.armed_at)} by {one.armed_by}",
            before=partial(self._about_to_send, one.id),
        )
        options = {"revision": one.revision, "sending": sending}
        try:
            text = await self._runner.perform(release_action(one.prune), target_of(one), _consented, options)
        except SpottuiError as error:
            await self._settle(one, sending, error)
        else:
            await self._ended(one, "", text)

    async def _about_to_send(self, armed_id: str) -> None:
        await self._edit(armed_id, lambda one: replace(one, sent_at=self._clock()))

    async def _settle(self, one: ArmedSync, sending: Sending, error: SpottuiError) -> None:
        """Find out what became of an attempt that did not end well."""
        if sending.request in ("none", "refused"):
            await self._ended(one, class_of(error, sending), str(error))
            return
        self._looked_at.pop(one.id, None)
        await self._read_back(one, str(error))

    async def _read_back(self, one: ArmedSync, said: str = "") -> None:
        """Ask the Application what became of an attempt; without an answer it stays as it is."""
        self._looked_at[one.id] = self._monotonic()
        if one.state == "running" and one.sent_at is None and not said:
            text = "spottui ended before anything was sent"
            await self._ended(one, "link", text)
            return
        try:
            found = await self._fetch(one)
        except NotFound:
            if one.state != "unknown":
                await self._end(one, "unknown", f"{one.name} is gone: what became of its sync is not known")
            return
        except SpottuiError as error:
            text = f"{said or one.result} It is not read back yet: {error}"
            if said:
                await self._edit(one.id, lambda each: replace(each, result=text))
            return
        outcome = outcome_of(found, one.operation_id)
        if outcome is None:
            await self._not_found(one, said)
        elif outcome.state == "running":
            await self._still_runs(one, outcome)
        else:
            await self._ended(one, outcome.error_class, f"{one.name}: {outcome.text}", is_read_back=True)

    async def _not_found(self, one: ArmedSync, said: str) -> None:
        if one.state == "unknown":
            return
        text = "the Application shows no operation of this armed sync: it was not sent, or another one came after it"
        await self._end(one, "unknown", f"{said} {text}".strip())

    async def _still_runs(self, one: ArmedSync, outcome: Outcome) -> None:
        text = f"{one.name}: {outcome.text}"
        if (one.state, one.result) != ("running", text):
            await self._edit(one.id, lambda each: replace(each, state="running", result=text, ended_at=None))

    async def _ended(self, one: ArmedSync, word: str, text: str, *, is_read_back: bool = False) -> None:
        """Put the end of an attempt on the disk: over, or armed again."""
        follows = after(word, one.attempts)
        if isinstance(follows, End):
            await self._end(one, follows.state, text, word, is_noted=not is_read_back)
            return
        not_before = self._clock() + follows.pause
        await self._edit(
            one.id,
            lambda each: replace(
                each, state="waiting", result=text, sent_at=None, last_error_class=word, not_before=not_before
            ),
        )
        if is_read_back:
            await self._note(one, "failed", f"{text} (armed again)", "sync-armed")

    async def _end(
        self, one: ArmedSync, state: ArmedState, text: str, word: str = "", *, is_noted: bool = False
    ) -> None:
        """Put an end on the disk; one that the Runner has not written down goes to the audit log as well."""
        at = self._clock()
        await self._edit(
            one.id, lambda each: replace(each, state=state, result=text, ended_at=at, seen=False, last_error_class=word)
        )
        if not is_noted:
            outcome = state if state in ("done", "unknown") else "failed"
            await self._note(one, outcome, f"The armed sync {words_of(one)}: {text}.", "sync-armed")

    # -- the cluster -----------------------------------------------------------------------------------

    def _may_read_back(self, one: ArmedSync) -> bool:
        last = self._looked_at.get(one.id)
        is_due = last is None or self._monotonic() - last >= READ_BACK_EVERY
        is_up = not self._store.is_down and self._store.links.get("kube") is not None
        return is_due and (is_up or (one.state == "running" and one.sent_at is None))

    async def _fetch(self, one: ArmedSync) -> dict[str, Any]:
        api, target = self._api(), target_of(one)
        if api is None:
            raise SpottuiError("No cluster is connected.")
        found = await read(api, path_of(target))
        if uid_of(found) != one.uid:
            raise NotFound(f"{one.name} is another one now.")
        return found


async def _consented(question: object) -> bool:
    """Say yes: the operator did when it was armed."""
    return True
