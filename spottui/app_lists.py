"""Which lists somebody looks at: told to the cluster's source, also to one that is found only later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spottui.actions.objects import collection, parsed
from spottui.records import Target

if TYPE_CHECKING:
    from spottui.app_cluster import Joined

EVENTS_READ = 200
"""Events about one object that are read at most; kubelets merge what repeats."""


class Looking:
    """Counts who looks at which kind: several lists may need the same one."""

    def __init__(self, joined: Callable[[], Joined | None]) -> None:
        self._joined = joined
        self._looked_at: dict[str, int] = {}

    def at(self, kind: str) -> None:
        """Have a kind read from now on."""
        self._looked_at[kind] = self._looked_at.get(kind, 0) + 1
        if self._looked_at[kind] == 1 and (joined := self._joined()) is not None:
            joined.kube.look_at(kind)

    def away(self, kind: str) -> None:
        """Have a kind no longer read, once nobody else looks at it."""
        count = self._looked_at.pop(kind, 0) - 1
        if count > 0:
            self._looked_at[kind] = count
        elif count == 0 and (joined := self._joined()) is not None:
            joined.kube.look_away(kind)

    def resume(self) -> None:
        """Tell a cluster that was just found what is looked at already."""
        if (joined := self._joined()) is not None:
            for kind in self._looked_at:
                joined.kube.look_at(kind)


async def fetch_events(api: Any, target: Target) -> Sequence[Mapping[str, Any]]:
    """Return the Kubernetes Events about an object as the API server has them now, Normal ones too.

    Raises:
        SpottuiError: They cannot be read.
    """
    about = f"involvedObject.name={target.name},involvedObject.kind={target.kind}"
    if target.uid and target.kind != "Node":  # a kubelet names its node where a UID belongs
        about = f"involvedObject.uid={target.uid}"
    path = collection("Event", target.namespace)
    query = (("fieldSelector", about), ("limit", str(EVENTS_READ)))
    found = parsed(await api.request("GET", path, query=query), path).get("items")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
