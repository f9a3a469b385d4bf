"""The only road to the outside for a command: permit, ask, write down, do, write down."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs

from spottui.actions import kube_events
from spottui.actions.argocd_owner import taken_back_of_many
from spottui.actions.audit import Audit
from spottui.actions.ending import Ending, broken, cut_off, late
from spottui.actions.forms import Field
from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.permitting import may_leave_event, refusal
from spottui.actions.questions import Progress, Question, question_for_many, question_for_one, summary
from spottui.actions.registry import Action, Weight
from spottui.actions.running import RunningCommands
from spottui.actions.sending import AuditedApi, audited
from spottui.actions.services import Options, Services, Unfinished
from spottui.actions.wording import shown, shown_field
from spottui.errors import Forbidden, LoginExpired, SpottuiError
from spottui.events import CommandHeard
from spottui.records import Command, Target

AT_ONCE = 4
"""Commands of one `perform_many` that run at the same time: one small computer answers them all."""
NOTHING_DONE = "Nothing was done."
NO_OPTIONS: Mapping[str, Any] = {}

Confirm = Callable[[Question], Awaitable[bool]]


class Runner:
    """Performs actions; there is no other writer in the program. Used from the event loop's thread only."""

    def __init__(
        self,
        services: Services,
        permits: Permits,
        audit: Audit,
        lock: WriteLock,
        clock: Callable[[], float],
        heard: Callable[[CommandHeard], None],
        place: Callable[[], str] | None = None,
    ) -> None:
        """Take the parts; `place` names the cluster in questions where it is found only later."""
        self._services, self._permits, self._audit = services, permits, audit
        self._lock, self._clock, self._heard = lock, clock, heard
        self._place = place or (lambda: services.place)
        self._busy: set[str] = set()
        self.running = RunningCommands(clock)
        """What is under way, and what ended last; for the header and the list of running commands."""

    @property
    def audit(self) -> Audit:
        """The log that it writes down what it does in."""
        return self._audit

    def is_busy(self, target: Target) -> bool:
        """A command on this target is being asked about or runs."""
        return target.uid in self._busy

    async def fields(self, action: Action, target: Target) -> Sequence[Field]:
        """Return what the operator is asked for before the question; reads only.

        Raises:
            SpottuiError: It is not permitted, or asking is pointless.
        """
        _require_kind(action, target)
        if action.form is None:
            return ()
        await self._permit(action, target)
        return tuple(shown_field(one) for one in await action.form(self._services, target))

    async def perform(
        self,
        action: Action,
        target: Target,
        confirm: Confirm,
        options: Options = NO_OPTIONS,
        say: Callable[[str], None] | None = None,
    ) -> str:
        """Run `action` on `target` and return one sentence for the operator.

        The sentence is an `Unfinished` when the request was accepted but its effect is not complete.
        `say` takes sentences while the command still runs.

        Raises:
            SpottuiError: It was refused or failed; OutcomeUnknown when it may have been done.
        """
        _require_kind(action, target)
        self._take(target)
        try:
            await self._permit(action, target)
            if not await self._confirmed(action, target, confirm, options):
                return NOTHING_DONE
            ending = await self._carry_out(action, target, options, say)
        finally:
            self._busy.discard(target.uid)
        if ending.error is not None:
            raise ending.error
        return ending.text

    async def perform_many(
        self,
        action: Action,
        targets: Sequence[Target],
        confirm: Confirm,
        options: Options = NO_OPTIONS,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> str:
        """Run `action` on each target after one question, a few at a time; return one sentence on all.

        Each target is audited on its own. `progress` hears of each target's start and end.

        Raises:
            SpottuiError: None of the targets can be commanded.
        """
        for target in targets:
            _require_kind(action, target)
        taken = [target for target in dict.fromkeys(targets) if not self.is_busy(target)]
        self._busy.update(target.uid for target in taken)
        try:
            refused = {target.uid: reason for target in taken if (reason := await self._refusal(action, target))}
            willing = [target for target in taken if target.uid not in refused]
            if not willing:
                reason = next(iter(refused.values()), "They are still busy with their last command.")
                raise SpottuiError(f"None of {len(targets)} can be commanded: {reason}")
            left_out = len(targets) - len(willing)
            if self._is_shut_for(action) or action.weight is not Weight.NONE:
                note = await taken_back_of_many(self._services, willing) if action.is_set_back else ""
                note = await action.preview_many(self._services, willing) if action.preview_many else note
                question = question_for_many(
                    action, willing, left_out, self._place(), unlocks_for=self._unlocks_for(action), note=note
                )
                if not await self._ask(question, confirm):
                    return NOTHING_DONE
            return await self._carry_out_many(action, willing, options, progress)
        finally:
            self._busy.difference_update(target.uid for target in taken)

    # -- before --------------------------------------------------------------------------------------

    def _take(self, target: Target) -> None:
        if self.is_busy(target):
            raise SpottuiError(f"{target} is still busy with its last command.")
        self._busy.add(target.uid)

    async def _permit(self, action: Action, target: Target) -> None:
        reason = await self._refusal(action, target)
        if reason:
            raise Forbidden(reason)

    async def _refusal(self, action: Action, target: Target) -> str:
        return await refusal(self._permits, self._services, action, target)

    def _is_shut_for(self, action: Action) -> bool:
        return action.writes and self._lock.is_locked

    def _unlocks_for(self, action: Action) -> float:
        return self._lock.unlocked_for if self._is_shut_for(action) else 0.0

    async def _confirmed(self, action: Action, target: Target, confirm: Confirm, options: Options) -> bool:
        if action.weight is Weight.NONE and not self._is_shut_for(action):
            return True
        note = await action.preview(self._services, target, options) if action.preview else ""
        question = question_for_one(
            action, target, options, self._place(), unlocks_for=self._unlocks_for(action), note=note
        )
        return await self._ask(question, confirm)

    async def _ask(self, question: Question, confirm: Confirm) -> bool:
        if not await confirm(question):
            return False
        if question.unlocks:
            self._lock.unlock()
        elif self._is_shut_for(question.action):
            raise SpottuiError("Writing was locked while the question was open. Nothing was sent; ask again.")
        return True

    # -- doing ---------------------------------------------------------------------------------------

    async def _carry_out_many(
        self, action: Action, targets: list[Target], options: Options, progress: Callable[[Progress], None]
    ) -> str:
        room = asyncio.Semaphore(AT_ONCE)
        endings: dict[str, Progress] = {}

        async def one(target: Target) -> None:
            async with room:
                progress(Progress(target, "running", "", len(endings), len(targets)))
                ended = await self._ending_of(action, target, options)
                state = "unfinished" if isinstance(ended.text, Unfinished) else ended.outcome
                endings[target.uid] = Progress(target, state, ended.text, len(endings) + 1, len(targets))
                progress(endings[target.uid])

        for target in targets:
            progress(Progress(target, "waiting", "", 0, len(targets)))
        async with asyncio.TaskGroup() as group:
            for target in targets:
                group.create_task(one(target))
        return summary(action, [endings[target.uid] for target in targets])

    async def _ending_of(self, action: Action, target: Target, options: Options) -> Ending:
        """Carry out one of many; what kept it from being sent is its ending."""
        if self._is_shut_for(action):
            return Ending("failed", "Writing was locked before its turn; nothing was sent.")
        try:
            return await self._carry_out(action, target, options, None)
        except SpottuiError as error:
            return Ending("failed", str(error), error)

    async def _carry_out(
        self, action: Action, target: Target, options: Options, say: Callable[[str], None] | None
    ) -> Ending:
        """Write down, do, write down.

        Raises:
            SpottuiError: "asked" could not be written, so nothing was sent.
        """
        command = Command(
            id=uuid.uuid4().hex,
            at=self._clock(),
            action=action.id,
            target=target,
            outcome="asked",
            detail=shown(action.describe(target, options)),
        )
        api = AuditedApi(self._services.api, self._audit, command)
        try:
            await self._audit.asked(command)
        except SpottuiError as error:
            raise SpottuiError(f"{error} So nothing was sent.") from error
        except asyncio.CancelledError:  # the line is written all the same
            await self._write_end(command, cut_off(api), api)
            raise
        one, tell = self.running.begin(action, target), say or self._services.say

        def progress(text: str) -> None:
            one.hear(shown(text))

        def heard(text: str) -> None:
            progress(text)
            tell(shown(text))

        services = audited(self._services, api)
        services = replace(services, say=heard, progress=progress, is_stopped=lambda: one.is_stopped)
        ending: Ending | None = None
        try:
            self._heard(CommandHeard(command))
            ending = await self._attempt(action, target, options, services, api)
        finally:  # also when the app ends or a bug escapes: the log must say so
            ending = await self._write_end(command, ending or cut_off(api), api)
            self.running.end(one, ending.outcome, ending.text)
        if ending.outcome == "done" and await may_leave_event(self._permits, target):
            await kube_events.tell(self._services, action.id, target, ending.text)
        return ending

    async def _attempt(
        self, action: Action, target: Target, options: Options, services: Services, api: AuditedApi
    ) -> Ending:
        try:
            async with asyncio.timeout(action.timeout):
                return Ending("done", shown(await action.run(services, target, options)))
        except TimeoutError:
            error = late(action, target, api)
        except SpottuiError as caught:
            error = caught
        if isinstance(error, LoginExpired | Forbidden):
            self._permits.forget()
        return broken(target, error, api)

    async def _write_end(self, command: Command, ending: Ending, api: AuditedApi) -> Ending:
        """Write down the end; return it with a word on an audit log that would not take it."""
        now = self._clock()
        seconds = max(0.0, now - command.at)
        ended = structs.replace(command, at=now, outcome=ending.outcome, detail=ending.text, seconds=seconds)
        try:
            await self._audit.ended(ended, api.last)
        except SpottuiError as error:
            ending = ending.noted(f" But this end is not in the audit log: {error}")
        finally:
            self._heard(CommandHeard(ended))
        return ending


def _require_kind(action: Action, target: Target) -> None:
    if target.kind not in action.kinds:
        raise SpottuiError(f"{action.title} is not for a {target.kind}; nothing was sent to {target}.")
