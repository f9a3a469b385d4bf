"""The tasks of a sync and their order: phase, wave, kind, name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from spottui.sim.argo_health import is_hook
from spottui.sim.argo_manifest import HOOK, Place, annotation, place_of, wave_of
from spottui.sim.objects import Object

PHASES = ("PreSync", "Sync", "PostSync", "SyncFail")
_DELETE_POLICY = "argocd.argoproj.io/hook-delete-policy"
_KINDS = (
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicaSet",
    "Deployment",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
)
"""What is applied first of one wave; kinds that are not named come last."""
_KIND_ORDER = {kind: at for at, kind in enumerate(_KINDS)}

Row = dict[str, Any]
RowKey = tuple[Place, str]


@dataclass(slots=True, eq=False)
class Task:
    """One object in one phase; `target` is None for one that is to be pruned."""

    phase: str
    target: Object | None
    live: Object | None
    differs: bool = True
    status: str = ""
    """Result code; empty until it was tried."""
    state: str = ""
    """Operation phase of this task: empty is pending."""
    message: str = ""
    wave_override: int | None = None

    @property
    def object(self) -> Object:
        """The manifest, else the live object."""
        found = self.target or self.live
        assert found is not None
        return found

    @property
    def key(self) -> RowKey:
        """What its row of the results is found by."""
        return place_of(self.object), self.phase

    @property
    def wave(self) -> int:
        """The wave it belongs to."""
        return wave_of(self.object) if self.wave_override is None else self.wave_override

    @property
    def is_hook(self) -> bool:
        """Whether it is a hook."""
        return is_hook(self.object)

    @property
    def is_prune(self) -> bool:
        """Whether its object is to go."""
        return self.target is None

    @property
    def is_pending(self) -> bool:
        """Not tried yet."""
        return not self.state

    @property
    def is_running(self) -> bool:
        """Applied, and not known to be well."""
        return self.state == "Running"

    @property
    def is_completed(self) -> bool:
        """Over, well or not."""
        return self.state in ("Succeeded", "Failed", "Error")

    @property
    def has_failed(self) -> bool:
        """Over, and not well."""
        return self.state in ("Failed", "Error")

    @property
    def title(self) -> str:
        """group/Kind/name, as messages have it: "/Namespace/x"."""
        group, kind, _, name = place_of(self.object)
        return f"{group}/{kind}/{name}"

    def goes_on(self, policy: str) -> bool:
        """Tell whether a hook has a delete policy; BeforeHookCreation is the default."""
        if not self.is_hook:
            return False
        said = [word.strip() for word in annotation(self.object, _DELETE_POLICY).split(",") if word.strip()]
        return policy in (said or ["BeforeHookCreation"])


def hook_phases(one: Object) -> list[str]:
    """Return the phases that a hook belongs to; none for "Skip" and for those of a deletion."""
    said = [word.strip() for word in annotation(one, HOOK).split(",")]
    return [phase for phase in PHASES if phase in said]


def order(task: Task) -> tuple[int, int, int, str]:
    """Return the sort key of a task."""
    kind = _KIND_ORDER.get(task.object["kind"], len(_KINDS))
    return PHASES.index(task.phase), task.wave, kind, task.object["metadata"]["name"]


def split(tasks: Iterable[Task], test: Callable[[Task], bool]) -> tuple[list[Task], list[Task]]:
    """Return those that pass a test, and the others."""
    passed: list[Task] = []
    others: list[Task] = []
    for task in tasks:
        (passed if test(task) else others).append(task)
    return passed, others


def prune_in_reverse(tasks: list[Task], *, last: bool, is_last: Callable[[Task], bool]) -> None:
    """Give tasks that prune the waves they prune in: the other way round, or after everything else.

    Args:
        last: Prune all of them last (sync option PruneLast).
        is_last: Whether one object says so of itself.
    """
    prunes = [task for task in tasks if task.is_prune]
    waves = sorted({task.wave for task in prunes})
    swapped = dict(zip(waves, reversed(waves), strict=True))
    for task in prunes:
        task.wave_override = swapped[task.wave]
    after = max([0, *(task.wave for task in tasks if task.phase == "Sync")]) + 1
    for task in prunes:
        if last or is_last(task):
            task.wave_override = after
