"""Turns auto-sync and self-heal of an Application on and off, and looks whether that lasts."""

from __future__ import annotations

import json
from collections.abc import Callable

from spottui.actions.argocd_history import last_deployed
from spottui.actions.argocd_operation import change_spec
from spottui.actions.argocd_owner import is_automated
from spottui.actions.argocd_results import revision_text, standing
from spottui.actions.argocd_reverts import AUTO_SYNC, SELF_HEAL, Reverter, reverter
from spottui.actions.argocd_windows import moment, verdict, windows_of
from spottui.actions.elapsed import Elapsed
from spottui.actions.objects import PASSING, Object, fetch, guarded, is_older, metadata, part, rows, said
from spottui.actions.services import Options, Services
from spottui.errors import OutcomeUnknown, SpottuiError
from spottui.records import Target

BEFORE_OFF = "spottui.dev/auto-sync-before-off"
"""Annotation with the `automated` that was taken away: an Argo CD before 3.1 knows no `enabled`."""
WATCHED_FOR = 2.0
REVERTED_WITHIN = 10.0
"""Seconds that it is watched where somebody is known to set it back."""
PAUSE = 1.0


class SetBack(SpottuiError):
    """Somebody took the change back."""


Change = Callable[[Object], Object | None]
"""Application -> its new `spec` and annotations as a merge patch; None: it is so already."""


# -- auto-sync -----------------------------------------------------------------------------------------


async def preview_auto_on(services: Services, target: Target, options: Options) -> str:
    """Say what it deploys, what that undoes, and who takes it back.

    Raises:
        SpottuiError: It is on already.
    """
    app = await fetch(services, target)
    if is_automated(app):
        raise SpottuiError(f"{target.name}: auto-sync is on already. Nothing was sent.")
    notes = [f"It is {standing(app)}; what git says is deployed at once."]
    deployed, head = last_deployed(app), revision_text(part(app, "status", "sync"))
    if deployed and head and deployed != head:
        notes.append(f"That replaces {deployed}, which is deployed now, by {head}.")
    notes += [await _held_back(services, app, target), await _taken_back(services, app, AUTO_SYNC)]
    return " ".join(note for note in notes if note)


async def preview_auto_off(services: Services, target: Target, options: Options) -> str:
    """Say who turns it on again.

    Raises:
        SpottuiError: It is off already.
    """
    app = await fetch(services, target)
    if not is_automated(app):
        raise SpottuiError(f"{target.name}: auto-sync is off already. Nothing was sent.")
    return await _taken_back(services, app, AUTO_SYNC)


async def auto_on(services: Services, target: Target, options: Options) -> str:
    """Turn auto-sync on, with prune and self-heal as they were.

    Raises:
        SpottuiError: It is on already, or was turned off again.
    """

    def change(app: Object) -> Object | None:
        if is_automated(app):
            return None
        if isinstance(part(app, "spec", "syncPolicy").get("automated"), dict):
            return {"spec": {"syncPolicy": {"automated": {"enabled": None}}}}
        kept = _kept(app)
        return {"metadata": {"annotations": {BEFORE_OFF: None}}, "spec": {"syncPolicy": {"automated": kept}}}

    app = await _write(services, target, change, "auto-sync is on already")
    return await _watch(services, target, app, AUTO_SYNC, is_automated, wanted=True, what="auto-sync")


async def auto_off(services: Services, target: Target, options: Options) -> str:
    """Turn auto-sync off; prune and self-heal are kept for when it is on again.

    Raises:
        SpottuiError: It is off already, or was turned on again.
    """
    app = await turn_off(services, target)
    return await _watch(services, target, app, AUTO_SYNC, is_automated, wanted=False, what="auto-sync")


async def turn_off(services: Services, target: Target) -> Object:
    """Turn auto-sync off and return the Application as the API server has it then.

    Raises:
        SpottuiError: It is off already, or it stayed on.
    """

    def change(app: Object) -> Object | None:
        return {"spec": {"syncPolicy": {"automated": {"enabled": False}}}} if is_automated(app) else None

    def remove(app: Object) -> Object | None:
        if not is_automated(app):
            return None
        kept = json.dumps(part(app, "spec", "syncPolicy", "automated"), sort_keys=True)
        return {"metadata": {"annotations": {BEFORE_OFF: kept}}, "spec": {"syncPolicy": {"automated": None}}}

    app = await _write(services, target, change, "auto-sync is off already")
    if is_automated(app):  # the API server dropped `enabled`: this Argo CD is older than 3.1
        app = await _write(services, target, remove, "auto-sync is off already")
    if is_automated(app):
        raise SpottuiError(f"{target.name}: auto-sync is still on: the cluster changed what was sent.")
    return app


def _kept(app: Object) -> Object:
    """Return the `automated` that was taken away before; empty when none was."""
    try:
        kept = json.loads(str(part(app, "metadata", "annotations").get(BEFORE_OFF) or "{}"))
    except ValueError:
        kept = {}
    return {name: True for name in ("prune", "selfHeal", "allowEmpty") if isinstance(kept, dict) and kept.get(name)}


# -- self-heal -----------------------------------------------------------------------------------------


async def preview_heal_on(services: Services, target: Target, options: Options) -> str:
    """Say what it does, and who takes it back.

    Raises:
        SpottuiError: It is on already, or there is no auto-sync that it could go with.
    """
    return await _preview_heal(services, target, wanted=True)


