"""What deserves attention now: troubles gathered by the object that one would act on, worst first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from spottui.records import (
    Access,
    Application,
    Finding,
    KubeEvent,
    Node,
    Pod,
    Target,
    Workload,
)
from spottui.verdicts.app_troubles import application_troubles, is_stale, stale_trouble
from spottui.verdicts.owners import controller_of, target_of
from spottui.verdicts.pod_status import PodStatus
from spottui.verdicts.robot_findings import RobotView, robot_findings
from spottui.verdicts.sensors import SensorOf, with_sensors
from spottui.verdicts.troubles import GRACE, Trouble, node_troubles, pod_trouble, workload_trouble

TEXT_LENGTH = 400
"""Characters of a finding; the whole message is one key away."""


def find(
    *,
    pods: Mapping[str, Pod],
    statuses: Mapping[str, PodStatus],
    workloads: Mapping[str, Workload],
    nodes: Mapping[str, Node],
    applications: Mapping[str, Application],
    events: Mapping[str, KubeEvent],
    access: Mapping[str, Access],
    now: float,
    robot: RobotView | None = None,
    sensor_of: SensorOf | None = None,
) -> tuple[Finding, ...]:
    """Return what deserves attention, bad before warn, and then what has lasted longest first.

    All but `access` (by plural kind) are by UID; `workloads` holds all kinds, ReplicaSets and Jobs too. `robot`
    is None where none is configured; `sensor_of` tells how a sensor stands that a pod declares.
    """
    warnings = _Warnings(events)
    found = [
        *_access_findings(access),
        *_node_findings(nodes),
        *_workload_findings(pods, statuses, workloads, warnings, now, sensor_of),
        *_application_findings(applications, access, now),
        *(robot_findings(robot, now) if robot is not None else ()),
    ]
    found.sort(key=lambda one: (one.severity != "bad", now if one.since is None else one.since, one.id))
    return tuple(found)


class _Warnings:
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


def _finding(id: str, subject: str, troubles: list[Trouble], target: Target | None, count: str = "") -> Finding:
    """Make one finding of all troubles of one object, the first of them leading."""
    texts = [f"{each.word}: {each.cause}" if each.cause else each.word for each in troubles]
    text = count + "; ".join(dict.fromkeys(texts))
    since = [each.since for each in troubles if each.since is not None]
    return Finding(
        id=id,
        severity="bad" if any(each.severity == "bad" for each in troubles) else "warn",
        subject=subject,
        text=text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…",
        since=min(since, default=None),
        key=troubles[0].key,
        target=target,
    )


def _access_findings(access: Mapping[str, Access]) -> Iterator[Finding]:
    """Yield what keeps us from seeing: one expired login is one finding, not one per kind."""
    by_state: defaultdict[str, list[str]] = defaultdict(list)
    for kind, standing in access.items():
        by_state[standing.state].append(kind)
    for state, word in (
        ("expired", "login expired"),
        ("forbidden", "you may not see"),
        ("failed", "cannot be read"),
    ):
        kinds = by_state.get(state)
        if kinds:
            names = ", ".join(kinds)
            text = f"{names}: {access[kinds[0]].reason}"
            trouble = Trouble("warn" if state == "forbidden" else "bad", word, text, None)
            yield _finding(f"access:{state}", "access", [trouble], None)


def _node_findings(nodes: Mapping[str, Node]) -> Iterator[Finding]:
    for node in nodes.values():
        if troubles := node_troubles(node):
            target = Target(kind="Node", namespace="", name=node.name, uid=node.uid)
            yield _finding(f"node:{node.uid}", f"node/{node.name}", troubles, target)


def _workload_findings(
    pods: Mapping[str, Pod],
    statuses: Mapping[str, PodStatus],
    workloads: Mapping[str, Workload],
    warnings: _Warnings,
    now: float,
    sensor_of: SensorOf | None,
) -> Iterator[Finding]:
    """Yield one finding per owner that stands above all: of its pods, of itself, or of both."""
    groups: defaultdict[str, list[tuple[Pod, Trouble]]] = defaultdict(list)
    roots: dict[str, Workload | Pod] = {}
    young: set[str] = set()
    for uid, status in statuses.items():
        if status.tone == "good" and status.restarts < 3 and pods[uid].deleted_at is None:
            continue
        pod = pods[uid]
        if status.tone == "dim" and pod.deleted_at is None:
            continue
        root = controller_of(pod, workloads.get) or pod
        roots[root.uid] = root
        trouble = pod_trouble(pod, status, warnings.of, now)
        if trouble is not None:
            if sensor_of is not None and pod.annotations:
                trouble = with_sensors(trouble, pod, sensor_of)
            groups[root.uid].append((pod, trouble))
        elif pod.created_at is not None and now - pod.created_at < GRACE:
            young.add(root.uid)
    own = _own_troubles(workloads, warnings, young, now)
    totals = _pods_per_root(pods, workloads) if groups else Counter[str]()
    for uid in groups.keys() | own.keys():
        root = roots.get(uid) or workloads[uid]
        finding = _root_finding(root, groups.get(uid, []), own.get(uid), totals[uid])
        if finding is not None:
            yield finding


def _own_troubles(
    workloads: Mapping[str, Workload], warnings: _Warnings, young: set[str], now: float
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
    if not group:
        return None if own is None else _finding(id, subject, [own], target)
    worst = min(group, key=lambda each: (each[1].severity != "bad", each[1].since or 0.0))[1]
    same = [trouble for _, trouble in group if trouble.word == worst.word]
    troubles = [worst, *([own] if own is not None and own.cause and own.word == "no pods" else [])]
    since = [trouble.since for trouble in same if trouble.since is not None]
    troubles[0] = Trouble(worst.severity, worst.word, worst.cause, min(since, default=None), worst.key)
    count = "" if isinstance(root, Pod) or total <= 1 else f"{len(same)} of {total} pods "
    return _finding(id, subject, troubles, target, count)


def _pods_per_root(pods: Mapping[str, Pod], workloads: Mapping[str, Workload]) -> Counter[str]:
    """Count the pods that are not done by the UID of the owner above all."""
    direct = Counter(pod.owner.uid for pod in pods.values() if pod.owner and pod.phase != "Succeeded")
    totals: Counter[str] = Counter()
    for uid, number in direct.items():
        owner = workloads.get(uid)
        if owner is not None:
            totals[(controller_of(owner, workloads.get) or owner).uid] += number
    return totals


def _application_findings(
    applications: Mapping[str, Application], access: Mapping[str, Access], now: float
) -> Iterator[Finding]:
    stale = []
    for app in applications.values():
        if troubles := application_troubles(app):
            yield _application_finding(app, troubles)
        if is_stale(app, now):
            stale.append(app)
    standing = access.get("applications")
    if not stale or (standing is not None and standing.state != "live"):  # then it is our news that are old
        return
    if len(stale) == 1:
        yield _application_finding(stale[0], [stale_trouble(stale, now)], ":stale")
        return
    trouble = stale_trouble(stale, now)
    subject = f"{len(stale)} of {len(applications)} applications"
    yield _finding("applications:stale", subject, [trouble], None)


def _application_finding(app: Application, troubles: list[Trouble], more: str = "") -> Finding:
    target = Target(kind="Application", namespace=app.namespace, name=app.name, uid=app.uid)
    return _finding(f"application:{app.uid}{more}", f"app {app.name}", troubles, target)
