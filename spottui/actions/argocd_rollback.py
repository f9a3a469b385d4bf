"""Rolls an Application back to a row of its history, as Argo CD's own server does; auto-sync is turned off first.

A revision that Argo CD has fetched before needs no git: the operation names the row's own source and commit.
"""

from __future__ import annotations

from spottui.actions import argocd_windows
from spottui.actions.argocd_history import Row, history_of, row_to
from spottui.actions.argocd_operation import check_compared, check_free, standing_note, start
from spottui.actions.argocd_owner import is_automated
from spottui.actions.argocd_policy import turn_off
from spottui.actions.argocd_rest import NEEDS_GIT
from spottui.actions.argocd_results import Told, watch_operation
from spottui.actions.argocd_reverts import AUTO_SYNC, Reverter, reverter
from spottui.actions.elapsed import Elapsed
from spottui.actions.forms import Field, Pick
from spottui.actions.objects import Object, fetch, part, said
from spottui.actions.services import Options, Services
from spottui.clock import age, parse_time
from spottui.errors import SpottuiError
from spottui.records import Target

BACK = Told("rollback", "rolled back")
NO_GIT_NEEDED = "Git is not needed for a revision that Argo CD has fetched before."
STAYS_OFF = "Auto-sync is off now and stays off: turning it on again deploys the newest commit at once."


# -- the question ----------------------------------------------------------------------------------------


async def form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the row.

    Raises:
        SpottuiError: There is none to go back to, or an operation is in progress.
    """
    app = await fetch(services, target)
    check_free(app, target)
    row_to(app, target, None)
    listed, now = history_of(app), services.clock()
    picks = tuple(Pick(row.id, f"{row.id:>3}  {row.revision}", _about(row, now)) for row in listed[1:])
    text = f"Roll {target} back to which row of its history? {listed[0].revision} is deployed."
    return (Field(name="id", text=text, kind="choice", picks=picks),)


def _about(row: Row, now: float) -> str:
    at = parse_time(row.deployed_at)
    notes = [f"{age(at, now)} ago" if at is not None else "at an unknown time", f"by {row.by}" if row.by else ""]
    paths = {said(each.get("path") or each.get("chart"), 60) for each in row.sources or (row.source,)} - {""}
    return ", ".join(note for note in (*notes, "+".join(sorted(paths)), row.why_not) if note)


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say what becomes of auto-sync, of git and of the windows.

    Raises:
        SpottuiError: It would be undone, a window forbids it, or there is no such row.
    """
    app = await fetch(services, target)
    row = _check(app, target, options)
    notes = [f"It goes back to {row.revision}, without hooks; {_deployed(row, services.clock())}."]
    if is_automated(app):
        who = await _check_lasting(services, app, target)
        notes.append(
            "Auto-sync is on and would undo it within a second, so it is turned off first and stays off: "
            "turning it on again deploys the newest commit at once."
        )
        notes += [who.text] if who is not None else []
    if part(app, "status", "sync").get("status") == "Unknown":
        notes.append(NO_GIT_NEEDED if services.argocd is None else NEEDS_GIT)
    else:
        notes.append(standing_note(app, services))
    notes.append(await argocd_windows.note_for(services, app, target))
    return " ".join(note for note in notes if note)


def _deployed(row: Row, now: float) -> str:
    at = parse_time(row.deployed_at)
    return "when it was deployed is not known" if at is None else f"that was deployed {age(at, now)} ago"


def _check(app: Object, target: Target, options: Options) -> Row:
    check_free(app, target)
    if options.get("prune"):
        check_compared(app, target)
    return row_to(app, target, options.get("id"))


async def _check_lasting(services: Services, app: Object, target: Target) -> Reverter | None:
    """Return who may turn auto-sync on again.

    Raises:
        SpottuiError: Somebody does, so that the rollback would be undone at once.
    """
    who = await reverter(services, app, AUTO_SYNC)
    if who is not None and who.is_sure:
        raise SpottuiError(
            f"{target.name}: auto-sync is on and would undo a rollback, and turning it off does not last: {who.text} "
            f"Nothing was sent; turn auto-sync off in the {who.name.removeprefix('the ')}, or revert the commit in git."
        )
    return who


# -- the act -----------------------------------------------------------------------------------------------


async def rollback(services: Services, target: Target, options: Options) -> str:
    """Roll back to the row `options["id"]`, pruning if `options["prune"]`; auto-sync is turned off before.

    Raises:
        SpottuiError: It would be undone, a window forbids it, there is no such row, or it failed.
    """
    prune = bool(options.get("prune"))
    app = await fetch(services, target)
    row, elapsed = _check(app, target, options), Elapsed(services.clock)
    await argocd_windows.note_for(services, app, target)  # before auto-sync is turned off for nothing
    was_on = is_automated(app)
    if was_on:
        await _check_lasting(services, app, target)
        await turn_off(services, target)
        services.say(f"{target.name}: auto-sync is off; now it is rolled back to {row.revision}.")

    def request(now: Object) -> Object:
        if is_automated(now):
            raise SpottuiError(f"{target.name}: somebody turned auto-sync on at this moment. It was not rolled back.")
        return _check(now, target, {**options, "id": row.id}).request(now, prune=prune)

    try:
        asked = await start(services, target, request, row.id)
        text = await watch_operation(services, target, asked, elapsed, BACK)
    except SpottuiError as error:
        if not was_on:
            raise
        raise type(error)(f"{error} Auto-sync was turned off before and stays off.") from error
    return f"{text} {STAYS_OFF}" if was_on else text
