"""Whether an armed sync may be sent now, and what becomes of it when an attempt has ended; pure.

What something needed is not known keeps it waiting. Knows records only; it sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from spottui.records_armed import ArmedState, ArmedSync, Conditions
from spottui.verdicts.sync_errors import PASSING

CLOCK_STEP = 60.0
"""Seconds by which the clock may go back before an expiry is no longer believed."""
MOST_ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 600.0


class AppNow(Struct, frozen=True, kw_only=True):
    """The Application as it was last heard."""

    uid: str
    source: str
    is_busy: bool = False
    """An operation is asked for or runs."""
    is_deleting: bool = False


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that decides, at one moment."""

    cluster: str
    """UID of kube-system of the cluster that we are joined to; empty: not known yet."""
    latest_clock: float = 0.0
    """The latest time that was seen since it was armed."""
    is_list_live: bool
    """The list of Applications is up to date."""
    app: AppNow | None
    """None: there is none of this name, or it was not heard."""
    is_cluster_up: bool
    link_up_for: float | None
    """Seconds, by a clock that cannot jump, that cluster, git and registries have answered; None: they do not."""
    link_reason: str = ""
    is_window_open: bool = False
    window_reason: str = ""
    is_sync_allowed: bool | None
    """By hand, by Argo CD's sync windows; None: they cannot be read."""
    sync_reason: str = ""
    sync_allowed_for: float | None = None
    """Seconds until the sync windows turn over; None: not within a year."""
    sync_takes: float = 60.0
    """Seconds that a sync of this Application is taken to need."""
    charge: float | None = None
    """Percent, of the emptiest battery; None: not known."""
    is_other_running: bool = False
    """Another armed sync runs: they share a thin link and a small computer."""


class Wait(Struct, frozen=True):
    """Not now."""

    reasons: tuple[str, ...]
    """In words, what it waits for; never empty."""


class Release(Struct, frozen=True):
    """Send it now."""


class Expire(Struct, frozen=True):
    """Its time is over; it is never sent."""


class Drop(Struct, frozen=True):
    """What was agreed to is no longer there; it is never sent."""

    reason: str
    """A sentence."""


Decision = Wait | Release | Expire | Drop


class Rearm(Struct, frozen=True):
    """Wait again, at least this long."""

    pause: float


class End(Struct, frozen=True):
    """It is over."""

    state: ArmedState


def release(armed: ArmedSync, facts: Facts, now: float) -> Decision:
    """Return what to do with an armed sync at `now`."""
    if armed.state != "waiting":
        return Wait((f"it is {armed.state}",))
    if not facts.cluster:
        waits: tuple[str, ...] = ("which cluster this is is not known yet",)
    elif facts.cluster != armed.cluster:
        return Wait((f"it was armed for another cluster: {armed.context or armed.server}",))
    else:
        waits = ()
    latest = max(armed.armed_at, armed.latest_clock, facts.latest_clock)
    if max(now, latest) >= armed.expires_at:
        return Expire()
    if now + CLOCK_STEP < latest:
        return Wait(("this computer's clock was set back: when it expires cannot be told",))
    if waits:
        return Wait(waits)
    if facts.is_list_live and (gone := _gone(armed, facts.app)):
        return Drop(gone)
    reasons = tuple(_reasons(armed, facts, now))
    return Wait(reasons) if reasons else Release()


def after(error_class: str, attempts: int) -> Rearm | End:
    """Return what becomes of an armed sync whose attempt ended so; `attempts` counts that one.

    `error_class` is empty when it was synced, "unknown" when it may or may not have been.
    """
    if not error_class:
        return End("done")
    if error_class == "unknown":
        return End("unknown")
    if error_class not in PASSING or attempts >= MOST_ATTEMPTS:
        return End("failed")
    return Rearm(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, attempts - 1)))


def _gone(armed: ArmedSync, app: AppNow | None) -> str:
    """Return why what was armed is no longer there; empty while it is."""
    if app is None:
        return f"There is no Application {armed.name} any more; nothing was sent."
    if app.uid != armed.uid:
        return f"The Application {armed.name} was deleted and made anew since it was armed; nothing was sent."
    if app.source != armed.source:
        return f"{armed.name} takes its manifests from elsewhere since it was armed; nothing was sent: arm it again."
    return ""


def _reasons(armed: ArmedSync, facts: Facts, now: float) -> Iterator[str]:
    wanted = armed.conditions
    if not facts.is_cluster_up:
        yield facts.link_reason or "no link to the cluster"
    elif wanted.link_up is not None:
        if facts.link_up_for is None:
            yield facts.link_reason or "the link is not up"
        elif facts.link_up_for < wanted.link_up:
            yield f"the link has not been up for {wanted.link_up:.0f} s yet"
    if not facts.is_list_live or facts.app is None:
        yield "the Applications are not up to date"
    elif facts.app.is_deleting:
        yield "the Application is being deleted"
    elif facts.app.is_busy:
        yield "another operation of the Application is in progress"
    if wanted.update_window and not facts.is_window_open:
        yield f"update window: {facts.window_reason or 'not open'}"
    if wanted.sync_window:
        yield from _sync_window(facts)
    if wanted.charge is not None and (facts.charge is None or not facts.charge >= wanted.charge):
        yield "the charge is not known" if facts.charge is None else f"the charge is below {wanted.charge:.0f} %"
    if facts.is_other_running:
        yield "another armed sync runs"
    if armed.not_before is not None and 0 < armed.not_before - now <= LONGEST_PAUSE:
        yield f"the last attempt came to nothing ({armed.last_error_class or 'no reason'}): it is tried again later"


def _sync_window(facts: Facts) -> Iterator[str]:
    if facts.is_sync_allowed is None:
        yield facts.sync_reason or "Argo CD's sync windows cannot be read"
    elif not facts.is_sync_allowed:
        yield facts.sync_reason or "Argo CD's sync windows are shut"
    elif facts.sync_allowed_for is not None and facts.sync_allowed_for < facts.sync_takes:
        yield f"Argo CD's sync windows shut in less than {facts.sync_takes:.0f} s"


def in_words(conditions: Conditions) -> str:
    """Return the conditions as the end of a sentence."""
    parts = ["the cluster answers"]
    if conditions.link_up is not None:
        parts.append(f"the link is up for {conditions.link_up:.0f} s")
    if conditions.update_window:
        parts.append("the update window is open")
    if conditions.sync_window:
        parts.append("Argo CD's sync windows allow it")
    if conditions.charge is not None:
        parts.append(f"the charge is at least {conditions.charge:.0f} %")
    return ", ".join(parts)
