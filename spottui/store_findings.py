"""What the store knows, as the verdicts on pods and the findings want it; one road for screens and commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from spottui.records import Finding, Pod
from spottui.records_wasm import Shim, SpinApp, SpinAppExecutor
from spottui.store import Store
from spottui.store_argocd import app_sets, is_old
from spottui.store_kinds import WORKLOAD_KINDS
from spottui.verdicts.findings import find
from spottui.verdicts.sensors import with_sensors
from spottui.verdicts.troubles import Trouble, pod_trouble
from spottui.verdicts.why_record import Around


def findings(store: Store, now: float, cluster_now: float | None = None) -> tuple[Finding, ...]:
    """Return what deserves attention at `now`, the worst first; `cluster_now` is the same by the cluster's clock."""
    by_cluster = now if cluster_now is None else cluster_now
    return find(
        pods=store.pods,
        statuses=store.pod_statuses,
        workloads={uid: one for kind in WORKLOAD_KINDS for uid, one in store.workloads(kind).items()},
        nodes=store.nodes,
        applications=store.applications,
        events=store.kube_events,
        access=store.access,
        now=now,
        robot=store.watch.view,
        sensor_of=store.watch.sensor,
        around_of=around(store),
        spin_apps=spin_apps(store),
        app_sets=app_sets(store),
        is_old=lambda app: is_old(store, app, by_cluster),
        seen_at=seen_at(store, now),
    )


def seen_at(store: Store, now: float) -> float:
    """Return when the pods were seen last: now while they are live."""
    pods = store.access["pods"]
    return now if pods.state == "live" or pods.heard_at is None else min(now, pods.heard_at)


def around(store: Store, last_lines: Sequence[str] = ()) -> Callable[[Pod], Around]:
    """Return what gives the surroundings of a pod as they are now; `last_lines` those that it wrote, if fetched."""
    nodes = {node.name: node for node in store.nodes.values()}
    runtimes = store.runtime_classes()

    def of(pod: Pod) -> Around:
        peak = store.peaks.get((pod.namespace, pod.name))
        return Around(nodes, runtimes, store.pods.values, peak_memory=peak, last_lines=last_lines)

    return of


def trouble_of(store: Store, pod: Pod, now: float, last_lines: Sequence[str] = ()) -> Trouble | None:
    """Return what is wrong with one pod, as the findings would say it; None when nothing is."""
    status = store.pod_statuses.get(pod.uid)
    if status is None:
        return None
    seen = seen_at(store, now)
    found = pod_trouble(pod, status, store.events_about, seen, around(store, last_lines)(pod))
    return None if found is None else with_sensors(found, pod, store.watch.sensor)


def shims(store: Store) -> dict[str, Shim]:
    """Return the Shims by UID."""
    return cast("dict[str, Shim]", store.objects("shims"))


def spin_apps(store: Store) -> dict[str, SpinApp]:
    """Return the SpinApps by UID."""
    return cast("dict[str, SpinApp]", store.objects("spinapps"))


def executors(store: Store) -> dict[str, SpinAppExecutor]:
    """Return the SpinAppExecutors by UID."""
    return cast("dict[str, SpinAppExecutor]", store.objects("spinappexecutors"))
