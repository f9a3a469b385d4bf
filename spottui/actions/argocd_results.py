"""Reads back what became of an Argo CD operation and puts it into one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spottui.actions.objects import PASSING, Object, fetch, part, rows, said
from spottui.actions.services import Services
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

WATCHED_FOR = 180.0
"""Seconds that a sync is watched, unless `Services.watched_for` is longer; it goes on without us."""
PICKED_UP_WITHIN = 5.0
"""Seconds; a running controller takes an operation up in a tenth of one."""
BLOCKED_FOR = 3.0
"""Seconds; a manual sync may be called blocked for one pass, up to 2 s, and then run."""
BLOCKED = "Sync operation blocked by sync window"
NO_CONTROLLER = "Argo CD has not picked it up: is the application controller running?"
COMPLETED = ("Succeeded", "Failed", "Error")

_SHA = re.compile(r"[0-9a-f]{40}")


@dataclass
class _Seen:
    """What the reads so far told."""

    app: Object | None = None
    lost: str = ""
    blocked_since: float | None = None
    told: str = ""
    """The last sentence said on the way: it is said once."""


async def watch_sync(services: Services, target: Target, asked_at: float, *, dry_run: bool) -> str:
    """Read the Application until its operation has ended, and return the result.

    Raises:
        SpottuiError: The operation failed or is blocked, with the real reason.
        OutcomeUnknown: It has not ended, or its result was replaced by another operation's.
    """
    seen = _Seen()
    for pause in _pauses():
        await services.sleep(pause)
        now = services.clock()
        await _look(services, target, seen)
        if seen.app is not None and not seen.lost:
            state = part(seen.app, "status", "operationState")
            if not seen.app.get("operation") and state.get("phase") in COMPLETED:
                return _result(services, target, seen.app, now - asked_at, dry_run)
            _check_blocked(target, seen, state, now)
            _tell(services, target, seen, state, now - asked_at)
        if now - asked_at >= max(WATCHED_FOR, services.watched_for):
            break
    raise OutcomeUnknown(_still_open(target, seen, max(WATCHED_FOR, services.watched_for)))


async def _look(services: Services, target: Target, seen: _Seen) -> None:
    try:
        seen.app, seen.lost = await fetch(services, target), ""
    except PASSING as error:  # the link may drop: the sync runs on the robot all the same
        seen.lost = str(error)
    except NotFound as error:
        raise SpottuiError(f"{target.name} was deleted while it synced.") from error


def _check_blocked(target: Target, seen: _Seen, state: Object, now: float) -> None:
    message = str(state.get("message") or "")
    if not message.startswith(BLOCKED):
        seen.blocked_since = None
        return
    seen.blocked_since = now if seen.blocked_since is None else seen.blocked_since
    if now - seen.blocked_since >= BLOCKED_FOR:
        more = said(message[len(BLOCKED) :].lstrip(": "))
        why = f" ({more})" if more else ""
        raise SpottuiError(
            f"{target.name}: the sync is blocked by a sync window of its project{why}. "
            "It stays queued and starts by itself when the windows allow it; "
            "until then it cannot be ended and no other operation can start."
        )


def _tell(services: Services, target: Target, seen: _Seen, state: Object, seconds: float) -> None:
    text = said(state.get("message"))
    if not state and seconds > PICKED_UP_WITHIN:
        text = NO_CONTROLLER
    if text and text != seen.told:
        seen.told = text
        services.say(f"{target.name}: {text}")


def _result(services: Services, target: Target, app: Object, seconds: float, dry_run: bool) -> str:
    state = part(app, "status", "operationState")
    by = part(state, "operation", "initiatedBy")
    if by and by.get("username") != services.user:
        who = "auto-sync" if by.get("automated") else said(by.get("username"))
        raise OutcomeUnknown(
            f"{target.name}: the sync was accepted, but an operation of {who} has replaced its result."
        )
    phase, result = state.get("phase"), part(state, "syncResult")
    if phase != "Succeeded":
        word = "dry run failed" if dry_run else "sync failed"
        raise SpottuiError(f"{target.name}: {word}: {_reason(state)}.")
    to = _revision(result)
    if dry_run:
        count = len(rows(result, "resources"))
        return f"{target.name}: a sync{to} would apply {count} resources without an error; nothing was changed."
    return f"{target.name}: synced{to} in {seconds:.0f} s{_kept(app, result)}."


def _reason(state: Object) -> str:
    """Return the operation's message and that of the first resource or hook that failed."""
    message = said(state.get("message")) or f"phase {said(state.get('phase'))}"
    for row in rows(part(state, "syncResult"), "resources"):
        hook_failed = row.get("hookType") and row.get("hookPhase") in ("Failed", "Error")
        if row.get("status") == "SyncFailed" or hook_failed:
            why = said(row.get("message"))
            if why and why not in message:
                return f"{message}; {said(row.get('kind'))} {said(row.get('name'))}: {why}"
    return message


def _kept(app: Object, result: Object) -> str:
    """Say how many resources are no longer in git and stay; while sync is Unknown nobody knows."""
    if part(app, "status", "sync").get("status") not in ("Synced", "OutOfSync"):
        return ""
    kept = sum(row.get("status") == "PruneSkipped" for row in rows(result, "resources"))
    return f"; {kept} no longer in git kept" if kept else ""


def _still_open(target: Target, seen: _Seen, watched_for: float) -> str:
    text = f"{target.name}: the sync was accepted but has not ended after {watched_for:.0f} s"
    if seen.app is None:
        return f"{text}; nothing was read back. {seen.lost}"
    state = part(seen.app, "status", "operationState")
    if not state:
        return f"{text}. {NO_CONTROLLER}"
    message = said(state.get("message"))
    text += f"; last seen: {said(state.get('phase'))}{f', {message}' if message else ''}."
    return f"{text} {seen.lost}".strip()


def _revision(result: Object) -> str:
    many = result.get("revisions")
    revisions = many if isinstance(many, list) and many else [result.get("revision")]
    texts = [short_revision(str(revision)) for revision in revisions if revision]
    return f" to {'+'.join(texts)}" if texts else ""


def standing(app: Object) -> str:
    """Return how an Application stands: "OutOfSync at a1b2c3d", or why it could not be compared."""
    sync = part(app, "status", "sync")
    status = said(sync.get("status")) or "Unknown"
    if status != "Unknown":
        return f"{status}{_at(sync)}"
    for row in rows(part(app, "status"), "conditions"):
        if str(row.get("type", "")).endswith("Error"):
            return f"Unknown: {said(row.get('message'))}"
    return "Unknown: Argo CD could not compare it with git"


def _at(sync: Object) -> str:
    text = _revision(sync)
    return text.replace(" to ", " at ", 1)


def short_revision(revision: str) -> str:
    """Return a commit's first 7 characters; a chart version or a tag stays whole."""
    return revision[:7] if _SHA.fullmatch(revision) else said(revision, 60)


def _pauses() -> Iterator[float]:
    """Yield seconds between reads: 0.3 to 1 s while it is fresh, 3 s for a long one, to spare the link."""
    pause, waited = 0.3, 0.0
    while True:
        yield pause
        waited += pause
        pause = min(1.0 if waited < 20 else 3.0, pause * 1.4)
