"""Sends commands without a screen, a few at a time, and watches each as long as the operator wants to wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from weakref import WeakKeyDictionary

from spottui.actions.argocd_results import has_ended, reason
from spottui.actions.objects import PASSING, fetch, part, said
from spottui.actions.registry import Action
from spottui.actions.rollout import judge
from spottui.actions.runner import AT_ONCE, Runner
from spottui.actions.services import Services, Unfinished
from spottui.actions.wording import shown
from spottui.errors import OutcomeUnknown, SpottuiError
from spottui.oneshot.connection import Connection
from spottui.oneshot.performing import consent, performing
from spottui.records import Target
from spottui.settings import Settings

LOOK_EVERY = 3.0
"""Seconds between looks after an act stopped looking by itself."""

Say = Callable[[str], None]


def unheard(text: str) -> None:
    """Drop what is said on the way."""


class NotAwaited(OutcomeUnknown):
    """The request was accepted; whether it had its effect was not awaited any longer."""


@dataclass(frozen=True)
class Ended:
    """How one command ended."""

    action: Action
    target: Target
    outcome: Literal["done", "accepted", "failed", "unknown"]
    """accepted: it was sent, and nobody wanted to wait."""
    text: str
    error: SpottuiError | None = None


class Patience:
    """Ends the watching of each act when the operator's --wait is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: WeakKeyDictionary[asyncio.Task[Any], float] = WeakKeyDictionary()

    async def sleep(self, seconds: float) -> None:
        """Sleep as an act asks between two looks; acts do so only after their request was accepted.

        Raises:
            NotAwaited: The time is over.
        """
        now, task = time.monotonic(), asyncio.current_task()
        assert task is not None
        left = self._seconds - (now - self._since.setdefault(task, now))
        if left <= 0:
            waited = f"not complete after {self._seconds:g} s" if self._seconds else "not waited for"
            raise NotAwaited(f"the request was accepted, but is {waited}.")
        await asyncio.sleep(min(seconds, left))


async def perform_all(
    settings: Settings,
    environ: Mapping[str, str],
    connection: Connection,
    action: Action,
    targets: Sequence[Target],
    options: Mapping[str, Any],
    *,
    wait: float,
    say: Say = unheard,
) -> list[Ended]:
    """Send a command to each target, `AT_ONCE` at a time, and watch each for `wait` seconds."""
    patience, room = Patience(wait), asyncio.Semaphore(AT_ONCE)
    # Acts keep their own patience; ours may be longer than the registry thinks of.
    patient = replace(action, timeout=max(action.timeout, wait + 90))
    services: dict[str, Any] = {"watched_for": wait, "cluster_clock": connection.api.server_now, "say": say}
    with performing(settings, environ, connection, patience.sleep, **services) as (runner, made):

        async def one(target: Target) -> Ended:
            async with room:
                return await _perform(runner, made, patient, target, options, patience, wait)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(target)) for target in targets]
    return [task.result() for task in tasks]


async def _perform(
    runner: Runner,
    services: Services,
    action: Action,
    target: Target,
    options: Mapping[str, Any],
    patience: Patience,
    wait: float,
) -> Ended:
    try:
        fields = await runner.fields(action, target)
        fixed = {field.name: field.value for field in fields if field.kind == "fixed"}
        text = await runner.perform(action, target, consent, fixed | dict(options))
        if isinstance(text, Unfinished):
            text = await _look_on(services, target, patience, text)
    except NotAwaited as error:
        if wait == 0:
            text = f"{action.title} of {target} in {target.namespace} was accepted; not waited for."
            return Ended(action, target, "accepted", shown(text))
        told = SpottuiError(f"{target} in {target.namespace}: {error}")
        return Ended(action, target, "unknown", str(told), told)
    except SpottuiError as error:
        outcome = "unknown" if isinstance(error, OutcomeUnknown) else "failed"
        return Ended(action, target, outcome, str(error), error)
    return Ended(action, target, "done", shown(str(text)))


async def _look_on(services: Services, target: Target, patience: Patience, text: str) -> str:
    """Look on after an act stopped looking, until it is complete or `patience` ends."""
    while True:
        try:
            await patience.sleep(LOOK_EVERY)
        except NotAwaited as error:
            raise SpottuiError(text) from error
        try:
            found = await fetch(services, target)
        except PASSING:
            continue
        if target.kind == "Application":
            state = part(found, "status", "operationState")
            if has_ended(found) and state.get("phase") == "Succeeded":
                return f"{target.name}: {said(state.get('message')) or 'succeeded'}."
            ended, why = has_ended(found), reason(state)
        else:
            rollout = judge(found)
            if rollout.state == "done":
                return f"{target.name}: restarted, {rollout.new} of {rollout.wanted} pods are new."
            ended, why = rollout.state == "failed", rollout.why
        if ended:
            raise SpottuiError(f"{target.name}: failed: {why or 'no reason was given'}.")
