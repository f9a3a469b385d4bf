"""The armed syncs as the disk has them: arms, cancels, changes and writes down; decides and sends nothing."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from spottui.actions.audit import Audit
from spottui.armed_file import ArmedFile, Entries, remembered
from spottui.clock import rfc3339
from spottui.errors import SpottuiError
from spottui.events import CommandHeard
from spottui.records import Command, Target
from spottui.records_argocd import Application
from spottui.records_armed import ArmedSync, Conditions, source_of
from spottui.verdicts.release import in_words

LOG = logging.getLogger("spottui.armed")


class ArmedBook:
    """Knows the armed syncs of one cluster; used from the event loop's thread only."""

    def __init__(
        self,
        *,
        audit: Audit,
        folder: Path,
        clock: Callable[[], float],
        is_locked: Callable[[], bool],
        place: Callable[[], tuple[str, str] | None],
        who: str,
        heard: Callable[[CommandHeard], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the parts.

        `place` returns server and context, None before a cluster is found; `who` is "ana@base"; `heard` takes what
        belongs on the Timeline; `changed` is called when something is to be drawn anew.
        """
        self._audit, self._folder, self._clock = audit, folder, clock
        self._is_locked, self._place, self._who = is_locked, place, who
        self._heard, self._changed = heard, changed
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="armed")
        self._file: ArmedFile | None = None
        self._stamp: tuple[int, int] | None = None
        self.items: Entries = ()
        """All that are known, in the order in which they were armed."""
        self.problem = ""
        """What keeps armed syncs from working; a sentence, empty while nothing does."""

    def open_for(self, uid: str) -> ArmedSync | None:
        """Return the one that is armed, running or unknown for an Application."""
        return next((one for one in self.items if one.uid == uid and one.is_open), None)

    async def cluster(self) -> str:
        """Return the UID of the cluster's kube-system, empty while it is not known."""
        raise NotImplementedError

    def close(self) -> None:
        """End the thread; what runs is read back by who comes next."""
        self._pool.shutdown(wait=True)

    # -- what the operator does ------------------------------------------------------------------------

    async def arm(
        self, app: Application, *, revision: str, prune: bool, conditions: Conditions, expires_at: float
    ) -> ArmedSync:
        """Arm a sync; it is on the disk and in the audit log when this returns.

        Raises:
            SpottuiError: Writing is locked, it cannot be kept, or one is armed for this Application already;
                nothing is armed.
        """
        if self._is_locked():
            raise SpottuiError("Writing is locked, so nothing is armed: unlock it first.")
        cluster = await self._open_file()
        if self._file is None or not cluster:
            raise SpottuiError("The cluster has not said yet which one it is, so nothing can be armed for it.")
        one = self._made(app, revision, prune, conditions, expires_at, cluster)

        def add(entries: Entries) -> Entries:
            if other := next((each for each in entries if each.uid == one.uid and each.is_open), None):
                raise SpottuiError(
                    f"A sync of {one.name} is armed already ({other.state}, by {other.armed_by}): "
                    "there is never more than one; cancel it, or look at its result, first."
                )
            return (*entries, one)

        text = f"Armed: a sync {words_of(one)} when {in_words(one.conditions)}; expires {rfc3339(one.expires_at)}."
        await self._note(one, "asked", text)
        try:
            await self._change(add)
        except SpottuiError as error:
            await self._note(one, "failed", str(error))
            raise
        await self._note(one, "done", text)
        return one

    async def cancel(self, armed_id: str) -> str:
        """Take an armed sync back; return a sentence.

        Raises:
            SpottuiError: It does not wait any more.
        """

        def edit(one: ArmedSync) -> ArmedSync:
            if one.state != "waiting":
                raise SpottuiError(f"The armed sync of {one.name} cannot be cancelled: it is {one.state}.")
            return replace(one, state="cancelled", result="cancelled", ended_at=self._clock(), seen=True)

        one = await self._edit(armed_id, edit)
        await self._note(one, "done", f"Cancelled: the armed sync {words_of(one)}; nothing was sent.", "cancel")
        return f"{one.name}: the armed sync is cancelled; nothing was sent."

    async def mark_seen(self, armed_id: str) -> None:
        """Take note that the operator has looked at a result.

        Raises:
            SpottuiError: It cannot be kept.
        """
        await self._edit(armed_id, lambda one: one if one.state in ("waiting", "running") else replace(one, seen=True))

    # -- the disk and the audit log ----------------------------------------------------------------------

    async def _open_file(self) -> str:
        place = self._place()
        cluster = await self.cluster() if place is not None else ""
        if cluster and self._file is None:
            self._file = ArmedFile(self._folder, cluster, self._clock)
        return cluster

    def _remembered(self) -> Entries:
        place = self._place()
        return () if place is None else remembered(self._folder, *place)

    async def _read(self, *, anew: bool = False) -> None:
        """Bring `items` up to the disk; reads only what has changed."""
        assert self._file is not None
        stamp = await self._in_thread(partial(_stamp, self._file.path))
        if stamp == self._stamp and not anew:
            return
        kept = await self._in_thread(self._file.read)
        self._stamp = await self._in_thread(partial(_stamp, self._file.path))
        self._show(kept.entries)
        if kept.problem:
            self._say_problem(kept.problem)

    async def _edit(self, armed_id: str, edit: Callable[[ArmedSync], ArmedSync]) -> ArmedSync:
        """Change one entry on the disk; return it as it is then.

        Raises:
            SpottuiError: It is not there, or the disk does not take it; or what `edit` raises.
        """
        now = self._clock()

        def all_of(entries: Entries) -> Entries:
            if not any(one.id == armed_id for one in entries):
                raise SpottuiError("This armed sync is no longer kept.")
            stamped = (replace(one, latest_clock=max(one.latest_clock, now)) for one in entries)
            return tuple(edit(one) if one.id == armed_id else one for one in stamped)

        entries = await self._change(all_of)
        return next(one for one in entries if one.id == armed_id)

    async def _change(self, edit: Callable[[Entries], Iterable[ArmedSync]]) -> Entries:
        if self._file is None:
            raise SpottuiError("The cluster has not said yet which one it is.")
        kept = await self._in_thread(partial(self._file.change, edit))
        self._stamp = None
        self._show(kept.entries)
        if kept.problem:
            self._say_problem(kept.problem)
        return kept.entries

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        # Shielded: a change that has begun is finished, also when the program ends.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._pool, work))

    def _show(self, entries: Entries) -> None:
        if entries != self.items:
            self.items = entries
            self._changed()

    def _say_problem(self, text: str) -> None:
        if text != self.problem:
            if text:
                LOG.warning("%s", text)
            self.problem = text
            self._changed()

    def _made(
        self, app: Application, revision: str, prune: bool, conditions: Conditions, expires_at: float, cluster: str
    ) -> ArmedSync:
        server, context = self._place() or ("", "")
        now = self._clock()
        return ArmedSync(
            id=uuid.uuid4().hex,
            namespace=app.namespace,
            name=app.name,
            uid=app.uid,
            cluster=cluster,
            server=server,
            context=context,
            revision=revision,
            prune=prune,
            source=source_of(app),
            conditions=conditions,
            armed_at=now,
            armed_by=self._who,
            expires_at=expires_at,
            latest_clock=now,
        )

    async def _note(self, one: ArmedSync, outcome: Any, text: str, word: str = "arm") -> None:
        command = Command(
            id=one.id,
            at=self._clock(),
            action=f"application.{word}",
            target=target_of(one),
            outcome=outcome,
            detail=text,
        )
        if outcome == "asked":
            await self._audit.asked(command)
        else:
            try:
                await self._audit.ended(command)
            except SpottuiError as error:  # it is so all the same; the disk has it
                self._say_problem(str(error))
        self._heard(CommandHeard(command))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def target_of(one: ArmedSync) -> Target:
    """Return what an armed sync is aimed at."""
    return Target(kind="Application", namespace=one.namespace, name=one.name, uid=one.uid)


def words_of(one: ArmedSync) -> str:
    """Return which sync it is: "of camera in namespace argocd to newest"."""
    prune = " with pruning" if one.prune else ""
    return f"of {one.name} in namespace {one.namespace} to {one.wanted}{prune}"
