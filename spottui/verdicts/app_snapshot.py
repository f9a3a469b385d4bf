"""What was last known of an Application before its sync turned Unknown, and how far it is behind git; pure."""

from __future__ import annotations

from msgspec import Struct

from spottui.records_argocd import Application, Deployed
from spottui.verdicts.changes_words import short_revision

KNOWN = ("Synced", "OutOfSync")
"""Words of a sync that was compared; while it is anything else, no row of it can be believed."""
REVISIONS_KEPT = 50
CLOCK_SLACK = 60.0
"""Seconds by which a comparison may lie in the future before a clock is said to be wrong."""


class Remembered(Struct, frozen=True, kw_only=True):
    """What the store keeps of one Application beside its record."""

    good: Application | None = None
    """The last record that was compared; None: there was none since spottui looks."""
    good_at: float | None = None
    """When that record was last heard as the current one, by our clock."""
    targets: tuple[str, ...] = ()
    """Revisions that git had since the deployed one, as they were seen, oldest first."""


class Behind(Struct, frozen=True, kw_only=True):
    """How far what is deployed is behind what git has."""

    at_least: int | None
    """Revisions; None: not known."""
    text: str
    """"0", "≥2", "?" or "older"."""
    why: str
    """A sentence."""


def remember(before: Remembered | None, app: Application, at: float) -> Remembered:
    """Return what is remembered after an Application was heard."""
    known = before or Remembered()
    if app.sync not in KNOWN:
        return known
    targets = () if app.sync == "Synced" or app.revision == app.deployed_revision else known.targets
    good = known.good
    if good is not None and good.deployed_revision != app.deployed_revision:
        targets = ()
    if app.sync != "Synced" and app.revision not in ("", app.deployed_revision, *targets):
        targets = (*targets, app.revision)[-REVISIONS_KEPT:]
    return Remembered(good=app, good_at=at, targets=targets)


def last_good(app: Application, known: Remembered | None) -> tuple[Application, float | None] | None:
    """Return the last compared state and when it was compared, while the present one is not; None when it is, or
    when nothing was compared since spottui looks."""
    if app.sync in KNOWN or known is None or known.good is None:
        return None
    compared = known.good.reconciled_at
    return known.good, known.good_at if compared is None else compared


def to_prune(app: Application) -> int | None:
    """Return how many objects are no longer in git; None while that is not known."""
    return sum(one.is_pruned for one in app.resources) if app.sync in KNOWN else None


def behind(app: Application, known: Remembered | None = None) -> Behind:
    """Return how far an Application is behind; commits that nobody saw cannot be counted, hence "at least"."""
    if app.sync == "":
        return Behind(at_least=None, text="?", why="Argo CD has not compared it yet.")
    if app.sync not in KNOWN:
        return Behind(at_least=None, text="?", why="How far it is behind is not known while it is not compared.")
    if not app.deployed_revision:
        return Behind(
            at_least=None, text="?", why="It was never deployed as a whole, so there is nothing to count from."
        )
    target, deployed = short_revision(app.revision), short_revision(app.deployed_revision)
    if app.revision == app.deployed_revision:
        drift = "" if app.sync == "Synced" else " What differs was changed in the cluster, or is not synced yet."
        return Behind(at_least=0, text="0", why=f"{deployed} is deployed, and git has no newer revision.{drift}")
    if app.sync == "Synced":
        return Behind(
            at_least=0, text="0", why=f"{deployed} is deployed; git has {target}, which changes nothing here."
        )
    if (row := _earlier(app)) is not None:
        number = "" if row.id is None else f" (history {row.id})"
        why = f"Git has {target}{number}, which was deployed before; {deployed} is deployed."
        return Behind(at_least=None, text="older", why=why)
    count = max(1, len(known.targets) if known else 0, _left_by_rollback(app))
    what = "revision" if count == 1 else "revisions"
    why = f"At least {count} {what} behind: {deployed} is deployed, git has {target}."
    return Behind(at_least=count, text=f"≥{count}", why=why)


def _earlier(app: Application) -> Deployed | None:
    """Return the row of an earlier deployment of what git has now, unless the present one is itself a way back."""
    places = [number for number, row in enumerate(app.history) if row.revision == app.revision]
    first = next((number for number, row in enumerate(app.history) if row.revision == app.deployed_revision), None)
    if not places or first is None or places[-1] > first:
        return None
    return app.history[places[-1]]


def _left_by_rollback(app: Application) -> int:
    """Return how many revisions were deployed after the present one, before it was gone back to."""
    first = next((number for number, row in enumerate(app.history) if row.revision == app.deployed_revision), None)
    if first is None:
        return 0
    later = {row.revision for row in app.history[first:]} | {app.revision}
    return len(later - {app.deployed_revision})


def clock_trouble(app: Application, now: float) -> str:
    """Return that a clock is wrong where the last comparison lies in the future; empty when none shows it."""
    at = app.reconciled_at
    if at is None or at <= now + CLOCK_SLACK:
        return ""
    ahead = at - now
    by = f"{ahead / 60:.0f} min" if ahead < 5400 else f"{ahead / 3600:.1f} h"
    by = by if ahead < 2 * 86400 else f"{ahead / 86400:.0f} days"
    return f"It was compared {by} from now: this computer's clock or the robot's is wrong, and ages here are too."
