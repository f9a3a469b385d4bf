"""Deletes a workload in the background: it goes at once, what it owns goes after it."""

from __future__ import annotations

from spottui.actions.argocd_owner import taken_back
from spottui.actions.objects import PASSING, Object, controller, fetch, metadata, part, path_of, rows
from spottui.actions.pod_trouble import pods_of
from spottui.actions.services import Options, Services, Unfinished
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

WATCHED_FOR = 60.0
"""Seconds that the end of its pods is watched: the usual 30 s of grace and some more."""
PAUSE = 1.0


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say what goes along, and whether something makes it again."""
    workload = await fetch(services, target)
    notes = [await _what_goes(services, workload, target)]
    owner = controller(workload)
    if owner:
        notes.append(f"{owner.get('kind')} {owner.get('name')} owns it and may make it again.")
    notes.append(await taken_back(services, workload))
    return " ".join(note for note in notes if note)


async def delete(services: Services, target: Target, options: Options) -> str:
    """Delete it with background propagation, and wait until its pods have ended too.

    Raises:
        SpottuiError: It was refused; OutcomeUnknown when nothing could be read back.
    """
    workload = await fetch(services, target)
    body = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
        "preconditions": {"uid": target.uid},
    }
    asked_at = services.clock()
    await services.api.request("DELETE", path_of(target), body=body)
    return await _watch(services, target, workload, asked_at)


async def _watch(services: Services, target: Target, workload: Object, asked_at: float) -> str:
    is_gone, left, lost = False, None, ""
    while services.clock() - asked_at < WATCHED_FOR:
        try:
            is_gone = is_gone or await _is_gone(services, target)
            left = len(await _pods(services, workload)) if is_gone else None
            lost = ""
        except PASSING as error:
            lost = str(error)
        except SpottuiError as error:  # its pods may not be read: that it is gone is known all the same
            return f"{target.name}: deleted; whether its pods have ended is not known. {error}"
        if is_gone and target.kind == "CronJob":
            return f"{target.name}: deleted; the Jobs that it made go after it."
        if left == 0:
            return f"{target.name}: deleted with all its pods in {services.clock() - asked_at:.0f} s."
        if left:
            services.progress(f"{target.name}: deleted; {left} of its pods are still ending.")
        await services.sleep(PAUSE)
    return _left(target, is_gone, left, lost)


def _left(target: Target, is_gone: bool, left: int | None, lost: str) -> Unfinished:
    if is_gone:
        ending = f"{left} of its pods are still ending" if left is not None else "its pods were not seen to end"
        return Unfinished(f"{target.name}: deleted; {ending} after {WATCHED_FOR:.0f} s. {lost}".strip())
    if lost:
        raise OutcomeUnknown(f"Deletion of {target.name} was accepted, but nothing was read back. {lost}")
    return Unfinished(
        f"Deletion of {target.name} asked; it is still there after {WATCHED_FOR:.0f} s: a finalizer holds it."
    )


async def _is_gone(services: Services, target: Target) -> bool:
    try:
        await fetch(services, target)
    except NotFound:  # gone, or another one has its name already
        return True
    return False


async def _what_goes(services: Services, workload: Object, target: Target) -> str:
    if target.kind == "CronJob":
        return "The Jobs that it made go along, with their pods and logs."
    try:
        count = len(await _pods(services, workload))
    except SpottuiError:  # only a note
        return "Its pods go along."
    return f"Its {count} pods go along." if count != 1 else "Its pod goes along."


async def _pods(services: Services, workload: Object) -> list[Object]:
    """Return the pods that its selector finds and that are of a controller of its kind; none for a CronJob."""
    labels = part(workload, "spec", "selector", "matchLabels")
    if not labels:
        return []
    found = await pods_of(services, str(metadata(workload).get("namespace")), labels)
    kinds = {"Deployment": "ReplicaSet"}
    kind = kinds.get(str(workload.get("kind")), workload.get("kind"))
    return [pod for pod in found if any(row.get("kind") == kind for row in rows(metadata(pod), "ownerReferences"))]
