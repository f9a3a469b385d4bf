"""Deletes a pod: as a restart where a controller makes a new one, else for good."""

from __future__ import annotations

from spottui.actions.forms import Field
from spottui.actions.objects import PASSING, Object, controller, fetch, metadata, part, path_of
from spottui.actions.pod_trouble import creation_refused, is_controlled_by, pods_of, trouble
from spottui.actions.services import Options, Services, Unfinished
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

WATCHED_FOR = 45.0
"""Seconds that a deletion is watched: the usual 30 s of grace and some more."""
NEW_ONE_WITHIN = 15.0
"""Seconds that the new pod of a controller is waited for."""
PAUSE = 1.0


async def preview_restart(services: Services, target: Target, options: Options) -> str:
    """Say who makes the new pod.

    Raises:
        SpottuiError: Nothing would make a new one.
    """
    owner = remaker(await fetch(services, target), target)
    return f"{owner['kind']} {owner['name']} makes the new one."


async def preview_delete(services: Services, target: Target, options: Options) -> str:
    """Say plainly whether the pod comes back."""
    owner = controller(await fetch(services, target))
    if not owner:
        return "It has no controller: nothing will make it again, unless you do."
    if owner.get("kind") == "Node":
        return "It is a static pod: the kubelet shows it again at once, its containers are not stopped."
    return f"{owner.get('kind')} {owner.get('name')} may make a new one."


async def restart(services: Services, target: Target, options: Options) -> str:
    """Delete the pod and watch its controller make a new one.

    Raises:
        SpottuiError: Nothing would make a new one, or the deletion was refused.
    """
    pod = await fetch(services, target)
    owner = remaker(pod, target)
    await _ask(services, target)
    seen = await until_gone(services, target)
    if isinstance(seen, Unfinished):
        return seen
    return await new_one(services, target, pod, owner)


async def delete(services: Services, target: Target, options: Options) -> str:
    """Delete the pod and wait until it is gone; `options["grace"]`: seconds, its own when absent."""
    await fetch(services, target)
    await _ask(services, target, options.get("grace"))
    return await until_gone(services, target)


async def form_grace(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the grace period."""
    own = part(await fetch(services, target), "spec").get("terminationGracePeriodSeconds")
    text = f"How many seconds may the processes of {target} take to end? Its own grace is {own} s; 0 is Force delete."
    return (Field(name="grace", text=text, kind="number", value=str(own or 30), least=1, most=86400),)


async def preview_force(services: Services, target: Target, options: Options) -> str:
    """Say whether the pod comes back, and what nobody waits for."""
    node = part(await fetch(services, target), "spec").get("nodeName")
    where = f"If node {node} does not answer, its containers may run on there." if node else ""
    return f"{where} {await preview_delete(services, target, options)}".strip()


async def force_delete(services: Services, target: Target, options: Options) -> str:
    """Delete the pod with a grace of 0: the API server forgets it at once."""
    return await delete(services, target, {"grace": 0})


def remaker(pod: Object, target: Target) -> Object:
    """Return the controller that makes a new pod for this one."""
    owner = controller(pod)
    if not owner:
        raise SpottuiError(
            f"{target} has no controller: nothing would make it again. Delete (in the menu) removes it for good."
        )
    if owner.get("kind") == "Node":
        raise SpottuiError(f"{target} is a static pod of its node: deleting it restarts nothing.")
    return owner


async def _ask(services: Services, target: Target, grace: int | None = None) -> None:
    body: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": target.uid}}
    if grace is not None:
        body["gracePeriodSeconds"] = grace
    await services.api.request("DELETE", path_of(target), body=body)


async def until_gone(services: Services, target: Target) -> str:
    """Read the pod until it is gone or our patience is; an `Unfinished` says what holds it.

    Raises:
        OutcomeUnknown: Nothing could be read back.
    """
    asked_at = services.clock()
    seen: Object | None = None
    lost = ""
    while services.clock() - asked_at < WATCHED_FOR:
        try:
            seen, lost = await fetch(services, target), ""
        except NotFound:  # gone, or already another pod under its name
            return f"{target.name}: deleted in {services.clock() - asked_at:.0f} s."
        except PASSING as error:
            lost = str(error)
        await services.sleep(PAUSE)
    if seen is None:
        raise OutcomeUnknown(f"Deletion of {target.name} was accepted, but nothing was read back. {lost}")
    held = ", ".join(str(name) for name in metadata(seen).get("finalizers") or ())
    why = f"; held by {held}" if held else f"; grace period {part(seen, 'spec').get('terminationGracePeriodSeconds')} s"
    text = f"Deletion of {target.name} asked; it is still terminating after {WATCHED_FOR:.0f} s{why}."
    return Unfinished(f"{text} {lost}".strip())


async def new_one(services: Services, target: Target, pod: Object, owner: Object) -> str:
    """Say which pod took the place of the deleted one, and how it stands."""
    gone_at, namespace, who = services.clock(), target.namespace, f"{owner['kind']} {owner['name']}"
    labels = part(pod, "metadata", "labels")
    while True:
        try:
            found = await pods_of(services, namespace, labels)
        except SpottuiError as error:
            return Unfinished(f"{target.name}: deleted; whether {who} made a new one is not known. {error}")
        for new in found:
            if is_controlled_by(new, str(owner.get("uid"))) and not metadata(new).get("deletionTimestamp"):
                how = trouble(new) or "ready"
                return f"{target.name}: deleted; the newest pod of {who} is {metadata(new).get('name')}: {how}."
        if services.clock() - gone_at >= NEW_ONE_WITHIN:
            break
        await services.sleep(PAUSE)
    why = await creation_refused(services, {"metadata": {"namespace": namespace, "uid": owner.get("uid")}})
    text = f"{target.name}: deleted, but {who} has made no new one after {NEW_ONE_WITHIN:.0f} s"
    return Unfinished(f"{text}: {why}." if why else f"{text}.")
