"""Waits until the conditions of armed syncs hold, and has each released once.

Only the process that holds the claim releases, one at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from spottui.actions.runner import Runner
from spottui.app_armed_attempts import ArmedAttempts
from spottui.app_armed_facts import FactsReader
from spottui.clock import rfc3339
from spottui.errors import SpottuiError
from spottui.records_armed import ArmedSync, Conditions
from spottui.store import Store
from spottui.verdicts.release import Decision, Drop, Expire, Release, Wait, release

LOOK_EVERY = 5.0
"""Seconds between looks when nothing is heard."""
LOOK_AT_MOST = 1.0
TOPICS = ("applications", "appprojects", "links", "probes", "robot", "access")


class ArmedSyncs(ArmedAttempts):
    """The armed syncs of the cluster that we are joined to; used from the event loop's thread only."""

    def __init__(
        self,
        *,
        store: Store,
        runner: Runner,
        api: Callable[[], Any],
        expects_robot: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        cluster_clock: Callable[[], float] | None = None,
        **book: Any,
    ) -> None:
        """Take the parts; `api` returns the cluster's API, None while there is none; `book` as `ArmedBook`.

        `cluster_clock` is the cluster's own clock; None: that of `api`, where it has one.
        """
        super().__init__(store=store, runner=runner, api=api, monotonic=monotonic, **book)
        self._reader = FactsReader(store, self._clock, monotonic, api, self._server, expects_robot, cluster_clock)
        self._waits: dict[str, tuple[str, ...]] = {}
        self._turn = asyncio.Lock()

    def _server(self) -> str:
        return (self._place() or ("", ""))[0]

    async def cluster(self) -> str:
        return await self._reader.cluster()

    # -- looking -------------------------------------------------------------------------------------

    def waits(self, armed_id: str) -> tuple[str, ...]:
        """Return what an armed sync waits for, in words; empty when it does not wait."""
        return self._waits.get(armed_id, ())

    def why_not_now(self, uid: str) -> tuple[str, ...]:
        """Return why a sync of an Application should not be sent now: no link, HOLD, a shut sync window."""
        app = self._store.applications.get(uid)
        if app is None:
            return ()
        now, conditions = self._clock(), self.suggested(uid, link_up=0.0, charge=None)
        asked = replace(self._made(app, "", False, conditions, now + 60.0, "now"), id="")
        facts = self._reader.facts(asked, "now")
        # A running operation refuses the sync by itself, with a sentence of its own.
        calm = replace(facts, app=None if facts.app is None else replace(facts.app, is_busy=False, is_deleting=False))
        decision = release(asked, calm, now)
        return decision.reasons[:3] if isinstance(decision, Wait) else ()

    def suggested(self, uid: str, *, link_up: float, charge: float | None) -> Conditions:
        """Return conditions that can be fulfilled here: no update window without a robot, no unreadable windows."""
        app = self._store.applications.get(uid)
        return Conditions(
            link_up=link_up,
            update_window=self._reader.has_robot,
            sync_window=app is not None and self._reader.windows_of(app) is not None,
            charge=charge if self._reader.has_robot else None,
        )

    # -- waiting -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look at every change, and now and then, until cancelled."""
        awake, failed = asyncio.Event(), ""

        def wake() -> None:
            self._reader.follow()  # here and now: a link that goes and comes between two looks must count
            awake.set()

        undo = [self._store.subscribe(topic, wake) for topic in TOPICS]
        try:
            while True:
                awake.clear()
                try:
                    await self.look()
                except SpottuiError as error:
                    self._say_problem(failed := str(error))
                else:
                    if failed and failed == self.problem:
                        self._say_problem("")
                await asyncio.sleep(LOOK_AT_MOST)
                try:
                    async with asyncio.timeout(LOOK_EVERY):
                        await awake.wait()
                except TimeoutError:
                    continue
        finally:
            for one in undo:
                one()

    async def look(self) -> None:
        """Look once: read back what runs, end what is over, release what may be.

        Raises:
            SpottuiError: The armed syncs cannot be read or written.
        """
        async with self._turn:
            self._reader.follow()
            cluster = await self._open_file()
            if self._file is None:
                self._show(await self._in_thread(self._remembered))
                return
            await self._read()
            for one in self.items:
                if one.state == "waiting":
                    await self._reader.look_up_windows(one)
            if not self._due(cluster):
                return
            claim = await self._in_thread(self._file.claim)
            if claim is None:
                return  # another spottui is at it
            try:
                await self._act(cluster)
            finally:
                claim.let_go()

    def _due(self, cluster: str) -> bool:
        """Decide on all, note what they wait for; return whether there is something to do."""
        due = False
        before, self._waits = self._waits, {}
        for one in self.items:
            if one.state == "waiting":
                decision = self._decide(one, cluster)
                due |= not isinstance(decision, Wait)
                self._waits[one.id] = decision.reasons if isinstance(decision, Wait) else ()
            elif one.is_open:
                due |= self._may_read_back(one)
        if before != self._waits:
            self._changed()
        return due

    def _decide(self, one: ArmedSync, cluster: str) -> Decision:
        is_other_running = any(each.state == "running" for each in self.items if each.id != one.id)
        return release(one, self._reader.facts(one, cluster, is_other_running=is_other_running), self._clock())

    async def _act(self, cluster: str) -> None:
        await self._read(anew=True)
        for one in self.items:
            if one.is_open and one.state != "waiting" and self._may_read_back(one):
                await self._read_back(one)
        for one in [each for each in self.items if each.state == "waiting"]:
            decision = self._decide(one, cluster)
            if isinstance(decision, Expire):
                await self._end(one, "expired", f"expired {rfc3339(one.expires_at)}; nothing was sent")
            elif isinstance(decision, Drop):
                await self._end(one, "failed", decision.reason)
            elif isinstance(decision, Release):
                await self._release(one)