async def preview_heal_off(services: Services, target: Target, options: Options) -> str:
    """Say who takes it back.

    Raises:
        SpottuiError: It is off already.
    """
    return await _preview_heal(services, target, wanted=False)


async def _preview_heal(services: Services, target: Target, *, wanted: bool) -> str:
    app = await fetch(services, target)
    if _heal_change(app, target, wanted=wanted) is None:
        raise SpottuiError(f"{target.name}: self-heal is {_word(wanted)} already. Nothing was sent.")
    off = "" if is_automated(app) else "Auto-sync is off: self-heal does something only once that is on."
    return " ".join(note for note in (off, await _taken_back(services, app, SELF_HEAL)) if note)


async def heal_on(services: Services, target: Target, options: Options) -> str:
    """Let Argo CD set back what is changed by hand."""
    return await _heal(services, target, wanted=True)


async def heal_off(services: Services, target: Target, options: Options) -> str:
    """Let changes by hand stay until the next sync."""
    return await _heal(services, target, wanted=False)


async def _heal(services: Services, target: Target, *, wanted: bool) -> str:
    already = f"self-heal is {_word(wanted)} already"
    app = await _write(services, target, lambda app: _heal_change(app, target, wanted=wanted), already)
    return await _watch(services, target, app, SELF_HEAL, _is_healing, wanted=wanted, what="self-heal")


def _heal_change(app: Object, target: Target, *, wanted: bool) -> Object | None:
    if wanted and not isinstance(part(app, "spec", "syncPolicy").get("automated"), dict):
        raise SpottuiError(  # writing it alone would turn auto-sync on
            f"{target.name} has no auto-sync that self-heal could go with. Nothing was sent; turn that on first."
        )
    return None if _is_healing(app) == wanted else {"spec": {"syncPolicy": {"automated": {"selfHeal": wanted}}}}


def _is_healing(app: Object) -> bool:
    return part(app, "spec", "syncPolicy", "automated").get("selfHeal") is True


# -- both ------------------------------------------------------------------------------------------------


def _word(is_on: bool) -> str:
    return "on" if is_on else "off"


async def _write(services: Services, target: Target, change: Change, already: str) -> Object:
    async def attempt() -> Object:
        app = await fetch(services, target)
        if metadata(app).get("deletionTimestamp"):
            raise SpottuiError(f"{target.name} is being deleted. Nothing was sent.")
        made = change(app)
        if made is None:
            raise SpottuiError(f"{target.name}: {already}. Nothing was sent.")
        return await change_spec(services, target, app, made)

    return await guarded(attempt, target)


async def _watch(
    services: Services,
    target: Target,
    written: Object,
    field: tuple[str, ...],
    is_on: Callable[[Object], bool],
    *,
    wanted: bool,
    what: str,
) -> str:
    """Read it back until nobody is likely to change it any more.

    Raises:
        SpottuiError: Somebody set it back; OutcomeUnknown when nothing could be read.
    """
    who = await _who(services, target, field)
    patience = REVERTED_WITHIN if who is not None else WATCHED_FOR
    elapsed, is_read, lost = Elapsed(services.clock), False, ""
    while True:
        try:
            seen, lost, is_read = await fetch(services, target), "", True
            if is_on(seen) != wanted and not is_older(seen, written):
                by = _last_writer(seen, field) or (who.name if who is not None else "somebody")
                raise SetBack(f"{target.name}: {what} was set back to {_word(not wanted)} by {by}.")
        except PASSING as error:
            lost = str(error)
        if elapsed() >= patience:
            break
        await services.sleep(PAUSE)
    if not is_read:
        raise OutcomeUnknown(f"{target.name}: the change was accepted, but nothing was read back. {lost}")
    kept = "; prune and self-heal are kept for when it is on again" if what == "auto-sync" and not wanted else ""
    may = f" {who.text}" if who is not None else ""
    return f"{target.name}: {what} is {_word(wanted)}{kept}.{may}"


async def _who(services: Services, target: Target, field: tuple[str, ...]) -> Reverter | None:
    try:
        return await reverter(services, await fetch(services, target), field)
    except PASSING:
        return None


def _last_writer(app: Object, field: tuple[str, ...]) -> str:
    """Return who wrote the field's object last, by metadata.managedFields; empty when that does not tell."""
    writers = []
    for row in rows(metadata(app), "managedFields"):
        if part(row, "fieldsV1", *(f"f:{name}" for name in field[:-1])):
            writers.append((str(row.get("time") or ""), said(row.get("manager"), 80)))
    name = max(writers, default=("", ""))[1]
    return "" if name.startswith("spottui") else name


async def _taken_back(services: Services, app: Object, field: tuple[str, ...]) -> str:
    who = await reverter(services, app, field)
    return who.text if who is not None else ""


async def _held_back(services: Services, app: Object, target: Target) -> str:
    """Say that the sync windows hold auto-sync back."""
    known = await windows_of(services, app, target)
    found = verdict(known, app, services.cluster_now())
    if found.allowed_auto:
        return known.note
    until = found.auto_changes_at
    return f"{found.reason} So auto-sync waits{f' until {moment(until)}' if until is not None else ''}."
