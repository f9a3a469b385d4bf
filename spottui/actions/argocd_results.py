"""Reads back what became of an Argo CD operation and puts it into one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from spottui.actions.argocd_operation import is_paused
from spottui.actions.elapsed import Elapsed
from spottui.actions.objects import PASSING, Object, fetch, is_older, part, rows, said
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
PAUSED = "Argo CD does not pick it up: the Application is paused (annotation argocd.argoproj.io/skip-reconcile)."
COMPLETED = ("Succeeded", "Failed", "Error")
ROWS_TOLD = 3
"""Failed resources that a sentence names before it only counts."""

_SHA = re.compile(r"[0-9a-f]{40}")


class Told(NamedTuple):
    """How an operation is spoken of."""

    what: str
    """"sync": "the sync was accepted"."""
    past: str
    """"synced"; empty for a dry run, which changes nothing."""
    is_selective: bool = False
    """Only some resources were asked for: none may have fitted."""


SYNC = Told("sync", "synced")
DRY_RUN = Told("dry run", "")


@dataclass
class _Seen:
    """What the reads so far told."""

    app: Object | None = None
    lost: str = ""
    blocked_since: float | None = None
    told: str = ""
    """The last sentence said on the way: it is said once."""


async def watch_operation(services: Services, target: Target, asked: Object, elapsed: Elapsed, told: Told) -> str:
    """Read the Application until its operation has ended, and return the result.

    `asked` is the Application as it was when its operation was set.

    Raises:
        SpottuiError: The operation failed or is blocked, with the real reason.
        OutcomeUnknown: It has not ended, or its result was replaced by another operation's.
    """
    seen, patience = _Seen(), max(WATCHED_FOR, services.watched_for)
    for pause in _pauses():
        await services.sleep(pause)
        await _look(services, target, asked, seen)
        seconds = elapsed()
        if seen.app is not None and not seen.lost:
            state = part(seen.app, "status", "operationState")
            if has_ended(seen.app):
                return _result(target, asked, seen.app, seconds, told)
            _check_blocked(target, seen, state, seconds, told)
            _tell(services, target, seen, state, seconds)
        if seconds >= patience:
            break
    raise OutcomeUnknown(_still_open(target, seen, patience, told))


def has_ended(app: Object) -> bool:
    """The last operation is over: it is gone from the top level, and its state is a final one."""
    return not app.get("operation") and part(app, "status", "operationState").get("phase") in COMPLETED


async def _look(services: Services, target: Target, asked: Object, seen: _Seen) -> None:
    try:
        found, seen.lost = await fetch(services, target), ""
        seen.app = asked if is_older(found, asked) else found
    except PASSING as error:  # the link may drop: the sync runs on the robot all the same
        seen.lost = str(error)
    except NotFound as error:
        raise SpottuiError(f"{target.name} was deleted while it synced.") from error


def _check_blocked(target: Target, seen: _Seen, state: Object, seconds: float, told: Told) -> None:
    message = str(state.get("message") or "")
    if not message.startswith(BLOCKED):
        seen.blocked_since = None
        return
    seen.blocked_since = seconds if seen.blocked_since is None else seen.blocked_since
    if seconds - seen.blocked_since >= BLOCKED_FOR:
        more = said(message[len(BLOCKED) :].lstrip(": "))
        why = f" ({more})" if more else ""
        raise SpottuiError(
            f"{target.name}: the {told.what} is blocked by a sync window of its project{why}. "
            "It stays queued and starts by itself when the windows allow it; "
            "until then it cannot be ended and no other operation can start."
        )


def _tell(services: Services, target: Target, seen: _Seen, state: Object, seconds: float) -> None:
    text = said(state.get("message"))
    if not state and seconds > PICKED_UP_WITHIN:
        text = PAUSED if seen.app is not None and is_paused(seen.app) else NO_CONTROLLER
    if text and text != seen.told:
        seen.told = text
        services.say(f"{target.name}: {text}")
    done = sum(_is_done(row) for row in rows(part(state, "syncResult"), "resources"))
    if done:
        services.progress(f"{target.name}: {done} resource{'s' if done != 1 else ''} done; {text}")


def _is_done(row: Object) -> bool:
    return row.get("hookPhase") in COMPLETED if row.get("hookType") else bool(row.get("status"))


def _result(target: Target, asked: Object, app: Object, seconds: float, told: Told) -> str:
    state = part(app, "status", "operationState")
    by, ours = part(state, "operation", "initiatedBy"), part(asked, "operation", "initiatedBy")
    if by and by.get("username") != ours.get("username"):
        who = "auto-sync" if by.get("automated") else said(by.get("username"))
        raise OutcomeUnknown(
            f"{target.name}: the {told.what} was accepted, but an operation of {who} has replaced its result."
        )
    phase, result = state.get("phase"), part(state, "syncResult")
    if phase != "Succeeded":
        raise SpottuiError(f"{target.name}: {told.what} failed: {reason(state)}.")
    to, count = _revision(result), len(rows(result, "resources"))
    if told.is_selective and not count:
        at = f" at {revision_text(result)}" if to else ""
        raise SpottuiError(f"{target.name}: none of the selected resources is in git{at}, so nothing was synced.")
    if not told.past:
        return f"{target.name}: a sync{to} would apply {count} resources without an error; nothing was changed."
    return f"{target.name}: {told.past}{to} in {seconds:.0f} s{_kept(app, result)}."


def reason(state: Object) -> str:
    """Return an operation's message and those of the resources and hooks that failed."""
    message = said(state.get("message")) or f"phase {said(state.get('phase'))}"
    failed = [row for row in rows(part(state, "syncResult"), "resources") if _has_failed(row)]
    told = [
        f"{said(row.get('kind'), 80)} {said(row.get('name'), 253)}: {why}"
        for row in failed
        if (why := said(row.get("message"))) and why not in message
    ]
    more = f"and {len(told) - ROWS_TOLD} more" if len(told) > ROWS_TOLD else ""
    return "; ".join(each for each in (message, *told[:ROWS_TOLD], more) if each)


