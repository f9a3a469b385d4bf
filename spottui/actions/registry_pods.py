"""The commands on pods."""

from __future__ import annotations

from spottui.actions import debug, eviction, pods
from spottui.actions.action import Action, Weight, needs, sentence
from spottui.actions.services import Options
from spottui.records import Target


def _describe_debug(target: Target, options: Options) -> str:
    image = f" ({options['image']})" if options.get("image") else ""
    return f"Add a debug container{image} to {target} in namespace {target.namespace}"


POD_ACTIONS: tuple[Action, ...] = (
    Action(
        id="pod.restart",
        title="Restart",
        verb="restart",
        past="restarted",
        kinds=("Pod",),
        key="r",
        permission=needs("delete"),
        weight=Weight.ASK,
        timeout=120,
        help="The pod is deleted so that its controller makes a new one.",
        describe=sentence("Restart"),
        run=pods.restart,
        preview=pods.preview_restart,
    ),
    Action(
        id="pod.delete",
        title="Delete",
        verb="delete",
        past="deleted",
        kinds=("Pod",),
        permission=needs("delete"),
        weight=Weight.TYPE_NAME,
        dangerous=True,
        timeout=120,
        help="A pod without a controller is not re-created.",
        describe=sentence("Delete"),
        run=pods.delete,
        preview=pods.preview_delete,
    ),
    Action(
        id="pod.evict",
        title="Evict",
        verb="evict",
        past="evicted",
        kinds=("Pod",),
        permission=needs("create", "eviction"),
        weight=Weight.ASK,
        timeout=120,
        help="As a restart, but only if its disruption budget allows it now.",
        describe=sentence("Evict"),
        run=eviction.evict,
        preview=eviction.preview,
    ),
    Action(
        id="pod.debug",
        title="Add a debug container",
        verb="debug",
        past="given a debug container",
        kinds=("Pod",),
        permission=needs("patch", "ephemeralcontainers"),
        weight=Weight.ASK,
        timeout=120,
        many=False,
        help="The pod runs on, with a container of tools beside.",
        describe=_describe_debug,
        run=debug.debug,
        preview=debug.preview,
        form=debug.form,
    ),
    Action(
        id="pod.delete-grace",
        title="Delete with a grace of",
        verb="delete",
        past="deleted",
        kinds=("Pod",),
        permission=needs("delete"),
        weight=Weight.TYPE_NAME,
        dangerous=True,
        timeout=120,
        help="A pod without a controller is not re-created.",
        describe=sentence("Delete", " with a grace in seconds of ", "grace"),
        run=pods.delete,
        preview=pods.preview_delete,
        form=pods.form_grace,
    ),
    Action(
        id="pod.force-delete",
        title="Force delete",
        verb="force",
        past="deleted by force",
        kinds=("Pod",),
        permission=needs("delete"),
        weight=Weight.TYPE_NAME,
        dangerous=True,
        timeout=120,
        help="It is forgotten at once, without a grace; nobody waits until its processes have ended.",
        describe=sentence("Force the deletion of"),
        run=pods.force_delete,
        preview=pods.preview_force,
    ),
)
