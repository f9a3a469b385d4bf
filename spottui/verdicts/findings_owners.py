"""Findings of pods and workloads, gathered by the owner that stands above all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from spottui.records import Finding, KubeEvent, Pod, Workload
from spottui.verdicts.finding import finding_of
from spottui.verdicts.folding import critical
from spottui.verdicts.owners import controller_of, target_of
from spottui.verdicts.pod_status import PodStatus
from spottui.verdicts.sensors import SensorOf, with_sensors
from spottui.verdicts.troubles import GRACE, Trouble, pod_trouble, workload_trouble
from spottui.verdicts.why import NOTHING_AROUND
from spottui.verdicts.why_record import Around


class Warnings:
    """Warning Events by the UID of their object, put together when first asked for."""

    def __init__(self, events: Mapping[str, KubeEvent]) -> None:
        self._events = [event for event in events.values() if event.type == "Warning"]
        self._by_uid: defaultdict[str, list[KubeEvent]] | None = None

    def of(self, uid: str) -> list[KubeEvent]:
        """Return the Events about an object, oldest first."""
        return self._sorted().get(uid, [])

    def failed_creates(self) -> Iterator[KubeEvent]:
        """Yield the Events that say that pods could not be made, oldest first."""
        for event in sorted(self._events, key=lambda event: event.last_at or 0.0):
            if event.reason == "FailedCreate":
                yield event

    def _sorted(self) -> Mapping[str, list[KubeEvent]]:
        if self._by_uid is None:
            self._by_uid = defaultdict(list)
            for event in sorted(self._events, key=lambda event: event.last_at or 0.0):
                self._by_uid[event.object_uid].append(event)
        return self._by_uid


class Troubled:
    """The pods and workloads in trouble, gathered by the owner that stands above all."""

    def __init__(
        self,
        pods: Mapping[str, Pod],
        statuses: Mapping[str, PodStatus],
        workloads: Mapping[str, Workload],
        warnings: Warnings,
        now: float,
        sensor_of: SensorOf | None,
        around_of: Callable[[Pod], Around] | None,
    ) -> None:
        self._pods, self._statuses, self._workloads = pods, statuses, workloads
        self._warnings, self._now, self._sensor_of = warnings, now, sensor_of
        self._around_of = around_of or (lambda pod: NOTHING_AROUND)
        self._groups: defaultdict[str, list[tuple[Pod, Trouble]]] = defaultdict(list)
        self._roots: dict[str, Workload | Pod] = {}
        self._young: set[str] = set()
        self.lost: Counter[str] = Counter()
        """Pods that are not ready because their node is lost, by its name: that is told of the node, once."""

    def root_of(self, finding: Finding) -> Workload | Pod | None:
        """Return the owner (or the bare pod) that a finding is about."""
        uid = finding.target.uid if finding.target is not None else ""
        return self._roots.get(uid) or self._workloads.get(uid)

    def findings(self) -> Iterator[Finding]:
        """Yield one finding per owner: of its pods, of itself, or of both."""
        for uid, status in self._statuses.items():
            self._look(self._pods[uid], status)
        own = _own_troubles(self._workloads, self._warnings, self._young, self._now)
        totals = _pods_per_root(self._pods, self._workloads) if self._groups else Counter[str]()
        for uid in self._groups.keys() | own.keys():
            root = self._roots.get(uid) or self._workloads[uid]
            finding = _root_finding(root, self._groups.get(uid, []), own.get(uid), totals[uid])
            if finding is not None:
                yield finding

    def _look(self, pod: Pod, status: PodStatus) -> None:
        if status.tone == "good" and status.restarts < 3 and pod.deleted_at is None:
            return
        if status.tone == "dim" and pod.deleted_at is None:
            return
        root = controller_of(pod, self._workloads.get) or pod
        self._roots[root.uid] = root
        trouble = pod_trouble(pod, status, self._warnings.of, self._now, self._around_of(pod))
        if trouble is None:
            if pod.created_at is not None and self._now - pod.created_at < GRACE:
                self._young.add(root.uid)
            return
        if trouble.code == "NODE_GONE" and pod.deleted_at is None:
            self.lost[pod.node] += 1
            self._young.add(root.uid)
            return
        if self._sensor_of is not None and pod.annotations:
            trouble = with_sensors(trouble, pod, self._sensor_of)
        self._groups[root.uid].append((pod, trouble))


def _own_troubles(
    workloads: Mapping[str, Workload], warnings: Warnings, young: set[str], now: float
) -> dict[str, Trouble]:
    """Return the troubles of the workloads that nobody stands above, by UID."""
    refused: defaultdict[str, list[KubeEvent]] = defaultdict(list)
    for event in warnings.failed_creates():
        below = workloads.get(event.object_uid)
        if below is not None:
            refused[(controller_of(below, workloads.get) or below).uid].append(event)
    found: dict[str, Trouble] = {}
    for uid, workload in workloads.items():
        if workload.owner is not None and workload.owner.uid in workloads:
            continue
        if not workload.conditions and not workload.desired:
            continue
        trouble = workload_trouble(workload, refused.get(uid, []), now)
        if trouble is not None and (trouble.cause or uid not in young):
            found[uid] = trouble
    return found


def _root_finding(
    root: Workload | Pod, group: list[tuple[Pod, Trouble]], own: Trouble | None, total: int
) -> Finding | None:
    target = target_of(root)
    name = root.name if isinstance(root, Pod) else str(target)
    subject = f"{root.namespace}/{name}"
    id = f"{target.kind.lower()}:{root.uid}"
    if isinstance(root, Workload) and own is None and root.ready is not None and root.desired is not None:
        if root.ready >= root.desired:  # it is whole again: what an eviction left behind is no trouble
            group = [(pod, trouble) for pod, trouble in group if pod.phase != "Failed"]
    is_critical = any(critical(one) for one in (root, *(pod for pod, _ in group)))
    if not group:
        return None if own is None else finding_of(id, subject, [own], target, is_critical=is_critical)
    pod, worst = min(group, key=lambda each: (each[1].severity != "bad", each[1].since or 0.0))
    same = [trouble for _, trouble in group if trouble.word == worst.word]
    troubles = [worst, *([own] if own is not None and own.cause and own.word == "no pods" else [])]
    since = [trouble.since for trouble in same if trouble.since is not None]
    troubles[0] = replace(worst, since=min(since, default=None))
    count = "" if isinstance(root, Pod) or total <= 1 else f"{len(same)} of {total} pods "
    return replace(finding_of(id, subject, troubles, target, count, is_critical=is_critical), pod=pod.uid)


def _pods_per_root(pods: Mapping[str, Pod], workloads: Mapping[str, Workload]) -> Counter[str]:
    """Count the pods that are not done by the UID of the owner above all."""
    direct = Counter(pod.owner.uid for pod in pods.values() if pod.owner and pod.phase != "Succeeded")
    totals: Counter[str] = Counter()
    for uid, number in direct.items():
        owner = workloads.get(uid)
        if owner is not None:
            totals[(controller_of(owner, workloads.get) or owner).uid] += number
    return totals