def _has_failed(row: Object) -> bool:
    if row.get("hookType") and row.get("hookPhase") in ("Failed", "Error"):
        return True
    return row.get("status") == "SyncFailed"


def _kept(app: Object, result: Object) -> str:
    """Say how many resources are no longer in git and stay; while sync is Unknown nobody knows."""
    if part(app, "status", "sync").get("status") not in ("Synced", "OutOfSync"):
        return ""
    kept = sum(row.get("status") == "PruneSkipped" for row in rows(result, "resources"))
    return f"; {kept} no longer in git kept" if kept else ""


def _still_open(target: Target, seen: _Seen, watched_for: float, told: Told) -> str:
    text = f"{target.name}: the {told.what} was accepted but has not ended after {watched_for:.0f} s"
    if seen.app is None:
        return f"{text}; nothing was read back. {seen.lost}"
    state = part(seen.app, "status", "operationState")
    if not state:
        return f"{text}. {PAUSED if is_paused(seen.app) else NO_CONTROLLER}"
    message = said(state.get("message"))
    text += f"; last seen: {said(state.get('phase'))}{f', {message}' if message else ''}."
    return f"{text} {seen.lost}".strip()


def _revision(result: Object) -> str:
    text = revision_text(result)
    return f" to {text}" if text else ""


def revision_text(found: Object) -> str:
    """Return what has `revision` or `revisions` as it is shown, several joined by "+"; empty when it names none."""
    many = found.get("revisions")
    revisions = many if isinstance(many, list) and many else [found.get("revision")]
    return "+".join(short_revision(str(revision)) for revision in revisions if revision)


def standing(app: Object) -> str:
    """Return how an Application stands: "OutOfSync at a1b2c3d", or why it could not be compared."""
    sync = part(app, "status", "sync")
    status = said(sync.get("status"), 80) or "Unknown"
    if status != "Unknown":
        at = revision_text(sync)
        return f"{status} at {at}" if at else status
    for row in rows(part(app, "status"), "conditions"):
        if str(row.get("type", "")).endswith("Error"):
            return f"Unknown: {said(row.get('message'))}"
    return "Unknown: Argo CD could not compare it with git"


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
