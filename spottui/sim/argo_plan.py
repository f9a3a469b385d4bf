"""What is asked of a sync, and the tasks that come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from spottui.sim.argo_apply import NAMESPACES, Cluster
from spottui.sim.argo_compare import Difference, Pair
from spottui.sim.argo_health import is_hook
from spottui.sim.argo_manifest import TRACKING, has_option, place_of, prepared, tracking_id
from spottui.sim.argo_tasks import Task, hook_phases, order, prune_in_reverse
from spottui.sim.objects import Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of a sync."""

    instance: str
    namespace: str
    revision: str
    started: int
    """Seconds since the epoch: part of generated names."""
    dry_run: bool = False
    prune: bool = False
    force: bool = False
    skip_hooks: bool = False
    resources: Sequence[dict[str, str]] = ()
    """Only these; empty is everything."""
    options: frozenset[str] = frozenset()
    prune_confirmed: bool = False
    namespace_metadata: dict[str, Any] | None = None
    permit: Callable[[Object], str] = field(default=lambda _: "")
    """Why an object may not be deployed; empty when it may."""

    @property
    def prune_policy(self) -> str:
        """How dependents of pruned objects go."""
        said = [option.partition("=")[2] for option in self.options if option.startswith("PrunePropagationPolicy=")]
        return said[0] if said else "foreground"


def tasks_of(cluster: Cluster, found: Difference, plan: Plan) -> list[Task]:
    """Return the tasks of a sync, in their order."""
    tasks = [Task("Sync", pair.target, pair.live, pair.differs) for pair in found.pairs if _is_meant(pair, plan)]
    if not plan.skip_hooks:
        tasks += [task for hook in found.hooks for task in _hook_tasks(cluster, plan, hook)]
    if "CreateNamespace=true" in plan.options:
        tasks += _namespace_task(cluster, plan, tasks)
    prune_in_reverse(
        tasks, last="PruneLast=true" in plan.options, is_last=lambda task: has_option(task.live, "PruneLast=true")
    )
    return sorted(tasks, key=order)


def _is_meant(pair: Pair, plan: Plan) -> bool:
    if is_hook(pair.object):
        return False  # what a hook left behind, or a manifest to be skipped
    if not plan.resources:
        return True
    group, kind, namespace, name = place_of(pair.object)
    return any(
        each.get("group", "") == group
        and each.get("kind") == kind
        and each.get("name") == name
        and each.get("namespace", "") in ("", namespace)
        for each in plan.resources
    )


def _hook_tasks(cluster: Cluster, plan: Plan, hook: Object) -> list[Task]:
    made = []
    for phase in hook_phases(hook):
        target = hook
        if not hook["metadata"].get("name"):
            begin = hook["metadata"].get("generateName", "")
            name = f"{begin}{plan.revision[:7]}-{phase.lower()}-{plan.started}"
            target = prepared(plan.instance, {**hook, "metadata": {**hook["metadata"], "name": name}}, plan.namespace)
        made.append(Task(phase, target, cluster.find(target)))
    return made


def _namespace_task(cluster: Cluster, plan: Plan, tasks: list[Task]) -> list[Task]:
    name, metadata = plan.namespace, plan.namespace_metadata
    is_there = any(place_of(task.object) == ("", "Namespace", "", name) for task in tasks)
    live = cluster.objects.find(NAMESPACES, "", name)
    if not name or is_there or (live is not None and metadata is None):
        return []
    target: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    if metadata is not None:
        tracked = {TRACKING: tracking_id(plan.instance, target, name)}
        target["metadata"] |= {
            "labels": metadata.get("labels", {}),
            "annotations": {**metadata.get("annotations", {}), **tracked},
        }
    return [Task("PreSync", target, live)]
