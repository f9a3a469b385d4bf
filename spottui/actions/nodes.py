"""Closes a node to new pods and opens it again."""

from __future__ import annotations

from spottui.actions.objects import Object, condition, fetch, guarded, metadata, part, patch, read, rows, stamped
from spottui.actions.services import Options, Services
from spottui.actions.workloads import MERGE
from spottui.errors import Forbidden, SpottuiError
from spottui.records import Target

NODES = "/api/v1/nodes"
OTHERS_UNKNOWN = "Whether another node takes pods is not known: you may not list nodes."


async def preview_cordon(services: Services, target: Target, options: Options) -> str:
    """Say what it means where no other node takes pods.

    Raises:
        SpottuiError: It is cordoned already.
    """
    _check(await fetch(services, target), target, is_cordoned=False)
    others = await others_that_take_pods(services, target)
    if others is None:
        return f"Its pods run on. {OTHERS_UNKNOWN}"
    if others:
        return "Its pods run on."
    return (
        "Its pods run on, but no other node takes pods: what restarts or is updated from now on waits "
        "until it is uncordoned, a sync of Argo CD too."
    )


async def cordon(services: Services, target: Target, options: Options) -> str:
    """Mark it as unschedulable."""
    await set_cordoned(services, target, is_cordoned=True)
    return f"{target.name}: cordoned; its pods run on, new ones go elsewhere or wait."


async def preview_uncordon(services: Services, target: Target, options: Options) -> str:
    """Say nothing.

    Raises:
        SpottuiError: It is not cordoned.
    """
    _check(await fetch(services, target), target, is_cordoned=True)
    return ""


async def uncordon(services: Services, target: Target, options: Options) -> str:
    """Let it take pods again."""
    await set_cordoned(services, target, is_cordoned=False)
    return f"{target.name}: uncordoned; it takes new pods again."


async def set_cordoned(services: Services, target: Target, *, is_cordoned: bool) -> None:
    """Write spec.unschedulable unless it is so already, and read it back.

    Raises:
        SpottuiError: It was refused, or somebody set it back at once.
    """

    async def change() -> Object:
        node = await fetch(services, target)
        if is_closed(node) is is_cordoned:
            return node
        body = {"metadata": stamped(node), "spec": {"unschedulable": True if is_cordoned else None}}
        return await patch(services, target, body, MERGE)

    await guarded(change, target)
    if is_closed(await fetch(services, target)) is not is_cordoned:
        raise SpottuiError(
            f"{target.name} was {'' if is_cordoned else 'un'}cordoned, but somebody set it back at once."
        )


async def others_that_take_pods(services: Services, target: Target) -> list[str] | None:
    """Return the names of the other nodes that are ready and not cordoned; None: you may not list nodes."""
    try:
        found = rows(await read(services.api, NODES, (("limit", "500"),)), "items")
    except Forbidden:
        return None
    return [
        str(metadata(node).get("name"))
        for node in found
        if metadata(node).get("uid") != target.uid
        and not is_closed(node)
        and condition(node, "Ready").get("status") == "True"
    ]


def is_closed(node: Object) -> bool:
    """The node is cordoned."""
    return part(node, "spec").get("unschedulable") is True


def _check(node: Object, target: Target, *, is_cordoned: bool) -> None:
    if is_closed(node) is not is_cordoned:
        state = "not cordoned" if is_cordoned else "cordoned already"
        raise SpottuiError(f"{target.name} is {state}. Nothing was sent.")
