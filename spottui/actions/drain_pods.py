"""Decides which pods of a node a drain evicts, which it leaves, and which need a word of consent; as kubectl does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spottui.actions.objects import Object, controller, metadata, part, path_of, read, rows, uid_of
from spottui.actions.services import Services
from spottui.errors import Forbidden, NotFound, SpottuiError
from spottui.records import Target

MIRROR = "kubernetes.io/config.mirror"
PODS = "/api/v1/pods"
PAGE = "500"

Fate = Literal["evict", "daemon set", "static", "empty dir", "unmanaged"]
"""evict: goes; daemon set, static: stays; empty dir, unmanaged: goes only with consent."""


@dataclass(frozen=True)
class Placed:
    """One pod of the node."""

    target: Target
    fates: frozenset[Fate]
    """What the pod is; both kinds of consent can be needed at once."""
    is_ending: bool
    """Its deletion was asked for already."""

    @property
    def stays(self) -> bool:
        """No drain touches it."""
        return bool(self.fates & {"daemon set", "static"})

    def __str__(self) -> str:
        """Return namespace/name."""
        return f"{self.target.namespace}/{self.target.name}"


async def placed_on(services: Services, node: str, *, looks_for_orphans: bool = True) -> list[Placed]:
    """Return every pod on the node; without a look for orphans those count as their DaemonSet's."""
    found: list[Object] = []
    query = (("fieldSelector", f"spec.nodeName={node}"), ("limit", PAGE))
    more: tuple[tuple[str, str], ...] = ()
    while True:
        page = await read(services.api, PODS, (*query, *more))
        found += rows(page, "items")
        rest = part(page, "metadata").get("continue")
        if not rest:
            break
        more = (("continue", str(rest)),)
    orphans: set[str] = await _orphans(services, found) if looks_for_orphans else set()
    return [placed(pod, is_orphan=uid_of(pod) in orphans) for pod in found]


def placed(pod: Object, *, is_orphan: bool = False) -> Placed:
    """Return what a drain does with this pod; `is_orphan`: its DaemonSet is gone."""
    meta, spec = metadata(pod), part(pod, "spec")
    target = Target(
        kind="Pod", namespace=str(meta.get("namespace")), name=str(meta.get("name")), uid=str(meta.get("uid"))
    )
    fates: set[Fate] = set()
    is_over = part(pod, "status").get("phase") in ("Succeeded", "Failed")
    if MIRROR in part(meta, "annotations"):
        fates.add("static")
    elif controller(pod).get("kind") == "DaemonSet" and not is_over and not is_orphan:
        fates.add("daemon set")
    elif not is_over:
        if any("emptyDir" in volume for volume in rows(spec, "volumes")):
            fates.add("empty dir")
        if not controller(pod) or is_orphan:
            fates.add("unmanaged")
    return Placed(target, frozenset(fates or {"evict"}), bool(meta.get("deletionTimestamp")))


def of_fate(pods: Sequence[Placed], fate: Fate) -> list[Placed]:
    """Return the pods of which this is true."""
    return [pod for pod in pods if fate in pod.fates]


async def _orphans(services: Services, pods: Sequence[Object]) -> set[str]:
    """Return the UIDs of the pods whose DaemonSet is gone: nothing makes them again."""
    owned: dict[tuple[str, str], set[str]] = {}
    for pod in pods:
        owner = controller(pod)
        if owner.get("kind") == "DaemonSet":
            key = (str(metadata(pod).get("namespace")), str(owner.get("name")))
            owned.setdefault(key, set()).add(uid_of(pod))
    orphans: set[str] = set()
    for (namespace, name), uids in owned.items():
        try:
            path = path_of(Target(kind="DaemonSet", namespace=namespace, name=name, uid=""))
        except SpottuiError:  # whoever made the pod named its owner: no DaemonSet can be called so
            orphans |= uids
            continue
        try:
            await read(services.api, path)
        except NotFound:
            orphans |= uids
        except Forbidden:  # nobody can tell; its pods stay, as those of a DaemonSet that is there
            continue
    return orphans
